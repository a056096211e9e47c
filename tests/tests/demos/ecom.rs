//! Wallets and rides.

use crate::kit::play;

/// The table in `api/src/demo/ecom.rs`, by hand: 15 % of 2,350, 500, 2,700 and 4,000 are 352 (half
/// to even), 75, 405 and 600.
#[test]
fn the_books_agree_with_paper() {
    let printed = play("ecom");
    assert_eq!(printed.balance("revenue:commission", "XOF").as_deref(), Some("1432"));
    for (name, evening) in [("Ama", "13050"), ("Yao", "7300"), ("Kofi", "598"), ("Esi", "2720")] {
        assert_eq!(printed.last_balance(name), evening, "{name}");
    }
    assert!(printed.text().contains("nothing is left in transit"));
}
