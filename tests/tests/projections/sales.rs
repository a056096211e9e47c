//! Orders, coupons, capacities and entitlements: what the rows say is what the state says.

use cauri_domain::{EntitlementId, LedgerState, Money, SaleId};
use cauri_projections::query::{EntitlementsOf, OrdersOf, Page, Snapshot, Whose};
use cauri_tests::database::fresh_database;
use rust_decimal::Decimal;

use super::kit::{History, covered, open, plans};

const MANY: Page = Page::first(500);

fn of(minor: u64, like: Money) -> Decimal {
    cauri_domain::money::decimal(minor.into(), like.currency()).unwrap()
}

#[tokio::test]
async fn what_is_sold_is_what_the_state_says() {
    let database = fresh_database().await;
    let read_models = open(&database.pool).await;
    let (mut orders, mut uses, mut places, mut granted) = (0, 0, 0, 0);
    for (number, plan) in plans().take(12).enumerate() {
        let history = History::of(&plan, format!("ledger-{number}").parse().unwrap());
        read_models.attach(history.engine().await);
        covered(&read_models, &history.ledger, history.last()).await;
        let mut snapshot = Snapshot::open(&database.pool, &history.ledger).await.unwrap();
        orders += agree_on_orders(&mut snapshot, &history.state).await;
        uses += agree_on_coupons(&mut snapshot, &history.state).await;
        places += agree_on_capacities(&mut snapshot, &history.state).await;
        granted += agree_on_entitlements(&mut snapshot, &history.state).await;
    }
    let counts = (orders, uses, places, granted);
    assert!(orders > 20 && uses > 0 && places > 0 && granted > 0, "{counts:?}");
}

async fn agree_on_orders(snapshot: &mut Snapshot, state: &LedgerState) -> usize {
    let rows = snapshot.orders(OrdersOf::default(), MANY).await.unwrap().rows;
    for row in &rows {
        let sale = state.sale(SaleId(row.sale)).unwrap();
        let total = sale.quote.total;
        assert_eq!(row.status, sale.status.as_str());
        assert_eq!((row.total, row.buyer), (total.to_decimal(), sale.terms.buyer.0));
        let promotion = sale.quote.promotion().map(Money::to_decimal).unwrap_or_default();
        assert!(row.paid + promotion >= row.refunded, "{row:?}");
        let lines = snapshot.order_lines(row.sale).await.unwrap();
        assert_eq!(lines.len(), sale.terms.lines.len());
        for line in &lines {
            let number = u16::try_from(line.number).unwrap();
            let place = sale.terms.lines.iter().position(|it| it.number == number).unwrap();
            let (back, priced) = (sale.back[place], sale.quote.lines[place]);
            assert_eq!(line.refunded, of(back.minor, total));
            assert_eq!(line.returned, i64::from(back.quantity));
            assert_eq!(line.price, priced.price.map(Money::to_decimal).unwrap_or_default());
        }
        let refunds = snapshot.order_refunds(row.sale).await.unwrap();
        let asked = refunds.iter().filter(|refund| refund.refund.is_some()).count();
        assert_eq!(asked, sale.refunds.len());
        let back: Decimal = refunds.iter().map(|refund| refund.to_buyer).sum();
        assert!(row.status == "canceled" || row.refunded == back);
    }
    rows.len()
}

async fn agree_on_coupons(snapshot: &mut Snapshot, state: &LedgerState) -> u32 {
    let mut uses = 0;
    for row in snapshot.coupons(None, Whose::default(), MANY).await.unwrap().rows {
        let coupon = state.coupon(&row.coupon.parse().unwrap()).unwrap();
        let said = (row.reserved, row.redeemed, row.disabled);
        let counted = (coupon.reserved.into(), coupon.redeemed.into(), coupon.disabled);
        assert_eq!(said, counted, "{row:?}");
        assert_eq!(row.costs.as_object().unwrap().is_empty(), coupon.redeemed == 0);
        uses += coupon.redeemed;
    }
    uses
}

async fn agree_on_capacities(snapshot: &mut Snapshot, state: &LedgerState) -> u32 {
    let mut sold = 0;
    for row in snapshot.capacities(None, MANY).await.unwrap().rows {
        let it = state.capacity(&row.capacity.parse().unwrap()).unwrap();
        let counted = (i64::from(it.places), i64::from(it.reserved), i64::from(it.sold));
        assert_eq!((row.places, row.reserved, row.sold), counted);
        sold += it.sold;
    }
    sold
}

async fn agree_on_entitlements(snapshot: &mut Snapshot, state: &LedgerState) -> usize {
    let rows = snapshot.entitlements(EntitlementsOf::default(), MANY).await.unwrap().rows;
    for row in &rows {
        let it = state.entitlement(EntitlementId(row.entitlement)).unwrap();
        assert_eq!((&*row.status, row.wallet), (it.status.as_str(), it.wallet.0));
        assert_eq!(row.owner, state.wallet(it.wallet).unwrap().owner.as_str());
        assert_eq!(row.sale, it.bought.map(|(sale, _)| sale.0));
    }
    rows.len()
}
