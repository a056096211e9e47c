//! Usage and its quotas, invoices and credit notes.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use cauri_domain::invoice::{Credit, PayInvoice, RecordPaid, Void};
use cauri_domain::plan::{Plan, Quota};
use cauri_domain::testing::*;
use cauri_domain::usage::{Close, SetQuota};
use cauri_domain::*;

fn market(quota: Option<Quota>) -> Given {
    let plan = Plan { meters: vec![calls(quota)], ..monthly("basic", 300) };
    given([opened()])
        .and(funded(1, "ama", xof(1_000)))
        .and([set_plan(plan), subscribe(1, 1, "basic")])
}

fn hard(limit: u64) -> Option<Quota> {
    Some(Quota { limit, hard: true })
}

fn close_usage() -> Close {
    Close { subscription: subscription_id(1) }
}

fn month_later(given: Given) -> Given {
    given.after_minutes(31 * 24 * 60)
}

fn balance(given: &Given, account: Account) -> i128 {
    given.state.books().balance(account, "XOF".parse().unwrap())
}

#[test]
fn a_use_is_counted_once_under_its_key() {
    let given = market(None).and([used(1, 7, "call-1", 0)]);
    given
        .when(used(1, 7, "call-1", 0))
        .then_already()
        .when(used(1, 8, "call-1", 0))
        .then_refused(Refusal::ExistsWithOtherTerms { field: "quantity" })
        .when(used(1, 8, "call-2", 999_999))
        .then_refused_as("INVALID_SETTING");
}

#[test]
fn a_hard_quota_refuses_and_says_what_is_left() {
    let given = market(hard(10)).and([used(1, 7, "call-1", 0)]);
    let resets_at = "2026-12-18T00:00:00Z".parse().unwrap();
    let refused = Refusal::QuotaExceeded {
        meter: "calls".parse().unwrap(),
        limit: 10,
        used: 7,
        left: 3,
        resets_at,
    };
    let given = given.when(used(1, 4, "call-2", 0)).then_refused(refused);
    let own = SetQuota {
        subscription: subscription_id(1),
        meter: "calls".parse().unwrap(),
        quota: hard(20),
    };
    given.and([own.into()]).when(used(1, 4, "call-2", 0)).then_types(&["usage.recorded.v1"]);
}

#[test]
fn a_period_is_billed_by_tiers_and_rounded_once() {
    // 213 calls: 10 free, 100 at 2.5, 103 at 1.
    let given = market(None).and([used(1, 113, "call-1", 0), used(1, 100, "call-2", 0)]);
    let given = given.when(close_usage()).then_refused_as("TOO_EARLY");
    let (journal, given) = month_later(given).when(close_usage()).then_journal();
    insta::assert_snapshot!(journal, @"
    usage.closed.v1
      debit wallet:00000000-0000-0000-0000-000000001001:available 353 XOF
          credit revenue:usage 353 XOF
    invoice.issued.v1
    ");
    // 15 calls: 5 at 2.5 are 12.5, to the even 12.
    let odd = market(None).and([used(1, 15, "call-1", 0)]);
    let odd = month_later(odd).and([close_usage().into()]);
    assert_eq!(balance(&odd, Account::UsageRevenue), 12);
    // What was used and told late goes with the next period.
    let late = given.when(used(1, 10, "call-3", 5)).then_types(&["usage.recorded.v1"]);
    let late = month_later(late).and([close_usage().into()]);
    assert_eq!(balance(&late, Account::UsageRevenue), 353 + 10);
}

#[test]
fn who_has_not_enough_owes_what_was_used() {
    let given = market(None).and([used(1, 1_000, "call-1", 0)]);
    let given = month_later(given).and([close_usage().into()]);
    assert_eq!(given.available(1, "XOF"), 0);
    assert_eq!(balance(&given, Account::Receivable(wallet(1))), 440);
}

#[test]
fn an_invoice_is_paid_once_and_credited_up_to_what_it_was() {
    let (pay, paid) =
        (PayInvoice { invoice: invoice_id(1) }, RecordPaid { invoice: invoice_id(1) });
    let given = given([opened()]).and(funded(1, "ama", xof(1_000)));
    let given = given.and([issue_invoice(1, 1, xof(500))]);
    let given = given.when(issue_invoice(1, 1, xof(500))).then_already();
    let (journal, given) = given.when(pay.clone()).then_journal();
    insta::assert_snapshot!(journal, @"
    invoice.paid.v1
      debit wallet:00000000-0000-0000-0000-000000001001:available 590 XOF
          credit tax:vat 90 XOF
          credit revenue:fees 500 XOF
    ");
    let given = given.when(pay).then_already().when_asked(paid).then_already();
    let note = |number, minor| Credit {
        note: invoice_id(number),
        invoice: invoice_id(1),
        amount: xof(minor),
        reason: "mistake".parse().unwrap(),
    };
    let (journal, given) = given.when_asked(note(2, 295)).then_journal();
    insta::assert_snapshot!(journal, @"
    credit_note.issued.v1
      debit tax:vat 45 XOF
      debit revenue:fees 250 XOF
          credit wallet:00000000-0000-0000-0000-000000001001:available 295 XOF
    ");
    let given = given
        .when_asked(note(2, 295))
        .then_already()
        .when_asked(note(3, 296))
        .then_refused(Refusal::RefundExceeds { left: 295, asked: xof(296) })
        .when_asked(note(3, 295))
        .then_types(&["credit_note.issued.v1"]);
    assert_eq!((given.available(1, "XOF"), balance(&given, Account::Fees)), (1_000, 0));
    given
        .and([issue_invoice(4, 1, xof(100))])
        .when_asked(Void { invoice: invoice_id(4) })
        .then_types(&["invoice.voided.v1"])
        .when_asked(RecordPaid { invoice: invoice_id(4) })
        .then_refused_as("WRONG_STATE");
}

#[test]
fn a_refused_invoice_takes_no_number() {
    let given = given([opened(), open_wallet(1, "ama")]).and([issue_invoice(1, 1, xof(500))]);
    let given = given.when(issue_invoice(2, 9, xof(500))).then_refused_as("NOT_FOUND");
    let (events, _) = given.when(issue_invoice(3, 1, xof(500))).then_events();
    let [Event::InvoiceIssued(issued)] = &events[..] else { panic!("{events:?}") };
    assert_eq!(invoice::Series::Invoice.number(issued.number), "INV-000002");
}
