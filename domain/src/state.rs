//! The state of one ledger: what all its events come to.

use std::hash::Hash;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::aml::{Flag, RiskHold};
use crate::books::Books;
use crate::capacity::Capacity;
use crate::chargeback::Chargeback;
use crate::chart::Account;
use crate::commission::Version;
use crate::correction::Correction;
use crate::coupon::Coupon;
use crate::currency::Currency;
use crate::endpoint::Endpoint;
use crate::entitlement::Entitlement;
use crate::escrow::Escrow;
use crate::event::Event;
use crate::four_eyes::Proposal;
use crate::hold::Hold;
use crate::ids::{
    ChargebackId, CorrectionId, EndpointId, EntitlementId, EscrowId, FlagId, HoldId, InvoiceId,
    PayinId, PaymentMethodId, ProposalId, RefundId, Revision, RiskHoldId, SaleId, SettlementId,
    SubscriptionId, WalletId, WithdrawalId,
};
use crate::invoice::{Invoice, Party, Series};
use crate::limits::{Limits, Scope, Standing, Usage, Zone};
use crate::member::{Day, Member};
use crate::money::Money;
use crate::payin::{Payin, Payment, PaymentKey, Target};
use crate::payment_method::PaymentMethod;
use crate::payments;
use crate::period::Month;
use crate::plan::{Plan, Quota};
use crate::process_control::Status::Stuck;
use crate::process_control::{Known, Step};
use crate::refund::Refund;
use crate::refusal::Refusal;
use crate::relation::Relation;
use crate::sale::Sale;
use crate::settings::Settings;
use crate::settlement::Settlement;
use crate::subscription::Subscription;
use crate::table::Table;
use crate::text::{Code, ObjectId, Provider, Reference, Subject};
use crate::usage::{Metered, Used};
use crate::wallet::Wallet;
use crate::withdrawal::Withdrawal;

/// The form of [`LedgerState`]. A snapshot with another number is ignored: count it up whenever
/// the state's shape, or what events do to it, changes.
pub const STATE_VERSION: u32 = 14;

/// Looks at the tables of two states, one after the other.
pub trait SeeTables {
    /// Why it looks at no more.
    type Error;

    /// A table of the state, by its name, as it was and as it became.
    ///
    /// # Errors
    /// When it has seen enough.
    fn table<K, V>(
        &mut self,
        name: &'static str,
        before: &Table<K, V>,
        after: &Table<K, V>,
    ) -> Result<(), Self::Error>
    where
        K: Clone + Eq + Hash + Ord + Serialize,
        V: Clone + PartialEq + Serialize;
}

