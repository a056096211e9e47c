//! Whether a destination of the vault that a command names can be seen beforehand to lead nowhere, or
//! to be another's.
//!
//! The payout itself looks again: so where the vault does not answer now, it is for the payout to
//! wait, and not for the command. What was asked for before is as it was, whatever became of it.

use std::collections::BTreeMap;
use std::time::Duration;

use async_graphql::{Context, Result};
use uuid::Uuid;

use cauri_domain::{
    Command, LedgerState, PaymentMethodId, Refusal, Subject, WalletId, WithdrawalId,
};

use crate::graphql::command::Input;
use crate::graphql::context::{caller, engine, vault};
use crate::graphql::fault;
use crate::graphql::refused::Refused;
use crate::vault::{Described, Kind, VaultRef};

/// How long a command waits for the vault.
const PATIENCE: Duration = Duration::from_secs(2);

/// What makes a command one that was asked for before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Made {
    Withdrawal(WithdrawalId),
    Method(PaymentMethodId),
}

/// How it is named.
#[derive(Debug, Clone, PartialEq, Eq)]
enum By {
    /// By its reference, or what looks like one.
    Text(String),
    /// As that of a payment method.
    Method(PaymentMethodId),
}

/// A destination that a command names.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Named {
    /// Which command of a batch, from 0.
    index: Option<u32>,
    field: &'static str,
    made: Made,
    wallet: WalletId,
    by: By,
}

impl Named {
    fn refusal(&self) -> Refusal {
        let refusal = Refusal::NotFound { field: self.field };
        match self.index {
            Some(index) => Refusal::InBatch { index, refusal: Box::new(refusal) },
            None => refusal,
        }
    }
}

/// The destinations that a command names; with the wallets that its batch opens, which the ledger
/// does not know yet.
#[derive(Debug, Default)]
struct Names {
    named: Vec<Named>,
    opened: BTreeMap<WalletId, Subject>,
}

impl Names {
    fn of(command: &Command) -> Self {
        let mut names = Self::default();
        if let Command::Batch(batch) = command {
            for (index, command) in (0..).zip(&batch.commands) {
                names.add(Some(index), command);
            }
        } else {
            names.add(None, command);
        }
        names
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "all other commands name none")]
    fn add(&mut self, index: Option<u32>, command: &Command) {
        let text = |text: &cauri_domain::Reference| {
            let text = text.as_str();
            VaultRef::claims(text).then(|| By::Text(text.to_owned()))
        };
        let (field, made, wallet, by) = match command {
            Command::OpenWallet(open) => {
                self.opened.insert(open.wallet, open.owner.clone());
                return;
            }
            Command::RequestWithdrawal(it) => {
                let made = Made::Withdrawal(it.withdrawal);
                match (&it.destination, it.method) {
                    (Some(destination), _) => ("destination", made, it.wallet, text(destination)),
                    (None, Some(method)) => {
                        ("paymentMethod", made, it.wallet, Some(By::Method(method)))
                    }
                    (None, None) => return,
                }
            }
            Command::AddPaymentMethod(it) => {
                ("token", Made::Method(it.method), it.wallet, text(&it.token))
            }
            _ => return,
        };
        if let Some(by) = by {
            self.named.push(Named { index, field, made, wallet, by });
        }
    }

    /// Those that are new, each with its reference as it was given and the owner that it must be of.
    fn not_known(&self, state: &LedgerState) -> Vec<(Named, String, Subject)> {
        let new = |named: &Named| {
            let is_known = match named.made {
                Made::Withdrawal(id) => state.withdrawal(id).is_some(),
                Made::Method(id) => state.payment_method(id).is_some(),
            };
            if is_known {
                return None;
            }
            let given = match &named.by {
                By::Text(text) => text.clone(),
                By::Method(id) => state.payment_method(*id)?.token.as_str().to_owned(),
            };
            // A wallet that is not there is refused by its own rule.
            let owner = state.wallet(named.wallet).map(|wallet| wallet.owner.clone());
            let owner = owner.or_else(|| self.opened.get(&named.wallet).cloned())?;
            VaultRef::claims(&given).then(|| (named.clone(), given, owner))
        };
        self.named.iter().filter_map(new).collect()
    }
}

fn is_good(described: Option<&Described>, owner: &Subject) -> bool {
    described.is_some_and(|it| {
        it.kind == Some(Kind::Destination) && it.erased_at.is_none() && it.subject == owner.as_str()
    })
}

