//! pawaPay: deposits, payouts and refunds, each under an id of ours.
//!
//! A callback may be signed (RFC 9421), with keys of pawaPay's own, which are the same for all its
//! merchants: any of them can have callbacks of theirs sent to our address, with our ids in them. So
//! a signature keeps strangers from costing a question, and no more than that. What a callback tells
//! of is read at pawaPay, with our own token, before anything is booked.
//!
//! Where the account says `public_url`, the address that is registered at pawaPay, what is not
//! signed for it is refused. Where it does not, every callback is a hint.

use std::sync::{Arc, RwLock};

use axum::http::HeaderMap;

use super::fact::reference;
use super::json::{Json, Node};
use super::message_signature::{self, Address, PublicKeys};
use super::{Question, Reading, WebhookError};
use crate::providers::{AccountError, ProviderAccount};

/// The provider's name.
pub const NAME: &str = "pawapay";

/// What a callback is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Object {
    /// Money in.
    Deposit,
    /// Money out.
    Payout,
    /// A deposit given back.
    Refund,
}

impl Object {
    /// The field with its id, which is ours. A refund also names its deposit, so it is looked for
    /// first.
    const ALL: [(&str, Self); 3] =
        [("refundId", Self::Refund), ("depositId", Self::Deposit), ("payoutId", Self::Payout)];

    /// Its word in pawaPay's addresses: `/v2/deposits/{id}`.
    #[must_use]
    pub const fn collection(self) -> &'static str {
        match self {
            Self::Deposit => "deposits",
            Self::Payout => "payouts",
            Self::Refund => "refunds",
        }
    }
}

/// How an account's callbacks are proved.
#[derive(Debug, Clone)]
pub(super) struct Proof {
    addresses: Vec<Address>,
    keys: Arc<RwLock<PublicKeys>>,
}

impl Proof {
    pub(super) fn try_new(account: &ProviderAccount) -> Result<Self, AccountError> {
        let addresses = account
            .list("public_url")
            .map(Address::try_new)
            .collect::<Result<_, _>>()
            .map_err(|reason| account.invalid("public_url", reason))?;
        let mut keys = PublicKeys::default();
        for item in account.list("public_keys") {
            let invalid = |reason: String| account.invalid("public_keys", reason);
            let (id, path) = item
                .split_once('=')
                .ok_or_else(|| invalid("is not a list of keyid=FILE".to_owned()))?;
            let pem = std::fs::read_to_string(path)
                .map_err(|error| invalid(format!("names {path}, which cannot be read: {error}")))?;
            keys.insert(id, &pem)
                .map_err(|reason| invalid(format!("names {path}, which {reason}")))?;
        }
        Ok(Self { addresses, keys: Arc::new(RwLock::new(keys)) })
    }

    /// Whether callbacks must be signed.
    pub(super) fn is_signed(&self) -> bool {
        !self.addresses.is_empty()
    }

    /// Whether a callback names a key that is not known yet.
    pub(super) fn wants_keys(&self, headers: &HeaderMap) -> bool {
        let id = message_signature::key_id(headers).filter(|_| self.is_signed());
        id.is_some_and(|id| !self.keys().has(&id))
    }

    /// Learns the keys that pawaPay publishes: `[{"id": .., "key": PEM}]`.
    pub(super) fn learn(&self, answer: &[u8]) -> Result<(), WebhookError> {
        let mut new = PublicKeys::default();
        let json = Json::parse(answer)?;
        for item in json.root().items()? {
            let pem = item.field("key")?;
            new.insert(item.field("id")?.text()?, pem.text()?).map_err(|why| pem.refuse(why))?;
        }
        self.keys.write().unwrap_or_else(std::sync::PoisonError::into_inner).extend(new);
        Ok(())
    }

    fn keys(&self) -> PublicKeys {
        self.keys.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// Proves the sender, where callbacks are to be signed, and says by which key.
    pub(super) fn prove(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        now_unix_s: i64,
    ) -> Result<Option<String>, WebhookError> {
        if !self.is_signed() {
            return Ok(None);
        }
        let keys = self.keys();
        message_signature::verify(&keys, &self.addresses, headers, body, now_unix_s).map(Some)
    }
}

/// Reads what pawaPay is to be asked about.
pub(super) fn read(body: &Node<'_>) -> Result<Reading, WebhookError> {
    let status = body.field("status")?.token()?;
    let told = Object::ALL.into_iter().find_map(|(name, object)| Some((object, body.find(name)?)));
    let Some((object, id)) = told else {
        return Err(body.refuse("has neither depositId nor payoutId nor refundId"));
    };
    let id = reference([Some(id)]).ok_or_else(|| body.refuse("has an id that is no UUID"))?;
    Ok(Reading {
        delivery_id: None,
        kind: format!("{}.{status}", object.collection()),
        facts: Vec::new(),
        question: Some(Question::Pawapay { object, id }),
        unreadable: None,
    })
}
