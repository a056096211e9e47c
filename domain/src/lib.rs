//! The pure rules of Cauri: what can be asked of a ledger, what then happened, and why not.
//!
//! [`decide`] judges a [`Command`] against a [`LedgerState`] and answers with
//! [`Event`]s or a [`Refusal`]; [`LedgerState::evolve`] applies events. Nothing here does I/O, reads
//! a clock or draws an id: time and ids come in with the command, so the same events give the same
//! state, to the bit.
//!
//! | to find | look in |
//! | --- | --- |
//! | amounts and currencies | [`money`], [`currency`] |
//! | accounts and entries | [`chart`], [`journal`], [`books`] |
//! | commission, its rules and arithmetic | [`commission`] |
//! | any entry in words and numbers | [`explain`] |
//! | lifecycles | [`wallet`], [`transfer`], [`payin`], [`suspense`], [`refund`], [`chargeback`], [`settlement`], [`escrow`], [`sale`], [`coupon`], [`capacity`], [`entitlement`], [`withdrawal`], [`settings`] |
//! | who acts for whom, ways to pay, suspicions | [`member`], [`relation`], [`payment_method`], [`aml`] |
//! | who may ask what | [`actor`], [`permission`] |

pub mod actor;
pub mod aml;
pub mod batch;
pub mod books;
pub mod capacity;
pub mod chargeback;
pub mod chart;
pub mod clock;
pub mod command;
pub mod commission;
pub mod correction;
pub mod coupon;
pub mod currency;
pub mod decider;
pub mod endpoint;
pub mod entitlement;
pub mod escrow;
pub mod event;
pub mod explain;
mod follow;
pub mod four_eyes;
pub mod hold;
mod ids;
pub mod invoice;
pub mod journal;
pub mod limits;
pub mod member;
pub mod money;
mod parts;
pub mod payin;
pub mod payment_method;
pub mod payments;
pub mod period;
pub mod permission;
pub mod personal_data;
pub mod plan;
pub mod process_control;
pub mod receipt;
pub mod refund;
pub mod refusal;
pub mod relation;
pub mod sale;
pub mod settings;
pub mod settlement;
pub mod spending;
pub mod state;
pub mod subscription;
pub mod suspense;
pub mod table;
#[cfg(feature = "testing")]
pub mod testing;
pub mod text;
pub mod transfer;
pub mod usage;
pub mod wallet;
pub mod withdrawal;

pub use actor::{Actor, Asker, Role};
pub use books::{Balance, Books};
pub use chart::{Account, Class};
pub use command::Command;
pub use currency::Currency;
pub use decider::{Asked, Decided, decide};
pub use event::Event;
pub use ids::*;
pub use journal::{JournalEntry, Posting, Side};
pub use money::{Money, MoneyError};
pub use period::{Dated, Month};
pub use refusal::Refusal;
pub use settings::Settings;
pub use spending::Spending;
pub use state::{LedgerState, STATE_VERSION};
pub use text::{
    Code, Dimensions, KeyId, Labels, ObjectId, Provider, Reference, Subject, TaxCode, TextError,
};
