//! Inputs about the vault.

use async_graphql::InputObject;
use secrecy::SecretString;
use uuid::Uuid;

use cauri_domain::text::TextError;
use cauri_domain::{Reference, Refusal, personal_data};

use crate::graphql::command::{inputs, text};

/// The longest destination, and the longest token, in bytes.
const LONGEST: usize = 256;
/// What both are.
const ALLOWED: &str = "1 to 256 bytes, without control characters or spaces at its ends";

inputs! {
    /// Has everything erased that the vault keeps of a subject, for ever.
    EraseSubjectInput {
        /// Whose, as the marketplace's own system names them: an owner of wallets. Or `payin:` and a
        /// pay-in's id, of which tokens are kept.
        subject: String,
        /// Why, as a word of `a-z 0-9 . _ -`: `asked_for`, `account_closed`.
        reason: String,
    } => |it| Ok(personal_data::Erase {
        subject: text("subject", &it.subject)?,
        reason: text("reason", &it.reason)?,
    }.into());
}

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
    /// control characters. Never a card number: a card is named by its provider's token. A number
    /// alone, of 13 to 19 digits, may look like one and is refused then: a mobile number has + and its
    /// country's code before it (`+22890112233`), another account's a word and a colon.
    pub destination: String,
}

impl StoreDestinationInput {
    /// The destination, if it can be one.
    pub(super) fn destination(&self) -> Result<&str, Refusal> {
        let field = "destination";
        let text = self.destination.as_str();
        if !is_line(text) {
            return Err(Refusal::InvalidSetting { field, allowed: ALLOWED });
        }
        // A number alone, in whatever groups. It cannot be told from a card's: cards of a country's
        // own schemes begin with anything. So a number that long has to say what it is, and every
        // kind of account has a way to: a plus, a network, the letters of an IBAN.
        let bare: String = text.chars().filter(|it| !is_between_groups(*it)).collect();
        match bare.parse::<Reference>() {
            Err(TextError::CardNumber) => {
                Err(Refusal::InvalidText { field, why: TextError::CardDestination })
            }
            Ok(_) | Err(_) => Ok(text),
        }
    }
}

/// Keeps the token of a payment's notifications. It has no form that shows it: who knows the token can
/// send a notification.
#[derive(InputObject)]
pub struct KeepNotifyTokenInput {
    /// The key of the command: sent again with the same content nothing happens; with other content it
    /// is refused.
    pub command_id: Uuid,
    /// The pay-in that was begun, through an account of the kind `cinetpay-v1`.
    pub payin: Uuid,
    /// What the provider answered as `notify_token` when the payment was begun: 1 to 256 bytes without
    /// control characters or spaces at its ends.
    pub notify_token: String,
}

impl KeepNotifyTokenInput {
    /// The token, if it can be one.
    pub(super) fn token(&self) -> Result<SecretString, Refusal> {
        if !is_line(&self.notify_token) {
            let field = "notifyToken";
            return Err(Refusal::InvalidSetting { field, allowed: ALLOWED });
        }
        Ok(self.notify_token.clone().into())
    }
}

fn is_line(text: &str) -> bool {
    (1..=LONGEST).contains(&text.len())
        && !text.chars().any(char::is_control)
        && text.trim() == text
}

fn is_between_groups(character: char) -> bool {
    character.is_whitespace() || "-._/".contains(character)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_a_line_of_text() {
        let token = |notify_token: &str| {
            let (command_id, payin) = (Uuid::nil(), Uuid::nil());
            let notify_token = notify_token.to_owned();
            KeepNotifyTokenInput { command_id, payin, notify_token }.token()
        };
        assert!(token("b6f3-0c").is_ok() && token(&"t".repeat(256)).is_ok());
        for text in ["", " ", "b6f3 ", "b6\nf3", &"t".repeat(257)] {
            let refusal = token(text).unwrap_err();
            assert_eq!(refusal.path(), Some("notifyToken".into()), "{text:?}");
        }
    }

    #[test]
    fn a_destination_is_a_line_of_text_and_no_card() {
        let fits = |destination: &str| {
            let (command_id, wallet) = (Uuid::nil(), Uuid::nil());
            let destination = destination.to_owned();
            StoreDestinationInput { command_id, wallet, destination }.destination().is_ok()
        };
        for text in [
            "+228 90 11 22 33",
            "TG53TG0090604310346500400070",
            "ama@example.com",
            "4",
            // Thirteen digits that pass the check of cards, with what says that they are none.
            "+2250701020306",
            "MTN:+2250701020306",
            "ecobank:2250701020306",
            // And some that do not pass it.
            "2250701020309",
        ] {
            assert!(fits(text), "{text}");
        }
        for text in ["2250701020306", "225 07 01 02 03 06", "4242\u{a0}4242 4242/4242"] {
            let (command_id, wallet) = (Uuid::nil(), Uuid::nil());
            let input = StoreDestinationInput { command_id, wallet, destination: text.to_owned() };
            let refusal = input.destination().unwrap_err();
            assert_eq!(
                (refusal.code(), refusal.path()),
                ("INVALID_TEXT", Some("destination".into()))
            );
            let message = refusal.to_string();
            assert!(message.contains("with + and its country's code"), "{message}");
            assert!(!message.contains(text), "{message}");
        }
        let long = "9".repeat(257);
        for text in
            ["", " ", " 90112233", "90\n11", "4242 4242 4242 4242", "4242-4242-4242-4242", &long]
        {
            assert!(!fits(text), "{text}");
        }
    }
}
