//! How the simulated provider misbehaves: one payment by what is asked for it, or the whole
//! provider by rates.
//!
//! Whatever happens is decided by a hash of the seed, the request's key and the try. So the same
//! seed and the same keys misbehave in the same way, in whatever order requests come.
//!
//! What was taken on is taken on: an answer may be lost, a webhook may be lost, the payment is not.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// How one payment, payout or refund goes wrong: the field `misbehave` of its request.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Misbehave {
    /// What the request is answered instead.
    pub(super) answer: Option<Answered>,
    /// How many tries of it are answered so; 1 when absent.
    pub(super) answer_times: Option<u32>,
    /// How long every answer takes longer, in milliseconds.
    pub(super) answer_after_ms: u64,
    /// How much later it is paid, or fails, in milliseconds.
    pub(super) outcome_after_ms: u64,
    /// What is paid instead.
    pub(super) amount: Option<String>,
    /// In which currency instead.
    pub(super) currency: Option<String>,
    /// How long after it was paid a payout fails, in milliseconds.
    pub(super) fails_after_paid_ms: Option<u64>,
    /// How much later its webhooks are sent, in milliseconds: later ones overtake them.
    pub(super) webhook_after_ms: u64,
    /// How often its webhooks are sent again after they were taken: the first time under the same
    /// id, then under ids of their own.
    pub(super) more_copies: u8,
    /// Whether its webhooks are never sent.
    pub(super) lose_webhook: bool,
    /// Whether it can be paid after the merchant cancelled it.
    pub(super) despite_cancel: bool,
}

/// What a request is answered instead of what is true.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Answered {
    /// 429: it was not taken on.
    Busy,
    /// 503: it was not taken on.
    Unavailable,
    /// 500: it was taken on all the same.
    Error,
    /// The connection ends without an answer: it was taken on all the same.
    Cut,
}

/// How the whole provider misbehaves: rates in basis points of all requests, times in milliseconds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Misbehaviour {
    /// What the dice are thrown with.
    pub(super) seed: u64,
    /// Answers 429 without taking the request on.
    pub(super) busy_bp: u16,
    /// Answers 503 without taking the request on.
    pub(super) unavailable_bp: u16,
    /// Answers 500 after it was taken on.
    pub(super) error_bp: u16,
    /// Ends the connection without an answer after it was taken on.
    pub(super) cut_bp: u16,
    /// Answers up to so much later.
    pub(super) answer_after_ms: u64,
    /// Never sends a webhook.
    pub(super) lose_webhook_bp: u16,
    /// Sends a webhook twice, under the same id or another one.
    pub(super) duplicate_webhook_bp: u16,
    /// Sends webhooks up to so much later, each by itself: so they overtake each other.
    pub(super) webhook_after_ms: u64,
    /// Payments that are paid late…
    pub(super) late_bp: u16,
    /// …by so much.
    pub(super) late_ms: u64,
    /// Payments of one minor unit less, or more where there is only one.
    pub(super) other_amount_bp: u16,
    /// Payments in another currency.
    pub(super) other_currency_bp: u16,
    /// Payouts that fail after they were paid…
    pub(super) fail_after_paid_bp: u16,
    /// …by so much.
    pub(super) fail_after_paid_ms: u64,
    /// For how long from now on nothing is answered and nothing is sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) down_for_ms: Option<u64>,
}

/// When, how often and whether a webhook is sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Sending {
    pub(super) after_ms: u64,
    pub(super) more_copies: u8,
    pub(super) is_lost: bool,
}

/// All of them.
const ALL_BP: u16 = 10_000;
/// The longest of all times: a day.
const LONGEST_MS: u64 = 24 * 60 * 60 * 1000;
/// The most copies of one webhook.
const MOST_COPIES: u8 = 20;

