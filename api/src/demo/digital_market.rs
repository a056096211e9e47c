//! Digital goods and freelance work in escrow, in XOF: an immediate purchase and its refund,
//! milestones accepted, revised, released by time and arbitrated, deadlines, four eyes, and
//! withdrawals that approve themselves after 48 hours.
//!
//! The platform takes 10 %. Hand arithmetic:
//!
//! | | Ama | Yao | Kofi | Esi | commission | fees |
//! | --- | ---: | ---: | ---: | ---: | ---: | ---: |
//! | recharges | +50,000 | +10,000 | | | | |
//! | a payment that came after its 30 minutes | | +5,000 | | | | |
//! | a file for 4,000, and 1,000 of it back | −3,000 | | | +2,700 | +300 | |
//! | milestone 1, 5,000: accepted | −5,000 | | +4,500 | | +500 | |
//! | milestone 2, 10,000: revised, then released by time | −10,000 | | +9,000 | | +1,000 | |
//! | milestone 3, 5,000: 3,000 to 1,800, 200 for it | −3,200 | | +2,700 | | +300 | +200 |
//! | an escrow of 6,000 that a pay-in funds | | | | +5,400 | +600 | |
//! | an escrow of 3,000 whose deadline is missed | | −3,000 +3,000 | | | | |
//! | an escrow of 8,000, released by two of the staff | | −8,000 | | +7,200 | +800 | |
//! | withdrawals, 4,000 and 6,000 | | | −10,000 | | | |
//! | in the end | 28,800 | 7,000 | 6,200 | 15,300 | 3,500 | 200 |

use anyhow::ensure;
use cauri_domain::Role;
use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::basket::{at_once, buy, line, place};
use super::market::{ADMIN, BACK_END, FINANCE, FINANCE_2, Market, ROOT, Who, say};

/// Who decides disputes.
const JUDGE: Who = Who::new("judge-1", Role::Seller);
/// Another one of the staff.
const ADMIN_2: Who = Who::new("admin-2", Role::Admin);

/// The rules of the ledger: 30 minutes, 72 hours and 48 hours, as is usual.
pub(super) fn settings() -> Value {
    json!({ "currencies": ["XOF"] })
}

struct People {
    ama: Uuid,
    yao: Uuid,
    kofi: Uuid,
    esi: Uuid,
}

/// Plays it.
pub(super) async fn play(market: &Market) -> anyhow::Result<()> {
    say("the platform takes 10 % of what is sold");
    let step = json!({ "name": "share", "charge": { "basisPoints": 1_000 },
        "to": { "platform": "COMMISSION" } });
    market.done(&ROOT, "setCommissionRule", json!({ "name": "default", "steps": [step] })).await?;
    let people = People {
        ama: market.wallet("ama").await?,
        yao: market.wallet("yao").await?,
        kofi: market.wallet("kofi").await?,
        esi: market.wallet("esi").await?,
    };
    market.recharge(people.ama, "50000", "XOF").await?;
    market.recharge(people.yao, "10000", "XOF").await?;
    goods(market, &people).await?;
    milestones(market, &people).await?;
    other_escrows(market, &people).await?;
    withdrawals(market, &people).await?;
    in_the_end(market, &people).await
}

async fn goods(market: &Market, people: &People) -> anyhow::Result<()> {
    say("Ama buys a file of Esi for 4,000: it is hers, and paid on, at once");
    let lines = [line(1, people.esi, "4000", 1, "DIGITAL")];
    let order = buy(market, &at_once(people.ama, "XOF", &lines), "4000").await?;
    market.until("order", order, "SETTLED").await?;
    say("a quarter of it is faulty: 1,000 go back, with their commission");
    let back = json!({ "order": order, "refund": Uuid::new_v4(), "currency": "XOF",
        "lines": [{ "number": 1, "amount": "1000" }], "reason": "faulty" });
    market.done(&FINANCE, "refundOrder", back).await?;

    say("Yao orders and does not pay; half an hour later the order and his payment are over");
    let lines = [line(1, people.esi, "2000", 1, "DIGITAL")];
    let unpaid = place(market, &at_once(people.yao, "XOF", &lines), "2000").await?;
    let payin = Uuid::new_v4();
    let input = json!({ "payin": payin, "wallet": people.yao, "amount": "5000",
        "currency": "XOF", "provider": "sim" });
    market.done(&BACK_END, "initiatePayin", input).await?;
    market.set_clock(Utc::now() + TimeDelta::minutes(31)).await?;
    market.until("order", unpaid, "EXPIRED").await?;
    market.until("payin", payin, "EXPIRED").await?;
    say("he pays all the same: late money is real, and credited as the policy says");
    market.pay(payin, "5000", "XOF", "succeed").await?;
    market.until("payin", payin, "SUCCEEDED").await
}

