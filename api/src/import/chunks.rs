//! Chunks of lines as batches, under ids that are the same in every run.

use chrono::NaiveDate;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use cauri_domain::Side;

use super::lines::Line;

/// How many lines a batch has: two commands each at most, of the 1,000 that a batch takes.
pub(super) const LINES: usize = 500;

/// One file on its way into a ledger.
#[derive(Debug)]
pub(super) struct Import {
    /// Of all command ids: the file, and the day its balances are of.
    space: Uuid,
    effective: Option<NaiveDate>,
}

impl Import {
    pub(super) fn new(bytes: &[u8], effective: Option<NaiveDate>) -> Self {
        let day = effective.map(|day| day.to_string()).unwrap_or_default();
        let name = format!("cauri-import:{}:{day}", hex::encode(Sha256::digest(bytes)));
        Self { space: Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()), effective }
    }

    /// The input of the batch that brings these lines; none where they come to nothing.
    pub(super) fn batch(&self, lines: &[Line]) -> Option<Value> {
        let first = lines.first().map_or(0, |line| line.number);
        let commands: Vec<Value> =
            lines.iter().flat_map(|line| self.commands(line)).map(|it| it.1).collect();
        let id = Uuid::new_v5(&self.space, format!("line {first}").as_bytes());
        (!commands.is_empty()).then(|| json!({ "commandId": id, "commands": commands }))
    }

    /// The balances of these lines, as they are brought, each with its line.
    pub(super) fn openings(&self, lines: &[Line]) -> Vec<(u64, Value)> {
        let commands = lines.iter().flat_map(|line| self.commands(line));
        let opening = |(line, mut it): (u64, Value)| {
            it.get_mut("importOpening").map(|opening| (line, opening.take()))
        };
        commands.filter_map(opening).collect()
    }

    /// The line of the command at this place of the batch.
    pub(super) fn line_of(&self, lines: &[Line], place: usize) -> Option<u64> {
        lines.iter().flat_map(|line| self.commands(line)).nth(place).map(|it| it.0)
    }

    fn commands(&self, line: &Line) -> Vec<(u64, Value)> {
        let mut commands = Vec::new();
        if let Some((wallet, Some(owner))) = &line.wallet {
            let open = json!({ "wallet": wallet, "owner": owner });
            commands.push((line.number, json!({ "openWallet": open })));
        }
        if let Some(posting) = line.posting {
            // By its reference alone, so that another file cannot bring it twice.
            let name = format!("cauri-opening:{}", line.reference);
            let side = match posting.side {
                Side::Debit => "DEBIT",
                Side::Credit => "CREDIT",
            };
            let posting = json!({ "account": posting.account, "side": side,
                "amount": posting.money.to_decimal().to_string(),
                "currency": posting.money.currency().code() });
            let opening = json!({
                "correction": Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()),
                "postings": [posting], "effectiveDate": self.effective,
                "reference": line.reference });
            commands.push((line.number, json!({ "importOpening": opening })));
        }
        commands
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::lines::read;

    #[test]
    fn ids_are_the_same_in_every_run_and_a_place_finds_its_line() {
        let text = "account,currency,amount,reference,owner\n\
            wallet:00000000-0000-0000-0000-000000001001:available,XOF,5,a,ama\n\
            bank,XOF,0,b,\n\
            bank,USD,5,c,\n";
        let (lines, _) = read(text.as_bytes()).unwrap();
        let import = Import::new(text.as_bytes(), None);
        let batch = import.batch(&lines).unwrap();
        assert_eq!(Some(&batch), Import::new(text.as_bytes(), None).batch(&lines).as_ref());
        assert_eq!(import.batch(&lines[1..2]), None);
        assert_eq!(batch["commands"].as_array().unwrap().len(), 3);
        let found = [0, 1, 2, 3].map(|place| import.line_of(&lines, place));
        assert_eq!(found, [Some(2), Some(2), Some(4), None]);
        let other = Import::new(text.as_bytes(), "2026-10-31".parse().ok());
        let other = other.batch(&lines).unwrap();
        assert_ne!(other["commandId"], batch["commandId"]);
        let correction =
            |batch: &Value| batch["commands"][1]["importOpening"]["correction"].clone();
        assert_eq!(correction(&other), correction(&batch));
    }
}
