//! Inputs about the vault.

use async_graphql::InputObject;
use uuid::Uuid;

use cauri_domain::text::TextError;
use cauri_domain::{Reference, Refusal};

/// The longest destination, in bytes.
const LONGEST: usize = 256;

/// Keeps a payout destination. It has no form that shows it: what it contains is personal.
#[derive(InputObject)]
pub struct StoreDestinationInput {
    /// The key of the command: sent again with the same content it is the same reference; with other
    /// content it is refused.
    pub command_id: Uuid,
    /// For whose withdrawals: it is kept as the personal data of this wallet's owner, and erased with
    /// it.
    pub wallet: Uuid,
    /// Where payouts go, in the provider's form: an account, a phone number; 1 to 256 bytes without
    /// control characters. Never a card number: a card is named by its provider's token.
    pub destination: String,
}

impl StoreDestinationInput {
    /// The destination, if it can be one.
    pub(super) fn destination(&self) -> Result<&str, Refusal> {
        let field = "destination";
        let text = self.destination.as_str();
        let is_fit = (1..=LONGEST).contains(&text.len())
            && !text.chars().any(char::is_control)
            && text.trim() == text;
        if !is_fit {
            let allowed = "1 to 256 bytes, without control characters or spaces at its ends";
            return Err(Refusal::InvalidSetting { field, allowed });
        }
        let without_spaces: String = text.split(' ').collect();
        match without_spaces.parse::<Reference>() {
            Err(why @ TextError::CardNumber) => Err(Refusal::InvalidText { field, why }),
            Ok(_) | Err(TextError::NotAllowed { .. } | TextError::TooMany { .. }) => Ok(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_destination_is_a_line_of_text_and_no_card() {
        let fits = |destination: &str| {
            let (command_id, wallet) = (Uuid::nil(), Uuid::nil());
            let destination = destination.to_owned();
            StoreDestinationInput { command_id, wallet, destination }.destination().is_ok()
        };
        for text in ["+228 90 11 22 33", "TG53TG0090604310346500400070", "ama@example.com", "4"] {
            assert!(fits(text), "{text}");
        }
        let long = "9".repeat(257);
        for text in
            ["", " ", " 90112233", "90\n11", "4242 4242 4242 4242", "4242-4242-4242-4242", &long]
        {
            assert!(!fits(text), "{text}");
        }
    }
}
