//! A fan's wallet.

use super::kit::play;

/// The table in `api/src/demo/paiecashfan.rs`, by hand.
#[test]
fn the_books_agree_with_paper() {
    let printed = play("paiecashfan");
    for (account, balance) in [
        ("revenue:commission", "14.99"),
        ("expense:promotions", "9.00"),
        ("clearing:sim", "150.00"),
    ] {
        assert_eq!(printed.balance(account, "EUR").as_deref(), Some(balance), "{account}");
    }
    for (name, balance) in
        [("Lea", "76.10"), ("Sam", "30.01"), ("Club", "28.99"), ("Telco", "8.91")]
    {
        assert_eq!(printed.last_balance(name), balance, "{name}");
    }
    assert!(printed.text().contains("nothing is left in transit"));
}