async fn escrow(market: &Market, input: Value) -> anyhow::Result<Uuid> {
    let escrow = Uuid::new_v4();
    let mut input = input;
    input["escrow"] = json!(escrow);
    input["currency"] = json!("XOF");
    market.done(&BACK_END, "openEscrow", input).await?;
    Ok(escrow)
}

async fn milestones(market: &Market, people: &People) -> anyhow::Result<()> {
    let (ama, kofi) = (Who::new("ama", Role::Buyer), Who::new("kofi", Role::Seller));
    say("Ama accepts Kofi's application: 20,000 in three milestones, and who judges a dispute");
    let escrow = escrow(
        market,
        json!({ "buyer": people.ama, "seller": people.kofi, "amount": "20000",
            "milestones": [{ "amount": "5000" }, { "amount": "10000" }, { "amount": "5000" }],
            "arbiter": JUDGE.subject, "labels": { "reference": "application/2026-117" } }),
    )
    .await?;
    let of = |milestone: u32| json!({ "escrow": escrow, "milestone": milestone });
    say("the first is delivered, shown by a digest, and accepted");
    let mut delivery = of(1);
    delivery["evidence"] = json!("ab".repeat(32));
    market.done(&kofi, "markDelivered", delivery).await?;
    market.refused(&kofi, "releaseEscrow", of(1), "NOT_YOURS").await?;
    market.done(&ama, "releaseEscrow", of(1)).await?;

    say("the second is wanted in other colours, delivered again, and released after 72 hours");
    market.done(&kofi, "markDelivered", of(2)).await?;
    let mut revision = of(2);
    revision["reason"] = json!("colours");
    market.done(&ama, "requestRevision", revision).await?;
    market.done(&kofi, "markDelivered", of(2)).await?;

    say("the third is disputed: nothing moves until the judge has split it");
    market.done(&kofi, "markDelivered", of(3)).await?;
    let mut dispute = of(3);
    dispute["party"] = json!("BUYER");
    dispute["reason"] = json!("not-as-agreed");
    market.done(&ama, "openDispute", dispute).await?;
    market.set_clock(Utc::now() + TimeDelta::hours(73)).await?;
    market.refused(&ama, "releaseEscrow", of(3), "WRONG_STATE").await?;
    let mut split = of(3);
    split["currency"] = json!("XOF");
    split["sellerAmount"] = json!("3000");
    split["buyerAmount"] = json!("1900");
    split["fee"] = json!("200");
    market.refused(&JUDGE, "arbitrateEscrow", split.clone(), "INVALID_SETTING").await?;
    split["buyerAmount"] = json!("1800");
    market.done(&JUDGE, "arbitrateEscrow", split).await?;
    market.until("escrow", escrow, "SETTLED").await
}