impl Misbehave {
    /// What the first word of a payout's destination asks for: a payout asks for nothing else.
    pub(super) fn of_destination(destination: &str) -> Option<Self> {
        let answer = |answered| Self { answer: Some(answered), ..Self::default() };
        Some(match destination.split_once('-')?.0 {
            "busy" => answer(Answered::Busy),
            "unavailable" => answer(Answered::Unavailable),
            "error" => answer(Answered::Error),
            "cut" => answer(Answered::Cut),
            "slow" => Self { answer_after_ms: 1_000, ..Self::default() },
            "late" => Self { outcome_after_ms: 2_000, ..Self::default() },
            "paidthenfail" => Self { fails_after_paid_ms: Some(500), ..Self::default() },
            "twice" => Self { more_copies: 2, ..Self::default() },
            "silent" => Self { lose_webhook: true, ..Self::default() },
            _ => return None,
        })
    }

    /// What the `number`th try (from 0) of its request is answered.
    pub(super) fn answered(&self, number: u32) -> Option<Answered> {
        self.answer.filter(|_| number < self.answer_times.unwrap_or(1))
    }

    /// How its webhooks are sent.
    pub(super) fn sending(&self) -> Sending {
        Sending {
            after_ms: self.webhook_after_ms,
            more_copies: self.more_copies,
            is_lost: self.lose_webhook,
        }
    }

    /// The first field that is out of bounds.
    pub(super) fn unusable(&self) -> Option<&'static str> {
        let times = [
            ("answer_after_ms", self.answer_after_ms),
            ("outcome_after_ms", self.outcome_after_ms),
            ("webhook_after_ms", self.webhook_after_ms),
            ("fails_after_paid_ms", self.fails_after_paid_ms.unwrap_or_default()),
        ];
        let long = times.into_iter().find(|(_, time)| *time > LONGEST_MS).map(|(name, _)| name);
        long.or((self.more_copies > MOST_COPIES).then_some("more_copies"))
    }
}

impl Misbehaviour {
    /// What the `number`th try (from 0) of a request is answered.
    pub(super) fn answered(&self, key: &str, number: u32) -> Option<Answered> {
        let drawn = self.draw("answer", key, number) % u64::from(ALL_BP);
        let mut bound = 0;
        let rates = [
            (Answered::Busy, self.busy_bp),
            (Answered::Unavailable, self.unavailable_bp),
            (Answered::Error, self.error_bp),
            (Answered::Cut, self.cut_bp),
        ];
        rates.into_iter().find_map(|(answered, rate)| {
            bound += u64::from(rate);
            (drawn < bound).then_some(answered)
        })
    }

    /// How much longer that answer takes.
    pub(super) fn answer_after_ms(&self, key: &str, number: u32) -> u64 {
        self.up_to(self.answer_after_ms, "answer after", key, number)
    }

    /// How much later a payment is paid.
    pub(super) fn outcome_after_ms(&self, key: &str) -> u64 {
        if self.happens(self.late_bp, "late", key) { self.late_ms } else { 0 }
    }

    /// Whether a payment's amount is another one.
    pub(super) fn pays_another_amount(&self, key: &str) -> bool {
        self.happens(self.other_amount_bp, "amount", key)
    }

    /// Whether a payment's currency is another one.
    pub(super) fn pays_another_currency(&self, key: &str) -> bool {
        self.happens(self.other_currency_bp, "currency", key)
    }

    /// How long after it was paid a payout fails; `None` where it does not.
    pub(super) fn fails_after_paid_ms(&self, key: &str) -> Option<u64> {
        let fails = self.happens(self.fail_after_paid_bp, "fail after paid", key);
        fails.then_some(self.fail_after_paid_ms)
    }

    /// How a webhook of this kind is sent.
    pub(super) fn sending(&self, key: &str, kind: &str) -> Sending {
        let key = format!("{key} {kind}");
        let is_doubled = self.happens(self.duplicate_webhook_bp, "duplicate", &key);
        // The first copy has the same id, the second one of its own.
        let copies = 1 + u8::from(self.draw("copies", &key, 0) % 2 == 1);
        Sending {
            after_ms: self.up_to(self.webhook_after_ms, "webhook after", &key, 0),
            more_copies: if is_doubled { copies } else { 0 },
            is_lost: self.happens(self.lose_webhook_bp, "lose", &key),
        }
    }

