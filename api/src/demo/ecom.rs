//! Wallets and rides in XOF: recharges by mobile money, transfers, fares held and captured, tips, a
//! cancellation, drivers' earnings, payouts, and a mistake put right by two people. Then the orders
//! of [`super::ecom_shop`], which goes on with the figures of the evening.
//!
//! The fares are an estimate when a ride is asked for; the estimate with a fifth on top is held. The
//! platform takes 15 % of a fare and nothing of a tip. Hand arithmetic:
//!
//! | | Ama | Yao | driver Kofi | driver Esi | commission |
//! | --- | ---: | ---: | ---: | ---: | ---: |
//! | recharge | +20,000 | +10,000 | | | |
//! | transfer | −3,000 | +3,000 | | | |
//! | Ama's ride: 3,000 held, 2,350 captured, 200 tip | −2,550 | | +1,998 +200 | | +352 |
//! | Yao's ride, cancelled: 2,400 held, 500 fee | | −500 | | +425 | +75 |
//! | Ama and Yao share a ride: 1,500 each held, 2,700 | −1,500 | −1,200 | | +2,295 | +405 |
//! | Yao's ride, 3,600 held, above it: 4,000 | | −4,000 | +3,400 | | +600 |
//! | a ride nobody drove: 1,200 held, expired | | | | | |
//! | sent twice by mistake, and reversed | −1,000 +1,000 | | +1,000 −1,000 | | |
//! | goodwill, by four eyes | +100 | | | | |
//! | withdrawal, paid | | | −5,000 | | |
//! | in the evening, before the shop | 13,050 | 7,300 | 598 | 2,720 | 1,432 |
//!
//! 15 % of 2,350 is 352.5, which is rounded to the even 352.

use anyhow::ensure;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::ecom_shop::{self, People};
use super::market::{ADMIN, BACK_END, FINANCE, FINANCE_2, Market, ROOT, say};

/// The rules of the ledger.
pub(super) fn settings() -> Value {
    json!({ "currencies": ["XOF"] })
}

/// Plays it.
pub(super) async fn play(market: &Market) -> anyhow::Result<()> {
    say("the platform takes 15 % of a fare");
    let step = json!({ "name": "fare", "charge": { "basisPoints": 1_500 },
        "to": { "platform": "COMMISSION" } });
    market.done(&ROOT, "setCommissionRule", json!({ "name": "rides", "steps": [step] })).await?;
    say("nobody spends more than 25,000 at once, 50,000 a day and 500,000 a month, in Lomé's time");
    market.done(&ROOT, "setTimeZone", json!({ "zone": "Africa/Lome" })).await?;
    let of = |amount: &str| json!([{ "amount": amount, "currency": "XOF" }]);
    let limits = json!({ "single": of("25000"), "daily": of("50000"), "monthly": of("500000") });
    let everybody = json!({ "scope": { "everybody": true }, "limits": limits });
    market.done(&ROOT, "setLimits", everybody).await?;
    let people = People {
        ama: market.wallet("ama").await?,
        yao: market.wallet("yao").await?,
        kofi: market.wallet("kofi").await?,
        esi: market.wallet("esi").await?,
    };
    recharge_and_send(market, &people).await?;
    rides(market, &people).await?;
    mistakes(market, &people).await?;
    let now = payout(market, &people).await?;
    let store = ecom_shop::play(market, &people, now).await?;
    in_the_end(market, &people, store).await
}

