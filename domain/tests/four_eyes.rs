//! Four eyes: what one person proposes, another one approves.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod table;

use cauri_domain::four_eyes::*;
use cauri_domain::testing::*;
use cauri_domain::*;

fn ada() -> Actor {
    actor("ada", Role::Finance)
}

fn bea() -> Actor {
    actor("bea", Role::Finance)
}

/// Withdrawals above 1,000 francs need four eyes; one of 5,000 waits.
fn market() -> Given {
    let thresholds = Configure { thresholds: vec![xof(1_000)] }.into();
    given([opened(), thresholds]).and(funded(1, "ama", xof(10_000))).and([request(
        1,
        1,
        xof(5_000),
    )])
}

/// Proposed by Ada.
fn proposed() -> Given {
    market().when_asked_by(ada(), propose(1, approve(1))).then_types(&["proposal.made.v1"])
}

fn yes() -> Command {
    Approve { proposal: proposal(1) }.into()
}

fn no() -> Command {
    Reject { proposal: proposal(1), reason: "no".parse().unwrap() }.into()
}

#[test]
fn every_command_in_every_state() {
    let week = 7 * 24 * 60;
    let after = |command: Command, who: Actor| {
        let given = proposed();
        let (_, given) = given.when_asked_by(who, command).then_events();
        given
    };
    let expired = proposed().after_minutes(week).and([Expire { proposal: proposal(1) }.into()]);
    let back = Withdraw { proposal: proposal(1) };
    let states = [
        ("none", market()),
        ("open", proposed()),
        ("open, due", proposed().after_minutes(week)),
        ("approved", after(yes(), bea())),
        ("rejected", after(no(), bea())),
        ("withdrawn", after(back.into(), ada())),
        ("expired", expired),
    ];
    insta::assert_snapshot!(table::table("four_eyes", &states), @"
                      | none      | open                    | open, due               | approved                | rejected                | withdrawn               | expired
    ConfigureFourEyes | already   | already                 | already                 | already                 | already                 | already                 | already
    Propose           | FORBIDDEN | EXISTS_WITH_OTHER_TERMS | EXISTS_WITH_OTHER_TERMS | EXISTS_WITH_OTHER_TERMS | EXISTS_WITH_OTHER_TERMS | EXISTS_WITH_OTHER_TERMS | EXISTS_WITH_OTHER_TERMS
    ApproveProposal   | NOT_FOUND | approved, approved      | WRONG_STATE             | already                 | WRONG_STATE             | WRONG_STATE             | WRONG_STATE
    RejectProposal    | NOT_FOUND | rejected                | rejected                | WRONG_STATE             | already                 | WRONG_STATE             | WRONG_STATE
    WithdrawProposal  | NOT_FOUND | NOT_YOURS               | NOT_YOURS               | NOT_YOURS               | NOT_YOURS               | NOT_YOURS               | NOT_YOURS
    ExpireProposal    | NOT_FOUND | TOO_EARLY               | expired                 | WRONG_STATE             | WRONG_STATE             | WRONG_STATE             | already
    ");
}

#[test]
fn an_amount_above_the_threshold_is_proposed_by_one_and_approved_by_another() {
    market().when_asked_by(ada(), approve(1)).then_refused(Refusal::FourEyesNeeded {});
    let (events, _) = proposed().when_asked_by(bea(), yes()).then_events();
    let names: Vec<_> = events.iter().map(Event::wire_name).collect();
    assert_eq!(names, ["proposal.approved.v1", "withdrawal.approved.v1"], "in one unit");
}

#[test]
fn nobody_judges_their_own_proposal() {
    for command in [yes(), no()] {
        proposed().when_asked_by(ada(), command).then_refused(Refusal::OwnProposal {});
    }
    let back = || Withdraw { proposal: proposal(1) };
    proposed().when_asked_by(ada(), back()).then_types(&["proposal.withdrawn.v1"]);
    proposed().when_asked_by(bea(), back()).then_refused(Refusal::NotYours { field: "proposal" });
}

#[test]
fn the_threshold_itself_needs_one_person_only() {
    let given = market().and([request(2, 1, xof(1_000))]);
    given.when_asked_by(ada(), approve(2)).then_types(&["withdrawal.approved.v1"]);
}

/// The timer approves what nobody looked at: never what two have to look at.
#[test]
fn silence_is_no_second_person() {
    let two_days = 2 * 24 * 60;
    market()
        .after_minutes(two_days)
        .when(auto_approve(1))
        .then_types(&["withdrawal.alerted.v1"])
        .when(auto_approve(1))
        .then_already();
}

#[test]
fn an_approval_is_judged_afresh() {
    let frozen = proposed().and([freeze(1)]);
    let refused = Refusal::WalletFrozen { field: "wallet" };
    let given = frozen.when_asked_by(bea(), yes()).then_refused(refused);
    given
        .and([unfreeze(1)])
        .when_asked_by(bea(), yes())
        .then_types(&["proposal.approved.v1", "withdrawal.approved.v1"]);
}

#[test]
fn what_could_never_happen_or_is_no_business_of_theirs_is_not_proposed() {
    let propose_by =
        |who: Actor, command: Command| market().when_asked_by(who, propose(2, command)).in_a_word();
    assert_eq!(propose_by(ada(), approve(7)), "NOT_FOUND");
    assert_eq!(propose_by(ada(), close(1)), "FORBIDDEN");
    assert_eq!(propose_by(ada(), freeze(1)), "INVALID_SETTING");
    assert_eq!(propose_by(ada(), propose(3, approve(1))), "INVALID_SETTING");
}

#[test]
fn a_proposal_is_made_once() {
    let again = propose(1, approve(1));
    proposed().when_asked_by(ada(), again.clone()).then_already();
    let word = proposed().when_asked_by(bea(), again).in_a_word();
    assert_eq!(word, "EXISTS_WITH_OTHER_TERMS");
    let given = proposed().and([request(3, 1, xof(2_000))]);
    let other = given.when_asked_by(ada(), propose(1, approve(3)));
    other.then_refused(Refusal::ExistsWithOtherTerms { field: "command" });
}

#[test]
fn every_command_that_can_be_proposed_exists() {
    for name in PROPOSABLE {
        assert!(Command::NAMES.contains(name), "{name}");
    }
}
