//! Shops, baskets and coupons.

use super::kit::play;

/// The table in `api/src/demo/shops.rs`, by hand: 5 % of what a seller gets after a discount that
/// is their own, and before one that is the platform's.
#[test]
fn the_books_agree_with_paper() {
    let printed = play("shops");
    // What came in by mobile money, less Kofi's withdrawal.
    let outside = 20_000 + 5_000 - 6_000;
    let commission = 120 + 100 + 110 + 50 + 50 + 100;
    let totals = [
        ("Ama", 20_000 - 4_400 - 2_500 - 500),
        ("Yao", 5_000 - 500 - 2_500),
        ("Kofi", (2_400 - 120) + (2_200 - 110) + (2_000 - 100) - 6_000),
        ("Esi", (2_000 - 100) + 2 * (1_000 - 50)),
        ("Afi", 300 + 500),
    ];
    for (name, total) in totals {
        assert_eq!(printed.last_balance(name), total.to_string(), "{name}");
    }
    for (account, balance) in [
        ("revenue:commission", commission),
        ("expense:promotions", 500 + 500),
        ("clearing:sim", outside),
    ] {
        let printed = printed.balance(account, "XOF");
        assert_eq!(printed, Some(balance.to_string()), "{account}");
    }
    let owed: i32 = totals.iter().map(|(_, total)| total).sum();
    assert_eq!(owed + commission, outside + 1_000, "on paper, debits and credits agree");
    assert_eq!(printed.difference("XOF"), 0, "and in the books");
    for title in ["Kofi's orders", "Coupons", "What the platform earned and gave"] {
        assert!(printed.text().contains(title), "{title}");
    }
    assert!(printed.text().contains("nothing is left in transit"));
}