async fn recharge_and_send(market: &Market, people: &People) -> anyhow::Result<()> {
    say("Ama brings 20,000 and Yao 10,000 by mobile money");
    market.recharge(people.ama, "20000", "XOF").await?;
    market.recharge(people.yao, "10000", "XOF").await?;
    say("Ama sends Yao 3,000; 26,000 at once are more than anybody may move");
    market.done(&BACK_END, "transfer", transfer(people.ama, people.yao, "3000")).await?;
    let much = transfer(people.ama, people.yao, "26000");
    market.refused(&BACK_END, "transfer", much, "LIMIT_EXCEEDED").await?;
    say("a wallet of its own limits: Esi is new, and may move 1,000 a day");
    let of = json!([{ "amount": "1000", "currency": "XOF" }]);
    let own = json!({ "scope": { "wallet": people.esi }, "limits": { "daily": of } });
    market.done(&ROOT, "setLimits", own).await?;
    let much = transfer(people.esi, people.yao, "1001");
    market.refused(&BACK_END, "transfer", much, "WINDOW_EXCEEDED").await?;
    let query = "query($id: UUID!) { wallet(id: $id) { limits { kind limit used left } } }";
    let left = market.ask(&FINANCE, query, json!({ "id": people.ama })).await?;
    let daily = &left["wallet"]["limits"][1];
    ensure!(daily["used"] == "3000" && daily["left"] == "47000", "47,000 are left, not {daily}");
    Ok(())
}

fn transfer(from: Uuid, to: Uuid, amount: &str) -> Value {
    json!({ "from": from, "to": to, "amount": amount, "currency": "XOF",
        "labels": { "category": "transfer" } })
}

/// A fare is held; the hold's id.
async fn hold(market: &Market, legs: &[(Uuid, &str)]) -> anyhow::Result<Uuid> {
    let hold = Uuid::new_v4();
    let legs = legs.iter().map(|(wallet, amount)| json!({ "wallet": wallet, "amount": amount }));
    let input = json!({ "hold": hold, "legs": legs.collect::<Vec<_>>(), "currency": "XOF",
        "spanSeconds": 7_200, "commission": { "rule": "rides" },
        "labels": { "category": "transport" } });
    market.done(&BACK_END, "placeHold", input).await?;
    Ok(hold)
}

async fn capture(
    market: &Market,
    hold: Uuid,
    driver: Uuid,
    fare: &str,
    tip: Option<&str>,
    beyond: &str,
) -> anyhow::Result<()> {
    let mut payees = vec![json!({ "wallet": driver, "amount": fare })];
    if let Some(tip) = tip {
        payees.push(json!({ "wallet": driver, "amount": tip, "tip": true }));
    }
    let input = json!({ "hold": hold, "capture": Uuid::new_v4(), "payees": payees,
        "currency": "XOF", "last": true, "beyond": beyond,
        "labels": { "category": "transport" } });
    market.done(&BACK_END, "captureHold", input).await
}

async fn rides(market: &Market, people: &People) -> anyhow::Result<()> {
    let People { ama, yao, kofi, esi } = *people;
    say("Ama asks for a ride of about 2,500: 3,000 are held; it costs 2,350, and she tips 200");
    let ride = hold(market, &[(ama, "3000")]).await?;
    capture(market, ride, kofi, "2350", Some("200"), "REFUSE").await?;

    say("Yao calls his ride off after Esi is on her way: 500 of the 2,400 held are hers");
    let ride = hold(market, &[(yao, "2400")]).await?;
    capture(market, ride, esi, "500", None, "REFUSE").await?;
    let again = json!({ "hold": ride, "reason": "cancelled" });
    market.refused(&BACK_END, "voidHold", again, "WRONG_STATE").await?;

    say("Ama and Yao share a ride: 1,500 of each are held as one, 2,700 captured");
    let ride = hold(market, &[(ama, "1500"), (yao, "1500")]).await?;
    capture(market, ride, esi, "2700", None, "REFUSE").await?;

    say("Yao's detour costs 4,000 where 3,600 are held: the rest is charged with the fare");
    let ride = hold(market, &[(yao, "3600")]).await?;
    capture(market, ride, kofi, "4000", None, "CHARGE").await?;

    say("nobody drives Ama's last ride: two hours later its 1,200 are hers again");
    let ride = hold(market, &[(ama, "1200")]).await?;
    market.set_clock(Utc::now() + TimeDelta::hours(3)).await?;
    market.until("hold", ride, "EXPIRED").await
}

