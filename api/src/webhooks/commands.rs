//! The commands that a delivery means, each under an id made of exactly what was delivered.
//!
//! A delivery that comes again is the same commands under the same ids. One that says the same in
//! other bytes is other commands, which the rules answer with "already".

use cauri_domain::receipt::{Evidence, Receipt};
use cauri_domain::{
    Actor, ChargebackId, Code, Command, CommandId, Currency, Money, ObjectId, PayinId, Provider,
    RefundId, Role, WithdrawalId, chargeback, payin, refund, withdrawal,
};
use cauri_ledger::engine::Request;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::{Delivery, Dispute, Fact, WireAmount};

/// What a fact asks of the ledger.
#[derive(Debug)]
pub struct Asked {
    /// The command, its id and its actor.
    pub request: Request,
    /// Whether it tells of no money that moved, so that a refusal leaves nothing unbooked.
    pub is_news: bool,
}

/// The commands of a delivery, in its order; none for one without effect. A fact that no ledger can
/// take does not keep the others from being asked.
#[must_use]
pub fn commands(delivery: &Delivery) -> Commands {
    let mut commands = Commands::default();
    for (index, fact) in delivery.facts.iter().enumerate() {
        match asked(delivery, index, fact) {
            Ok(asked) => commands.asked.extend(asked),
            Err(field) => commands.refused = Some(field),
        }
    }
    commands
}

/// What a delivery asks of the ledger.
#[derive(Debug, Default)]
pub struct Commands {
    /// In its order.
    pub asked: Vec<Asked>,
    /// A field whose value no ledger can take, if there is one.
    pub refused: Option<&'static str>,
}

fn asked(delivery: &Delivery, index: usize, fact: &Fact) -> Result<Option<Asked>, &'static str> {
    let Some(command) = command(delivery, fact)? else { return Ok(None) };
    let delivered = format!("webhook:{}:{}", delivery.provider, hex::encode(delivery.body_sha256));
    let name = match &delivery.question {
        // The same hint may be answered otherwise another time.
        Some(_) => confirmed(delivery.provider, &command)?,
        None if index == 0 => delivered,
        None => format!("{delivered}:{index}"),
    };
    let id = CommandId(Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()));
    let subject = format!("provider:{}", delivery.provider).parse().map_err(|_| "provider")?;
    let actor = Actor { subject, role: Role::Service };
    let is_news = matches!(
        fact,
        Fact::PayinSubmitted { .. } | Fact::PayinAuthorised { .. } | Fact::PayinDeclined { .. }
    );
    Ok(Some(Asked { request: Request::new(id, actor, command), is_news }))
}

/// The name of what a provider answered: its content.
fn confirmed(provider: Provider, command: &Command) -> Result<String, &'static str> {
    let json = serde_json::to_vec(command).map_err(|_| "body")?;
    Ok(format!("confirmed:{provider}:{}", hex::encode(Sha256::digest(json))))
}

fn command(delivery: &Delivery, fact: &Fact) -> Result<Option<Command>, &'static str> {
    let provider = delivery.provider;
    let receipt = |object: &str, amount: &WireAmount| {
        Ok::<_, &'static str>(Receipt {
            provider,
            object: self::object(object)?,
            amount: money(amount)?,
            evidence: Some(Evidence(delivery.body_sha256)),
        })
    };
    Ok(Some(match fact {
        Fact::PayinSubmitted { reference, object } => {
            let (payin, object) = (PayinId(*reference), self::object(object)?);
            payin::RecordSubmission { payin, provider, object }.into()
        }
        Fact::PayinAuthorised { reference, object, amount } => payin::RecordAuthorisation {
            payin: PayinId(*reference),
            receipt: receipt(object, amount)?,
        }
        .into(),
        Fact::PayinSucceeded { reference, object, amount } => payin::RecordReceipt {
            payin: reference.map(PayinId),
            receipt: receipt(object, amount)?,
        }
        .into(),
        Fact::PayinDeclined { reference: None, .. } => return Ok(None),
        Fact::PayinDeclined { reference: Some(reference), object, reason } => {
            let (object, reason) = (self::object(object)?, code(reason)?);
            payin::RecordDecline { payin: PayinId(*reference), provider, object, reason }.into()
        }
        Fact::PayoutPaid { reference, object, amount } => withdrawal::RecordPayout {
            withdrawal: WithdrawalId(*reference),
            receipt: receipt(object, amount)?,
        }
        .into(),
        Fact::PayoutFailed { reference, object, reason } => withdrawal::RecordFailure {
            withdrawal: WithdrawalId(*reference),
            provider,
            object: Some(self::object(object)?),
            reason: code(reason)?,
        }
        .into(),
        Fact::RefundPaid { reference, object } => {
            let (refund, object) = (RefundId(*reference), self::object(object)?);
            refund::RecordRefund { refund, provider, object }.into()
        }
        Fact::RefundFailed { reference, object, reason } => refund::RecordFailure {
            refund: RefundId(*reference),
            provider,
            object: Some(self::object(object)?),
            reason: code(reason)?,
        }
        .into(),
        Fact::RefundedInAll { payment, amount } => {
            refund::RecordTotal { receipt: receipt(payment, amount)? }.into()
        }
        Fact::Disputed { case, payment, told } => chargeback::Record {
            chargeback: ChargebackId::of_case(provider, &self::object(case)?),
            provider,
            object: self::object(payment)?,
            fact: dispute(told)?,
        }
        .into(),
        Fact::FeeTaken { object, withdrawal, amount } => payin::RecordProviderFee {
            receipt: receipt(object, amount)?,
            withdrawal: withdrawal.map(WithdrawalId),
        }
        .into(),
    }))
}

fn dispute(told: &Dispute) -> Result<chargeback::Fact, &'static str> {
    Ok(match told {
        Dispute::Inquiry => chargeback::Fact::Inquiry,
        Dispute::Opened { amount, reason, due_by } => chargeback::Fact::Opened {
            amount: money(amount)?,
            reason: code(reason)?,
            due_by: *due_by,
        },
        Dispute::FundsWithdrawn { amount, fee } => chargeback::Fact::FundsWithdrawn {
            amount: money(amount)?,
            fee: fee.as_ref().map(money).transpose()?,
        },
        Dispute::FundsReinstated { amount } => {
            chargeback::Fact::FundsReinstated { amount: money(amount)? }
        }
        Dispute::Won => chargeback::Fact::Won,
        Dispute::Lost => chargeback::Fact::Lost,
    })
}

fn object(text: &str) -> Result<ObjectId, &'static str> {
    text.parse().map_err(|_| "object")
}

fn code(text: &str) -> Result<Code, &'static str> {
    text.parse().map_err(|_| "reason")
}

fn money(amount: &WireAmount) -> Result<Money, &'static str> {
    let currency: Currency = amount.currency().parse().map_err(|_| "currency")?;
    Money::from_minor(amount.minor(), currency).ok_or("amount")
}
