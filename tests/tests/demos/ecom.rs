//! Wallets, rides and shops.

use super::kit::play;

/// The tables in `api/src/demo/ecom.rs` and `ecom_shop.rs`, by hand.
///
/// Of the rides the platform has 15 % of 2,350, 500, 2,700 and 4,000: 352 (half to even), 75, 405
/// and 600, 1,432 together. Of the orders it has 10 % of 4,000 less 1,250, which is 275, and of
/// 3,333, which is 333.
#[test]
fn the_books_agree_with_paper() {
    let printed = play("ecom");
    let commission = 352 + 75 + 405 + 600 + (400 - 125) + 333;
    // What came in by mobile money, less Kofi's withdrawal.
    let outside = 20_000 + 10_000 + 3_833 - 5_000;
    let totals = [
        ("Ama", 20_000 - 3_000 - 2_550 - 1_500 + 100 - 4_500 + 1_250),
        ("Yao", 10_000 + 3_000 - 500 - 1_200 - 4_000),
        ("Kofi", 1_998 + 200 + 3_400 - 5_000 + 500),
        ("Esi", 425 + 2_295 + 500),
        ("The store", 3_600 - 1_125 + 3_000),
    ];
    for (name, total) in totals {
        assert_eq!(printed.last_balance(name), total.to_string(), "{name}");
    }
    for (account, balance) in [
        ("revenue:commission", commission),
        ("clearing:sim", outside),
        ("expense:adjustments", 100),
    ] {
        let printed = printed.balance(account, "XOF");
        assert_eq!(printed, Some(balance.to_string()), "{account}");
    }
    let owed: i32 = totals.iter().map(|(_, total)| total).sum();
    assert_eq!(owed + commission, outside + 100, "on paper, debits and credits agree");
    assert_eq!(printed.difference("XOF"), 0, "and in the books");
    for code in ["BELOW_MINIMUM", "REFUND_EXCEEDS", "FOUR_EYES_NEEDED", "INSUFFICIENT_FUNDS"] {
        assert!(printed.text().contains(&format!("refused, {code}")), "{code}");
    }
    assert!(printed.text().contains("nothing is left in transit"));
}