async fn other_escrows(market: &Market, people: &People) -> anyhow::Result<()> {
    say("an escrow that is funded straight by a payment from outside");
    let by = Utc::now() + TimeDelta::hours(100);
    let terms = json!({ "buyer": people.ama, "seller": people.esi, "amount": "6000",
        "fundBy": by });
    let outside = escrow(market, terms).await?;
    let payin = Uuid::new_v4();
    let input = json!({ "payin": payin, "wallet": people.ama, "amount": "6000",
        "currency": "XOF", "provider": "sim", "target": { "escrow": { "escrow": outside } } });
    market.done(&BACK_END, "initiatePayin", input).await?;
    market.pay(payin, "6000", "XOF", "succeed").await?;
    market.until("escrow", outside, "FUNDED").await?;
    let ama = Who::new("ama", Role::Buyer);
    market.done(&ama, "releaseEscrow", json!({ "escrow": outside })).await?;

    say("Kofi promises Yao something in a day, and does not deliver: the money goes back");
    let late = escrow(
        market,
        json!({ "buyer": people.yao, "seller": people.kofi, "amount": "3000",
            "deliverBy": Utc::now() + TimeDelta::hours(97) }),
    )
    .await?;
    market.set_clock(Utc::now() + TimeDelta::hours(98)).await?;
    market.until("escrow", late, "REFUNDED").await?;

    say("above 5,000, staff do nothing alone");
    let of = json!([{ "amount": "5000", "currency": "XOF" }]);
    market.done(&ROOT, "configureFourEyes", json!({ "thresholds": of })).await?;
    let large =
        escrow(market, json!({ "buyer": people.yao, "seller": people.esi, "amount": "8000" }))
            .await?;
    let release = json!({ "escrow": large });
    market.refused(&ADMIN, "releaseEscrow", release.clone(), "FOUR_EYES_NEEDED").await?;
    two_of_the_staff(market, json!({ "releaseEscrow": release }), (&ADMIN, &ADMIN_2)).await?;
    market.until("escrow", large, "RELEASED").await
}

async fn two_of_the_staff(
    market: &Market,
    command: Value,
    (first, second): (&Who, &Who),
) -> anyhow::Result<()> {
    let proposal = Uuid::new_v4();
    let propose = json!({ "proposal": proposal, "command": command, "reason": "checked" });
    market.done(first, "propose", propose).await?;
    let approve = || json!({ "proposal": proposal });
    market.refused(first, "approveProposal", approve(), "OWN_PROPOSAL").await?;
    market.done(second, "approveProposal", approve()).await
}

async fn withdrawals(market: &Market, people: &People) -> anyhow::Result<()> {
    say("Kofi takes out 4,000 and 6,000; after 48 hours the smaller one approves itself");
    let mut ids = Vec::new();
    for amount in ["4000", "6000"] {
        let withdrawal = Uuid::new_v4();
        let input = json!({ "withdrawal": withdrawal, "wallet": people.kofi, "amount": amount,
            "currency": "XOF", "destination": "momo-kofi" });
        market.done(&BACK_END, "requestWithdrawal", input).await?;
        ids.push(withdrawal);
    }
    market.set_clock(Utc::now() + TimeDelta::hours(98 + 49)).await?;
    market.until_paid_out(ids[0]).await?;
    market.until("withdrawal", ids[1], "REQUESTED").await?;
    say("the larger one waits for two persons");
    let approve = json!({ "withdrawal": ids[1] });
    market.refused(&FINANCE, "approveWithdrawal", approve.clone(), "FOUR_EYES_NEEDED").await?;
    let command = json!({ "approveWithdrawal": approve });
    two_of_the_staff(market, command, (&FINANCE, &FINANCE_2)).await?;
    market.until_paid_out(ids[1]).await
}

async fn in_the_end(market: &Market, people: &People) -> anyhow::Result<()> {
    for (name, wallet) in [("Ama", people.ama), ("Yao", people.yao)] {
        market.print_statement(name, wallet).await?;
    }
    for (name, wallet) in [("Kofi", people.kofi), ("Esi", people.esi)] {
        market.print_statement(name, wallet).await?;
        market.print_earnings(name, wallet).await?;
    }
    let books = market.print_trial_balance().await?;
    books.check_wallet(people.ama, "28800", "XOF")?;
    books.check_wallet(people.yao, "7000", "XOF")?;
    books.check_wallet(people.kofi, "6200", "XOF")?;
    books.check_wallet(people.esi, "15300", "XOF")?;
    books.check("revenue:commission", "3500", "XOF")?;
    books.check("revenue:fees", "200", "XOF")?;
    books.check("clearing:sim", "61000", "XOF")?;
    books.check_nothing_in_transit()?;
    ensure!(books.balance("receivable:nobody", "XOF").is_zero(), "nobody owes anything");
    println!("\nEvery wallet ends as it does on paper, and nothing is left in transit.");
    Ok(())
}
