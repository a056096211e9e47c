//! How far behind endpoints are, for operators: at `/readyz`, and as metrics.
//!
//! A receiver that is down is no fault of this server, which is ready all the same.

use metrics::{Unit, describe_counter, describe_gauge, gauge};

use chrono::{DateTime, Utc};

use cauri_domain::endpoint::{Cause, Status};
use cauri_domain::{EndpointId, LedgerId, Revision};

use super::store::Row;

/// Tries, by how they ended.
pub(super) const TRIES: &str = "cauri_outgoing_tries_total";
const LAG: &str = "cauri_outgoing_lag_events";
const TRIED_FOR: &str = "cauri_outgoing_tried_for_seconds";
const ENDPOINTS: &str = "cauri_outgoing_endpoints";

/// How the endpoints of a ledger stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Standing {
    /// How many are told.
    pub enabled: u64,
    /// How many were disabled because they failed, or are gone.
    pub failing: u64,
    /// How many a person disabled.
    pub disabled: u64,
    /// How many events of the log are before the slowest that is told, wanted or not.
    pub most_behind: u64,
    /// How many cannot be told for a reason of this server's: its vault does not open, or does not answer.
    pub stuck: u64,
    /// Whether this server cannot see to all of them now.
    pub is_stuck: bool,
}

/// Says what the metrics mean.
pub(super) fn describe() {
    describe_counter!(TRIES, "Requests to endpoints, by outcome");
    describe_gauge!(LAG, "Events before an endpoint, wanted or not; of one that is told");
    describe_gauge!(
        TRIED_FOR,
        Unit::Seconds,
        "For how long an endpoint has not taken its next event"
    );
    describe_gauge!(
        ENDPOINTS,
        "Endpoints by status: enabled, failing, disabled; stuck: kept from them here"
    );
}

#[expect(clippy::cast_precision_loss, reason = "metrics are floats")]
fn of_endpoint(name: &'static str, ledger: &LedgerId, endpoint: EndpointId, value: u64) {
    let labels = [("ledger", ledger.to_string()), ("endpoint", endpoint.to_string())];
    gauge!(name, &labels).set(value as f64);
}

/// An endpoint is no more: its last values are none.
pub(super) fn forget(ledger: &LedgerId, endpoint: EndpointId) {
    of_endpoint(LAG, ledger, endpoint, 0);
    of_endpoint(TRIED_FOR, ledger, endpoint, 0);
}

impl Standing {
    /// Of these endpoints, each with the time since which its next event is tried, of which so many are
    /// stuck; tells the metrics.
    #[expect(clippy::cast_precision_loss, reason = "metrics are floats")]
    pub(super) fn measured(
        ledger: &LedgerId,
        next: Revision,
        now: DateTime<Utc>,
        rows: &[(Row, Option<DateTime<Utc>>)],
        stuck: u64,
    ) -> Self {
        let mut it = Self { stuck, is_stuck: stuck > 0, ..Self::default() };
        for (row, since) in rows {
            let is_told = row.terms.status == Status::Enabled;
            match row.terms.status {
                Status::Enabled => it.enabled += 1,
                Status::Disabled(Cause::Failing | Cause::Gone) => it.failing += 1,
                Status::Disabled(Cause::Asked(_)) => it.disabled += 1,
                Status::Removed => {}
            }
            let lag = if is_told { next.0.saturating_sub(row.at.next.0) } else { 0 };
            it.most_behind = it.most_behind.max(lag);
            of_endpoint(LAG, ledger, row.endpoint, lag);
            let since = since.filter(|_| is_told);
            let seconds = since.map_or(0, |since| (now - since).num_seconds());
            of_endpoint(TRIED_FOR, ledger, row.endpoint, u64::try_from(seconds).unwrap_or(0));
        }
        for (status, many) in [
            ("enabled", it.enabled),
            ("failing", it.failing),
            ("disabled", it.disabled),
            ("stuck", it.stuck),
        ] {
            let labels = [("ledger", ledger.to_string()), ("status", status.to_owned())];
            gauge!(ENDPOINTS, &labels).set(many as f64);
        }
        it
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use cauri_domain::endpoint::{Endpoint, Filter};

    use super::*;
    use crate::outgoing::store::Progress;

    fn row(number: u128, status: Status, next: u64) -> (Row, Option<DateTime<Utc>>) {
        let terms = Endpoint {
            url: "https://shop.example/".parse().expect("an address"),
            filter: Filter::default(),
            secret: "vlt_1".parse().expect("a reference"),
            from: None,
            status,
        };
        let (endpoint, at) = (EndpointId(Uuid::from_u128(number)), Progress::at(Revision(next)));
        let tests = Vec::new();
        (Row { endpoint, terms, epoch: Revision(0), at, former: None, tests }, None)
    }

    #[test]
    fn only_those_that_are_told_are_behind() {
        let asked = Cause::Asked("later".parse().expect("a word"));
        let rows = [
            row(1, Status::Enabled, 90),
            row(2, Status::Enabled, 70),
            row(3, Status::Disabled(Cause::Failing), 5),
            row(4, Status::Disabled(Cause::Gone), 5),
            row(5, Status::Disabled(asked), 5),
        ];
        let measured = |stuck| {
            let (ledger, next) = (LedgerId::main(), Revision(100));
            Standing::measured(&ledger, next, DateTime::UNIX_EPOCH, &rows, stuck)
        };
        let (stuck, is_stuck) = (0, false);
        let wanted =
            Standing { enabled: 2, failing: 2, disabled: 1, most_behind: 30, stuck, is_stuck };
        assert_eq!(measured(0), wanted);
        assert_eq!(measured(1), Standing { stuck: 1, is_stuck: true, ..wanted });
    }
}
