//! Shops, baskets and coupons.

use crate::kit::play;

/// The table in `api/src/demo/shops.rs`, by hand.
#[test]
fn the_books_agree_with_paper() {
    let printed = play("shops");
    for (account, balance) in [("revenue:commission", "420"), ("expense:promotions", "1000")] {
        assert_eq!(printed.balance(account, "XOF").as_deref(), Some(balance), "{account}");
    }
    for (name, balance) in
        [("Ama", "15100"), ("Yao", "2000"), ("Kofi", "4180"), ("Esi", "3800"), ("Afi", "500")]
    {
        assert_eq!(printed.last_balance(name), balance, "{name}");
    }
    assert!(printed.text().contains("nothing is left in transit"));
}