    /// The first field that is out of bounds.
    pub(super) fn unusable(&self) -> Option<&'static str> {
        let answers = [self.busy_bp, self.unavailable_bp, self.error_bp, self.cut_bp];
        if answers.into_iter().map(u32::from).sum::<u32>() > u32::from(ALL_BP) {
            return Some("busy_bp, unavailable_bp, error_bp and cut_bp together");
        }
        let rates = [
            ("lose_webhook_bp", self.lose_webhook_bp),
            ("duplicate_webhook_bp", self.duplicate_webhook_bp),
            ("late_bp", self.late_bp),
            ("other_amount_bp", self.other_amount_bp),
            ("other_currency_bp", self.other_currency_bp),
            ("fail_after_paid_bp", self.fail_after_paid_bp),
        ];
        let times = [
            ("answer_after_ms", self.answer_after_ms),
            ("webhook_after_ms", self.webhook_after_ms),
            ("late_ms", self.late_ms),
            ("fail_after_paid_ms", self.fail_after_paid_ms),
            ("down_for_ms", self.down_for_ms.unwrap_or_default()),
        ];
        let large = rates.into_iter().find(|(_, rate)| *rate > ALL_BP).map(|(name, _)| name);
        let long = || times.into_iter().find(|(_, time)| *time > LONGEST_MS).map(|(name, _)| name);
        large.or_else(long)
    }

    fn happens(&self, rate: u16, what: &str, key: &str) -> bool {
        self.draw(what, key, 0) % u64::from(ALL_BP) < u64::from(rate)
    }

    fn up_to(&self, most: u64, what: &str, key: &str, number: u32) -> u64 {
        self.draw(what, key, number) % (most + 1)
    }

    /// A number that only the seed and what it is for decide.
    fn draw(&self, what: &str, key: &str, number: u32) -> u64 {
        let mut hash = Sha256::new();
        hash.update(self.seed.to_be_bytes());
        hash.update(number.to_be_bytes());
        hash.update(what.as_bytes());
        hash.update([0]);
        hash.update(key.as_bytes());
        let bytes: [u8; 32] = hash.finalize().into();
        bytes.iter().take(8).fold(0, |number, byte| (number << 8) | u64::from(*byte))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_decides_and_rates_are_kept() {
        let all = Misbehaviour { seed: 1, busy_bp: 10_000, ..Misbehaviour::default() };
        assert_eq!(all.answered("key", 0), Some(Answered::Busy));
        assert_eq!(Misbehaviour::default().answered("key", 0), None);
        let half = Misbehaviour { seed: 7, lose_webhook_bp: 5_000, ..Misbehaviour::default() };
        let lost = |of: &Misbehaviour| -> Vec<bool> {
            (0..1_000).map(|n| of.sending(&n.to_string(), "payin").is_lost).collect()
        };
        assert_eq!(lost(&half), lost(&half.clone()));
        let count = lost(&half).into_iter().filter(|lost| *lost).count();
        assert!((400..600).contains(&count), "{count}");
        assert_ne!(lost(&half), lost(&Misbehaviour { seed: 8, ..half.clone() }));
    }

    #[test]
    fn what_is_out_of_bounds_is_named() {
        let rates = Misbehaviour { busy_bp: 6_000, cut_bp: 6_000, ..Misbehaviour::default() };
        assert!(rates.unusable().is_some());
        let rate = Misbehaviour { late_bp: 10_001, ..Misbehaviour::default() };
        assert_eq!(rate.unusable(), Some("late_bp"));
        let time = Misbehave { outcome_after_ms: u64::MAX, ..Misbehave::default() };
        assert_eq!(time.unusable(), Some("outcome_after_ms"));
        assert_eq!(Misbehave::default().unusable(), None);
    }
}
