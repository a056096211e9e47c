//! Who may ask what: one table for all roles and commands, and whose things they are.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use cauri_domain::coupon::Bearer;
use cauri_domain::permission::{self, Oversight, permits};
use cauri_domain::testing::*;
use cauri_domain::*;

#[test]
fn every_role_and_every_command() {
    let mut table = String::new();
    for command in one_of_each() {
        let may = Role::ALL.into_iter().filter(|role| permits(*role, &command));
        let may: Vec<_> = may.map(Role::as_str).collect();
        table += &format!("{:22} {}\n", command.name(), may.join(" "));
    }
    // In a file of its own: `INSTA_UPDATE=always cargo test` writes it anew, for people to read.
    insta::assert_snapshot!(table);
}

/// What people decide and administer is put on record; a party's own acts, and what the back end does
/// all day, are not.
#[test]
fn what_the_audit_trail_keeps_follows_from_who_may_ask() {
    for command in one_of_each() {
        let (who, name) = (command.who(), command.name());
        for role in [Role::Buyer, Role::Seller, Role::Auditor] {
            if name != "Batch" {
                assert_eq!(permission::oversight(role, &command), None, "{name}");
            }
        }
        let by_admin = permission::oversight(Role::Admin, &command);
        if name != "Batch" {
            assert_eq!(by_admin.is_none(), who == permission::SYSTEM, "{name}");
            let approved = by_admin == Some(Oversight::Approved);
            assert_eq!(approved, who == permission::JUDGES, "{name}");
        }
    }
    let named = |role: Role, name: &str| {
        let command = one_of_each().into_iter().find(|command| command.name() == name).unwrap();
        permission::oversight(role, &command)
    };
    assert_eq!(named(Role::Finance, "ApproveWithdrawal"), Some(Oversight::Approved));
    assert_eq!(named(Role::Finance, "ApproveProposal"), Some(Oversight::Approved));
    assert_eq!(named(Role::Admin, "FreezeWallet"), Some(Oversight::Administered));
    assert_eq!(named(Role::Service, "FreezeWallet"), None);
    assert_eq!(named(Role::Service, "ErasePersonalData"), Some(Oversight::Administered));
    assert_eq!(named(Role::Service, "ConfigureLedger"), Some(Oversight::Administered));
}

#[test]
fn an_auditor_changes_nothing() {
    for command in one_of_each() {
        given([opened()])
            .when_asked_by(actor("eyes", Role::Auditor), command)
            .then_refused(Refusal::Forbidden { role: Role::Auditor });
    }
}

#[test]
fn a_role_is_judged_before_anything_is_looked_up() {
    for command in one_of_each() {
        for role in Role::ALL {
            let refused = given([]).when_asked_by(actor("x", role), command.clone()).in_a_word();
            assert_eq!(refused == "FORBIDDEN", !permits(role, &command), "{role} {command:?}");
        }
    }
}

/// A stranger who may ask such things of their own asks them of somebody else's.
#[test]
fn no_party_touches_what_belongs_to_another() {
    let given = given([opened(), open_wallet(1, "ama"), open_wallet(2, "kofi")])
        .and(funded(1, "ama", xof(1_000)))
        .and([
            initiate(1, 1, xof(5)),
            open_escrow(1, 1, 2, xof(100)),
            request(1, 1, xof(100)),
            place(1, 1, xof(5)),
            add_method(1, 1),
            place_order(1, terms(1, vec![line(1, 2, xof(50), 2)]), xof(100)),
            entitle(1, 1, Some(2)).into(),
            create_coupon("welcome", percent_off(1_000), Bearer::Seller(wallet(2))).into(),
            set_plan(monthly("basic", 300)),
            subscribe(1, 1, "basic"),
            issue_invoice(1, 1, xof(100)),
        ]);
    for role in [Role::Buyer, Role::Seller] {
        for command in one_of_each().into_iter().filter(|command| permits(role, command)) {
            let name = command.name();
            let word = given.clone().when_asked_by(actor("esi", role), command).in_a_word();
            assert_eq!(word, "NOT_YOURS", "{role} asked {name}");
        }
    }
}

#[test]
fn the_back_end_and_staff_act_for_anybody() {
    let given = given([opened()]).and(funded(1, "ama", xof(1_000)));
    given.clone().when(request(1, 1, xof(1))).then_types(&["withdrawal.requested.v1"]);
    given
        .and([open_wallet(2, "kofi"), open_escrow(1, 1, 2, xof(5))])
        .when_asked_by(actor("root", Role::Admin), refund(1))
        .then_types(&["escrow.refunded.v1"]);
}

#[test]
fn role_names_are_read_back() {
    for role in Role::ALL {
        assert_eq!(role.as_str().parse(), Ok(role));
        assert_eq!(serde_json::to_value(role).unwrap(), role.as_str());
    }
    assert!("Admin".parse::<Role>().is_err() && "".parse::<Role>().is_err());
}
