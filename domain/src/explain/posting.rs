//! Postings in plain words.

use crate::chart::Account;
use crate::journal::{Posting, Side};

/// What a posting does, in words.
pub(super) fn in_words(posting: &Posting) -> String {
    let Posting { account, side, money } = posting;
    let grows = account.class().normal_side() == *side;
    let verb = if grows { "adds" } else { "takes" };
    let to = if grows { "to" } else { "from" };
    let side = match side {
        Side::Debit => "debit",
        Side::Credit => "credit",
    };
    format!("{side} {account}: {verb} {money} {to} {}", what_it_holds(account))
}

/// What an account holds, as one would say it.
fn what_it_holds(account: &Account) -> String {
    match account {
        Account::Wallet(id) => format!("what wallet {id} can spend"),
        Account::Pending(id) => format!("what wallet {id} is due later"),
        Account::Reserve(id) => {
            format!("what is kept back of wallet {id} against a dispute or a risk")
        }
        Account::Receivable(id) => format!("what wallet {id} owes the platform"),
        Account::Hold(id) => format!("what hold {id} reserves"),
        Account::Escrow(id) => format!("what escrow {id} keeps"),
        Account::Milestone(id, number) => format!("what escrow {id} keeps for milestone {number}"),
        Account::Order(id) => format!("what was paid for sale {id} and not fulfilled yet"),
        Account::Withdrawal(id) => format!("what withdrawal {id} has on its way out"),
        Account::Refund(id) => format!("what refund {id} has on its way back"),
        Account::Chargeback(id) => format!("what chargeback {id} took and nobody bears yet"),
        Account::Clearing(provider) => {
            format!("what the provider {provider} holds for the platform")
        }
        Account::Suspense(provider) => format!("what came through {provider} and matches nothing"),
        Account::Bank => "the platform's own bank account".to_owned(),
        Account::Commission => "the platform's commission".to_owned(),
        Account::Fees => "the platform's fees for services".to_owned(),
        Account::SubscriptionRevenue => "what the platform earned of subscriptions".to_owned(),
        Account::UsageRevenue => "what the platform earned for metered use".to_owned(),
        Account::Deferred => "what is paid for a time that has not passed".to_owned(),
        Account::ProviderFees => "what providers cost the platform".to_owned(),
        Account::Promotions => "what promotions cost the platform".to_owned(),
        Account::Disputes => "what disputes cost the platform".to_owned(),
        Account::Adjustments => "corrections by hand".to_owned(),
        Account::BadDebt => "what will not be paid back".to_owned(),
        Account::Tax(code) => format!("what is collected for the state as {code}"),
        Account::Exchange(currency) => format!("what was changed out of or into {currency}"),
        Account::Opening => "balances brought from elsewhere".to_owned(),
    }
}
