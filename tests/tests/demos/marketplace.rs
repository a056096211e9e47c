//! Digital work with escrow, in the ledger `main`.

use super::kit::play;

/// 5 % of the released 30,000 is 1,500; the table in `api/src/demo/day.rs` has the rest.
#[test]
fn the_books_agree_with_paper() {
    let printed = play("marketplace");
    assert_eq!(printed.balance("revenue:commission", "XOF").as_deref(), Some("1500"));
    for (name, evening) in [("Ama", "30000"), ("Kofi", "8500"), ("Esi", "5000"), ("Yao", "120.00")]
    {
        assert_eq!(printed.last_balance(name), evening, "{name}");
    }
    assert!(printed.text().contains("debits equal credits"));
}
