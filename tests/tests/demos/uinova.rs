//! Plans, use, invoices and templates.

use super::kit::play;

/// The table in `api/src/demo/uinova.rs`, by hand.
#[test]
fn the_books_agree_with_paper() {
    let printed = play("uinova");
    for (account, balance) in [
        ("revenue:subscription", "567.00"),
        ("revenue:usage", "10.00"),
        ("revenue:commission", "10.00"),
        ("bank", "480.00"),
        ("clearing:sim", "289.00"),
    ] {
        assert_eq!(printed.balance(account, "USD").as_deref(), Some(balance), "{account}");
    }
    for (name, balance) in [("Ada", "132.00"), ("Acme", "50.00"), ("Eve", "0.00")] {
        assert_eq!(printed.last_balance(name), balance, "{name}");
    }
    assert!(printed.text().contains("nothing is left in transit"));
}