/// What is refused of an input because of a destination that it names.
pub(in crate::graphql) async fn destination_refused(
    ctx: &Context<'_>,
    command_id: Uuid,
    input: &impl Input,
) -> Result<Option<Refused>> {
    // What cannot be read is refused where it is asked.
    let Ok(command) = input.command() else { return Ok(None) };
    let refusal = refusal(ctx, &command).await?;
    Ok(refusal.map(|refusal| Refused::new(&refusal, command_id, None)))
}

async fn refusal(ctx: &Context<'_>, command: &Command) -> Result<Option<Refusal>> {
    let names = Names::of(command);
    if names.named.is_empty() {
        return Ok(None);
    }
    let read = engine(ctx)?.read(move |state| names.not_known(state)).await;
    let named = read.map_err(|error| fault::unasked(&error))?.value;
    let mut references = Vec::new();
    for (named, given, _) in &named {
        match given.parse::<VaultRef>() {
            Ok(reference) => references.push(reference),
            // It is no provider's token either.
            Err(_) => return Ok(Some(named.refusal())),
        }
    }
    if references.is_empty() {
        return Ok(None);
    }
    let asked = vault(ctx)?.describe_many(&caller(ctx)?.ledger, &references);
    let Ok(Ok(described)) = tokio::time::timeout(PATIENCE, asked).await else { return Ok(None) };
    let bad = named.iter().zip(&references).find(|((_, _, owner), reference)| {
        let described = described.get(*reference);
        !is_good(described, owner)
    });
    Ok(bad.map(|((named, ..), _)| named.refusal()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use cauri_domain::batch::Batch;
    use cauri_domain::{Money, payment_method, wallet as wallets, withdrawal as withdrawals};

    use super::*;

    fn wallet(number: u128) -> WalletId {
        WalletId(Uuid::from_u128(number))
    }

    fn request(number: u128, destination: Option<&str>, method: Option<u128>) -> Command {
        withdrawals::Request {
            withdrawal: WithdrawalId(Uuid::from_u128(number)),
            wallet: wallet(1),
            amount: Money::parse("100", "XOF".parse().unwrap()).unwrap(),
            destination: destination.map(|it| it.parse().unwrap()),
            method: method.map(|it| PaymentMethodId(Uuid::from_u128(it))),
        }
        .into()
    }

    fn named(command: &Command) -> Vec<(Option<u32>, &'static str, By)> {
        let names = Names::of(command).named;
        names.into_iter().map(|it| (it.index, it.field, it.by)).collect()
    }

    #[test]
    fn every_command_that_names_a_destination_of_the_vault_is_found() {
        let text = |text: &str| By::Text(text.to_owned());
        let method = By::Method(PaymentMethodId(Uuid::from_u128(7)));
        assert_eq!(named(&request(1, Some("momo-1"), None)), []);
        assert_eq!(named(&request(1, Some("vlt_x"), None)), [(None, "destination", text("vlt_x"))]);
        assert_eq!(named(&request(1, None, Some(7))), [(None, "paymentMethod", method.clone())]);
        let add = |token: &str| {
            Command::from(payment_method::Add {
                method: PaymentMethodId(Uuid::from_u128(7)),
                wallet: wallet(1),
                provider: "fedapay".parse().unwrap(),
                kind: "mobile-money".parse().unwrap(),
                token: token.parse().unwrap(),
                hint: None,
            })
        };
        assert_eq!(named(&add("tok_1")), []);
        assert_eq!(named(&add("vlt_y")), [(None, "token", text("vlt_y"))]);
        let open = wallets::Open { wallet: wallet(1), owner: "ama".parse().unwrap() };
        let batch = Batch {
            commands: vec![
                open.into(),
                request(1, Some("vlt_x"), None),
                request(2, Some("momo-1"), None),
                request(3, None, Some(7)),
            ],
        };
        let batch = Command::from(batch);
        assert_eq!(
            named(&batch),
            [(Some(1), "destination", text("vlt_x")), (Some(3), "paymentMethod", method)]
        );
        let names = Names::of(&batch);
        assert_eq!(names.opened[&wallet(1)].as_str(), "ama");
        assert_eq!(names.named[0].refusal().path().unwrap(), "commands[1].destination");
    }
}