macro_rules! tables {
    ($($(#[$doc:meta])* $name:ident : $key:ty => $value:ty;)*) => {
        /// What all events of a ledger come to.
        #[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
        pub struct LedgerState {
            pub(crate) books: Books,
            $($(#[$doc])* pub(crate) $name: Table<$key, $value>,)*
        }

        /// How many changes each table remembers: up to where to undo, or how much to forget.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
        pub struct Mark {
            books: usize,
            $($name: usize,)*
        }

        impl LedgerState {
            /// How much could be taken back now. Everything evolved later can be undone up to here.
            #[must_use]
            pub fn mark(&self) -> Mark {
                Mark { books: self.books.table().changes(), $($name: self.$name.changes(),)* }
            }

            /// Takes back everything evolved since `mark`.
            pub fn undo_to(&mut self, mark: Mark) {
                self.books.table_mut().undo_to(mark.books);
                $(self.$name.undo_to(mark.$name);)*
            }

            /// Makes everything evolved before `mark` final. Marks taken before are then
            /// meaningless; those taken after it shrink by it: see [`Mark::since`].
            pub fn forget(&mut self, mark: Mark) {
                self.books.table_mut().forget(mark.books);
                $(self.$name.forget(mark.$name);)*
            }
        }

        impl LedgerState {
            /// Shows every table but the books beside the same table of a later state.
            ///
            /// # Errors
            /// What the visitor ends with.
            pub fn beside<S: SeeTables>(&self, after: &Self, see: &mut S) -> Result<(), S::Error> {
                $(see.table(stringify!($name), &self.$name, &after.$name)?;)*
                Ok(())
            }
        }

        impl Mark {
            /// This mark as it is after `forgotten` was made final.
            #[must_use]
            pub const fn since(self, forgotten: Self) -> Self {
                Self {
                    books: self.books.saturating_sub(forgotten.books),
                    $($name: self.$name.saturating_sub(forgotten.$name),)*
                }
            }
        }
    };
}

tables! {
    /// The rules in force.
    settings: () => Settings;

    /// Every version of each commission rule, in order.
    commission_rules: Code => Vec<Version>;

    /// Amounts above these need four eyes.
    four_eyes: () => Vec<Money>;
    proposals: ProposalId => Proposal;

    corrections: CorrectionId => Correction;
    /// By which correction each balance was brought from elsewhere, where that is done once.
    openings: (Account, Currency) => CorrectionId;
    settlements: SettlementId => Settlement;
    /// The settlement in force of each provider's payout to our bank account.
    settled: PaymentKey => SettlementId;
    /// Entries that were taken back, and by which correction.
    reversed: Revision => CorrectionId;

    /// The last month that is closed: it and all before it.
    closed_to: () => Month;

    /// Steps of processes that were stuck.
    processes: Step => Known;

    /// Where the marketplace's own systems are told what happened.
    endpoints: EndpointId => Endpoint;

    wallets: WalletId => Wallet;
    /// Who acts for a wallet beside its owner.
    members: (WalletId, Subject) => Member;
    /// What they spent on the last day that they did.
    member_days: (WalletId, Subject, Currency) => Day;
    relations: Relation => ();
    payment_methods: PaymentMethodId => PaymentMethod;
    default_methods: WalletId => PaymentMethodId;
    flags: FlagId => Flag;
    /// How many flags of a wallet are not cleared.
    reviews: WalletId => u32;
    risk_holds: RiskHoldId => RiskHold;
    /// Which limits a wallet was given beside everybody's.
    standings: WalletId => Standing;
    limits: Scope => Limits;
    /// What was spent in the windows that limits are about.
    usage: (WalletId, Currency) => Usage;
    /// Where days begin at midnight.
    zone: () => Zone;

    payins: PayinId => Payin;
    /// What is known of each payment of a provider.
    payments: PaymentKey => Payment;
    /// What providers took for each of their objects.
    provider_fees: PaymentKey => Money;
    /// The payments that paid for something other than a wallet of the payer.
    paid_for: Target => Vec<PaymentKey>;
    payments_rules: () => payments::Rules;

    refunds: RefundId => Refund;

    chargebacks: ChargebackId => Chargeback;
    /// The cases of each payment.
    disputes: PaymentKey => Vec<ChargebackId>;
    /// The cases for which something is, or is to be, kept back of a wallet, the oldest first.
    kept_back: WalletId => Vec<ChargebackId>;

    holds: HoldId => Hold;

    escrows: EscrowId => Escrow;

    sales: SaleId => Sale;
    coupons: Code => Coupon;
    capacities: Code => Capacity;
    entitlements: EntitlementId => Entitlement;

    withdrawals: WithdrawalId => Withdrawal;

    /// Every version of each plan, in order.
    plans: Code => Vec<Plan>;
    subscriptions: SubscriptionId => Subscription;
    /// Which wallets had the trial of which plan, and since when.
    trials: (WalletId, Code) => NaiveDate;
    metered: SubscriptionId => Metered;
    /// What was used under each key.
    usage_keys: (SubscriptionId, Reference) => Used;
    quotas: (SubscriptionId, Code) => Quota;

    invoices: InvoiceId => Invoice;
    credit_notes: InvoiceId => (InvoiceId, Money);
    /// The last number of each series of papers.
    paper_numbers: (Party, Series) => u64;
}

impl LedgerState {
    /// Applies a fact. Total: what was recorded is never refused.
    ///
    /// This is the one place where entries are posted, so that no lifecycle can forget to.
    /// `at` is when it was recorded.
    pub fn evolve(&mut self, event: &Event, at: DateTime<Utc>) {
        if let Some(entry) = event.entry() {
            self.books.post(entry);
            self.count(event, at);
        }
        event.apply(self, at);
    }

    /// The rules in force.
    ///
    /// # Errors
    /// [`Refusal::LedgerNotOpen`] before the ledger's first event.
    pub fn settings(&self) -> Result<&Settings, Refusal> {
        self.settings.get(&()).ok_or(Refusal::LedgerNotOpen {})
    }

    /// All balances.
    #[must_use]
    pub const fn books(&self) -> &Books {
        &self.books
    }

    /// The wallet with this id.
    #[must_use]
    pub fn wallet(&self, id: WalletId) -> Option<&Wallet> {
        self.wallets.get(&id)
    }

    /// The proposal with this id.
    #[must_use]
    pub fn proposal(&self, id: ProposalId) -> Option<&Proposal> {
        self.proposals.get(&id)
    }

    /// Whether a step of a process waits for a person, or for a change.
    #[must_use]
    pub fn is_stuck(&self, at: &Step) -> bool {
        self.processes.get(at).is_some_and(|known| known.status == Stuck)
    }

    /// The pay-in with this id.
    #[must_use]
    pub fn payin(&self, id: PayinId) -> Option<&Payin> {
        self.payins.get(&id)
    }

    /// What is known of a provider's payment.
    #[must_use]
    pub fn payment(&self, provider: Provider, object: &ObjectId) -> Option<&Payment> {
        self.payments.get(&(provider, object.clone()))
    }

    /// The rules of money from and to outside that are in force.
    #[must_use]
    pub fn payments_rules(&self) -> payments::Rules {
        payments::rules(self)
    }

    /// The refund with this id.
    #[must_use]
    pub fn refund(&self, id: RefundId) -> Option<&Refund> {
        self.refunds.get(&id)
    }

    /// The settlement with this id.
    #[must_use]
    pub fn settlement(&self, id: SettlementId) -> Option<&Settlement> {
        self.settlements.get(&id)
    }

    /// The settlement that is recorded of this payout of a provider's to the bank.
    #[must_use]
    pub fn settled(&self, provider: Provider, object: &ObjectId) -> Option<SettlementId> {
        self.settled.get(&(provider, object.clone())).copied()
    }

    /// The chargeback with this id.
    #[must_use]
    pub fn chargeback(&self, id: ChargebackId) -> Option<&Chargeback> {
        self.chargebacks.get(&id)
    }

    /// The hold with this id.
    #[must_use]
    pub fn hold(&self, id: HoldId) -> Option<&Hold> {
        self.holds.get(&id)
    }

    /// The escrow with this id.
    #[must_use]
    pub fn escrow(&self, id: EscrowId) -> Option<&Escrow> {
        self.escrows.get(&id)
    }

    /// The order with this id.
    #[must_use]
    pub fn sale(&self, id: SaleId) -> Option<&Sale> {
        self.sales.get(&id)
    }

    /// The coupon with this code.
    #[must_use]
    pub fn coupon(&self, code: &Code) -> Option<&Coupon> {
        self.coupons.get(code)
    }

    /// The capacity of this name.
    #[must_use]
    pub fn capacity(&self, code: &Code) -> Option<&Capacity> {
        self.capacities.get(code)
    }

    /// The entitlement with this id, also one that is only promised.
    #[must_use]
    pub fn entitlement(&self, id: EntitlementId) -> Option<&Entitlement> {
        self.entitlements.get(&id)
    }

    /// The subscription with this id.
    #[must_use]
    pub fn subscription(&self, id: SubscriptionId) -> Option<&Subscription> {
        self.subscriptions.get(&id)
    }

    /// The invoice with this id.
    #[must_use]
    pub fn invoice(&self, id: InvoiceId) -> Option<&Invoice> {
        self.invoices.get(&id)
    }

    /// The withdrawal with this id.
    #[must_use]
    pub fn withdrawal(&self, id: WithdrawalId) -> Option<&Withdrawal> {
        self.withdrawals.get(&id)
    }
}
