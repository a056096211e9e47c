//! Digital goods, and freelance work in escrow.

use super::kit::play;

/// The table in `api/src/demo/digital_market.rs`, by hand.
#[test]
fn the_books_agree_with_paper() {
    let printed = play("digital-market");
    for (account, balance) in
        [("revenue:commission", "3500"), ("revenue:fees", "200"), ("clearing:sim", "61000")]
    {
        assert_eq!(printed.balance(account, "XOF").as_deref(), Some(balance), "{account}");
    }
    for (name, balance) in [("Ama", "28800"), ("Yao", "7000"), ("Kofi", "6200"), ("Esi", "15300")] {
        assert_eq!(printed.last_balance(name), balance, "{name}");
    }
    assert!(printed.text().contains("nothing is left in transit"));
}
