//! Members, relations, payment methods, flags and risk holds.

use cauri_domain::relation::Party;
use cauri_domain::testing::{flag, payment_method, relation, risk_hold, wallet, xof};
use cauri_domain::*;

use super::{entry, parsed};

/// Those between the wallets' own and the limits'.
pub fn events() -> Vec<Event> {
    let wallet = wallet(1);
    let driver = || relation("driver", Party::Wallet(wallet), "mission/2026-117");
    let (available, reserve) = (Account::Wallet(wallet), Account::Reserve(wallet));
    let method = payment_method(1);
    vec![
        member::Granted {
            wallet,
            subject: parsed("user:esi-3"),
            may: member::May::Spend,
            daily: Some(xof(5_000)),
            by: parsed("user:ama-7"),
        }
        .into(),
        member::Revoked { wallet, subject: parsed("user:esi-3"), by: parsed("user:ama-7") }.into(),
        member::Spent {
            wallet,
            subject: parsed("user:esi-3"),
            amount: xof(700),
            at: testing::minute(5),
        }
        .into(),
        relation::Assigned { relation: driver() }.into(),
        relation::Ended { relation: driver() }.into(),
        personal_data::Erased { subject: parsed("user:ama-7"), reason: parsed("asked_for") }.into(),
        payment_method::Added {
            method,
            wallet,
            provider: parsed("stripe"),
            kind: parsed("card"),
            token: parsed("pm_1Nv0FG"),
            hint: Some(parsed("visa-*4242")),
        }
        .into(),
        payment_method::MadeDefault { method, wallet, before: Some(payment_method(2)) }.into(),
        payment_method::Disabled { method, wallet, reason: Some(parsed("lost")) }.into(),
        aml::Raised {
            flag: flag(1),
            wallet: Some(wallet),
            revision: Some(Revision(7)),
            reason: parsed("structuring"),
            severity: aml::Severity::High,
            by: parsed("user:finance-1"),
        }
        .into(),
        aml::Cleared { flag: flag(1), outcome: parsed("harmless"), by: parsed("user:finance-2") }
            .into(),
        aml::HoldPlaced {
            hold: risk_hold(1),
            wallet,
            amount: xof(5_000),
            reason: parsed("investigation"),
            entry: entry(available, reserve, xof(5_000)),
        }
        .into(),
        aml::HoldReleased {
            hold: risk_hold(1),
            wallet,
            released: Some(xof(5_000)),
            entry: Some(entry(reserve, available, xof(5_000))),
        }
        .into(),
    ]
}