async fn mistakes(market: &Market, people: &People) -> anyhow::Result<()> {
    say("1,000 go from Ama to Kofi by mistake: finance reverses the entry");
    market.done(&BACK_END, "transfer", transfer(people.ama, people.kofi, "1000")).await?;
    let of = market.head().await?;
    let reversal = json!({ "correction": Uuid::new_v4(), "revision": of, "reason": "mistake" });
    market.done(&FINANCE, "reverseEntry", json!({ "reversal": reversal })).await?;

    say("goodwill of 100 for Ama: one of finance proposes, another one approves");
    let wallet = format!("wallet:{}:available", people.ama);
    let postings = json!([
        { "account": "expense:adjustments", "side": "DEBIT", "amount": "100", "currency": "XOF" },
        { "account": wallet, "side": "CREDIT", "amount": "100", "currency": "XOF" },
    ]);
    let adjust =
        json!({ "correction": Uuid::new_v4(), "postings": postings, "reason": "goodwill" });
    market.refused(&FINANCE, "adjust", adjust.clone(), "FOUR_EYES_NEEDED").await?;
    let proposal = Uuid::new_v4();
    let propose =
        json!({ "proposal": proposal, "command": { "adjust": adjust }, "reason": "goodwill" });
    market.done(&FINANCE, "propose", propose).await?;
    let approve = || json!({ "proposal": proposal });
    market.refused(&FINANCE, "approveProposal", approve(), "OWN_PROPOSAL").await?;
    market.done(&FINANCE_2, "approveProposal", approve()).await
}

/// What the ledger's clock says afterwards.
async fn payout(market: &Market, people: &People) -> anyhow::Result<DateTime<Utc>> {
    say("Kofi takes out 5,000; nobody looks at it for two days, so it approves itself");
    let withdrawal = Uuid::new_v4();
    let input = json!({ "withdrawal": withdrawal, "wallet": people.kofi, "amount": "5000",
        "currency": "XOF", "destination": "momo-kofi" });
    market.done(&BACK_END, "requestWithdrawal", input).await?;
    let now = Utc::now() + TimeDelta::hours(3 + 49);
    market.set_clock(now).await?;
    market.until_paid_out(withdrawal).await?;
    say("staff freeze Esi's wallet while they look into a complaint, and let it go again");
    let freeze = json!({ "wallet": people.esi, "reason": "complaint" });
    market.done(&ADMIN, "freezeWallet", freeze).await?;
    let send = transfer(people.esi, people.ama, "1");
    market.refused(&BACK_END, "transfer", send, "WALLET_FROZEN").await?;
    market.done(&ADMIN, "unfreezeWallet", json!({ "wallet": people.esi })).await?;
    Ok(now)
}

async fn in_the_end(market: &Market, people: &People, store: Uuid) -> anyhow::Result<()> {
    for (name, wallet) in [("Ama", people.ama), ("Yao", people.yao)] {
        market.print_statement(name, wallet).await?;
    }
    for (name, wallet) in [("Kofi", people.kofi), ("Esi", people.esi), ("The store", store)] {
        market.print_statement(name, wallet).await?;
        market.print_earnings(name, wallet).await?;
    }
    let books = market.print_trial_balance().await?;
    books.check_wallet(people.ama, "9800", "XOF")?;
    books.check_wallet(people.yao, "7300", "XOF")?;
    books.check_wallet(people.kofi, "1098", "XOF")?;
    books.check_wallet(people.esi, "3220", "XOF")?;
    books.check_wallet(store, "5475", "XOF")?;
    books.check("revenue:commission", "2040", "XOF")?;
    books.check("expense:adjustments", "100", "XOF")?;
    books.check("clearing:sim", "28833", "XOF")?;
    books.check_nothing_in_transit()?;
    ensure!(books.balance("receivable:nobody", "XOF").is_zero(), "nobody owes anything");
    println!("\nEvery wallet ends as it does on paper, and nothing is left in transit.");
    Ok(())
}
