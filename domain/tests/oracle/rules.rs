//! Which commands the oracle would accept, read from their JSON.

use serde_json::{Value, json};

use super::{Oracle, amount, object, text};

/// What the oracle expects of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Something happens.
    Yes,
    /// It is so already.
    Already,
    /// It is refused.
    No,
    /// The oracle does not know this kind of command: its file checks what it comes to instead.
    Unknown,
}

/// The commands that the oracle judges itself, in histories that have no others.
pub const JUDGED: [&str; 23] = [
    "OpenLedger",
    "ConfigureLedger",
    "OpenWallet",
    "FreezeWallet",
    "UnfreezeWallet",
    "CloseWallet",
    "Transfer",
    "InitiatePayin",
    "RecordReceipt",
    "RecordDecline",
    "ExpirePayin",
    "OpenEscrow",
    "MarkDelivered",
    "ReleaseEscrow",
    "AutoReleaseEscrow",
    "RefundEscrow",
    "RequestWithdrawal",
    "ApproveWithdrawal",
    "AutoApproveWithdrawal",
    "RejectWithdrawal",
    "SubmitWithdrawal",
    "RecordPayout",
    "RecordPayoutFailure",
];

use Verdict::{Already, No, Yes};

fn when(is_so: bool, verdict: Verdict) -> Verdict {
    if is_so { verdict } else { No }
}

fn may(role: &str, command: &str) -> bool {
    match role {
        "buyer" | "seller" => [
            "OpenWallet",
            "Transfer",
            "InitiatePayin",
            "OpenEscrow",
            "MarkDelivered",
            "ReleaseEscrow",
            "RefundEscrow",
            "RequestWithdrawal",
        ]
        .contains(&command),
        "finance" => ["ApproveWithdrawal", "RejectWithdrawal"].contains(&command),
        "admin" | "superadmin" => {
            let ledger = ["OpenLedger", "ConfigureLedger"].contains(&command);
            ledger && role == "superadmin"
                || [
                    "OpenWallet",
                    "FreezeWallet",
                    "UnfreezeWallet",
                    "CloseWallet",
                    "InitiatePayin",
                    "MarkDelivered",
                    "ReleaseEscrow",
                    "RefundEscrow",
                    "ApproveWithdrawal",
                    "RejectWithdrawal",
                ]
                .contains(&command)
        }
        "service" => !["ApproveWithdrawal", "RejectWithdrawal"].contains(&command),
        _ => false,
    }
}

/// Settings in the order they are written in; nothing when a currency has two limits.
fn in_order(settings: &Value) -> Option<Value> {
    let mut settings = settings.clone();
    let mut codes: Vec<Value> = settings["currencies"].as_array().unwrap().clone();
    codes.sort_by_key(ToString::to_string);
    codes.dedup();
    let mut limits: Vec<Value> = settings["limits"].as_array().unwrap().clone();
    limits.sort_by_key(|limit| limit[1].to_string());
    let count = limits.len();
    limits.dedup_by_key(|limit| limit[1].clone());
    settings["currencies"] = codes.into();
    settings["limits"] = json!(limits);
    (limits.len() == count).then_some(settings)
}

impl Oracle {
    /// What comes of a command asked by `actor` at `at`, all as JSON.
    pub fn verdict(&self, actor: &Value, at: &str, command: &Value) -> Verdict {
        let (name, it) = command.as_object().unwrap().iter().next().unwrap();
        if !JUDGED.contains(&name.as_str()) {
            return Verdict::Unknown;
        }
        if !may(text(actor, "role"), name) {
            return No;
        }
        let asked = it.get("settings").map(in_order);
        match (&self.settings, asked) {
            (_, Some(None)) => return No,
            (None, Some(Some(_))) => return when(name == "OpenLedger", Yes),
            (None, None) => return No,
            (Some(now), Some(Some(asked))) if *now == asked => return Already,
            (Some(_), Some(Some(_))) => return when(name == "ConfigureLedger", Yes),
            (Some(_), None) => {}
        }
        match name.as_str() {
            "OpenWallet" | "FreezeWallet" | "UnfreezeWallet" | "CloseWallet" => {
                self.wallets(actor, name, it)
            }
            "Transfer" => {
                let paid = self.can_pay(actor, text(it, "from"), &it["amount"]);
                when(paid && it["from"] != it["to"] && self.takes(text(it, "to")), Yes)
            }
            "InitiatePayin" | "RecordReceipt" | "RecordDecline" | "ExpirePayin" => {
                self.payins(actor, at, name, it)
            }
            _ if it.get("escrow").is_some() => self.escrows(actor, at, name, it),
            _ => self.withdrawals(actor, at, name, it),
        }
    }

    fn status_of(&self, noun: &str, it: &Value) -> (&str, &Value) {
        let thing = format!("{noun} {}", text(it, noun));
        let status = self.status.get(&thing).map_or("", String::as_str);
        (status, self.begun.get(&thing).unwrap_or(&Value::Null))
    }

    fn wallet_status(&self, wallet: &str) -> &str {
        self.status.get(&format!("wallet {wallet}")).map_or("", String::as_str)
    }

    /// Whether the wallet exists and is the actor's, or the actor works for the marketplace.
    fn is_theirs(&self, actor: &Value, wallet: &str) -> bool {
        let Some(opened) = self.begun.get(&format!("wallet {wallet}")) else { return false };
        let is_party = ["buyer", "seller"].contains(&text(actor, "role"));
        !is_party || opened["owner"] == actor["subject"]
    }

    fn takes(&self, wallet: &str) -> bool {
        ["active", "frozen"].contains(&self.wallet_status(wallet))
    }

    fn is_taken_here(&self, money: &Value) -> bool {
        let codes = self.settings.as_ref().unwrap()["currencies"].as_array().unwrap();
        codes.is_empty() || codes.contains(&money[1])
    }

    fn is_within_limit(&self, money: &Value) -> bool {
        let limits = self.settings.as_ref().unwrap()["limits"].as_array().unwrap();
        let mut of_it = limits.iter().filter(|limit| limit[1] == money[1]);
        self.is_taken_here(money) && of_it.all(|limit| amount(money).0 <= amount(limit).0)
    }

    /// Who can pay what: their own, active wallet, within the rules, what is in it.
    fn can_pay(&self, actor: &Value, wallet: &str, money: &Value) -> bool {
        let (minor, currency) = amount(money);
        self.is_theirs(actor, wallet)
            && self.wallet_status(wallet) == "active"
            && self.is_within_limit(money)
            && self.credit_of(&format!("wallet:{wallet}:available"), currency) >= minor
    }

    fn wallets(&self, actor: &Value, name: &str, it: &Value) -> Verdict {
        let (status, opened) = self.status_of("wallet", it);
        match (name, status) {
            ("OpenWallet", status) => {
                let is_party = ["buyer", "seller"].contains(&text(actor, "role"));
                let allowed = !is_party || it["owner"] == actor["subject"];
                let same = opened["owner"] == it["owner"];
                when(allowed && (status.is_empty() || same), if same { Already } else { Yes })
            }
            ("FreezeWallet", "active") | ("UnfreezeWallet", "frozen") => Yes,
            ("FreezeWallet", "frozen") | ("UnfreezeWallet", "active") => Already,
            ("CloseWallet", "closed") => Already,
            ("CloseWallet", "active" | "frozen") => {
                let account = format!("wallet:{}:available", text(it, "wallet"));
                let mut books = self.credit.iter().filter(|((of, _), _)| *of == account);
                let empty = books.all(|(_, credit)| *credit == 0);
                when(empty && self.open_in(text(it, "wallet")) == 0, Yes)
            }
            _ => No,
        }
    }

    /// How much under way can end in a wallet.
    pub fn open_in(&self, wallet: &str) -> usize {
        let names = |thing: &str| {
            let begun = &self.begun[thing];
            let terms = begun.get("terms").unwrap_or(begun);
            ["wallet", "buyer", "seller"].iter().any(|key| terms[key] == wallet)
        };
        let open =
            ["created", "declined", "funded", "delivered", "requested", "approved", "submitted"];
        self.status
            .iter()
            .filter(|(thing, status)| open.contains(&status.as_str()) && names(thing))
            .count()
    }

    fn payins(&self, actor: &Value, at: &str, name: &str, it: &Value) -> Verdict {
        if name == "RecordReceipt" {
            return self.receipt(it);
        }
        let (status, created) = self.status_of("payin", it);
        match (name, status) {
            ("InitiatePayin", status) => {
                let wallet = text(it, "wallet");
                let same = ["wallet", "amount", "provider", "target"]
                    .iter()
                    .all(|key| created[key] == it[key]);
                let new = status.is_empty()
                    && self.can_be_paid(&it["target"])
                    && self.takes(wallet)
                    && self.is_taken_here(&it["amount"]);
                when(
                    self.is_theirs(actor, wallet) && (new || same),
                    if same { Already } else { Yes },
                )
            }
            (_, "") => No,
            ("RecordDecline", status) => {
                let verdict = if status == "created" { Yes } else { Already };
                when(created["provider"] == it["provider"], verdict)
            }
            (_, "created" | "declined") => when(at >= text(created, "expires_at"), Yes),
            (_, status) => when(status == "expired", Already),
        }
    }

    /// Money is never refused: it is news, or it is known.
    fn receipt(&self, it: &Value) -> Verdict {
        let receipt = &it["receipt"];
        let (of, now) = (object(receipt), &receipt["amount"]);
        let Some(before) = self.told.get(&of) else { return Yes };
        if before[1] != now[1] {
            let strange = (of.0, of.1, now[1].as_str().unwrap().to_owned());
            return if self.strange.contains(&strange) { Already } else { Yes };
        }
        if amount(before).0 < amount(now).0 {
            return Yes;
        }
        // The same again, but now it names a pay-in that it fits.
        let held = self.held[&of];
        let fits = !self.meant.contains_key(&of) && held > 0 && self.fits(it, held);
        if fits { Yes } else { Already }
    }

    /// Whether so much of a receipt's money is what its pay-in waits for.
    fn fits(&self, it: &Value, there: i128) -> bool {
        let Some(payin) = it["payin"].as_str() else { return false };
        let Some(created) = self.begun.get(&format!("payin {payin}")) else { return false };
        let status = &self.status[&format!("payin {payin}")];
        let payee = created["target"]["wallet"].as_str().unwrap_or(text(created, "wallet"));
        ["created", "declined"].contains(&status.as_str())
            && created["provider"] == it["receipt"]["provider"]
            && created["amount"][1] == it["receipt"]["amount"][1]
            && there >= amount(&created["amount"]).0
            && self.takes(payee)
    }

    /// Whether a pay-in can be begun for what it is to pay for.
    fn can_be_paid(&self, target: &Value) -> bool {
        if target.is_null() {
            return true;
        }
        // An escrow that was funded when it was opened wants nothing more.
        target["wallet"].as_str().is_some_and(|wallet| self.takes(wallet))
    }

    fn escrows(&self, actor: &Value, at: &str, name: &str, it: &Value) -> Verdict {
        let (status, opened) = self.status_of("escrow", it);
        if name == "OpenEscrow" {
            let (buyer, seller) = (text(it, "buyer"), text(it, "seller"));
            let new =
                self.can_pay(actor, buyer, &it["amount"]) && buyer != seller && self.takes(seller);
            return if status.is_empty() {
                when(new, Yes)
            } else {
                let terms = &opened["terms"];
                let span = &it["inspection_s"];
                let same = ["buyer", "seller", "amount"].iter().all(|key| terms[key] == it[key])
                    && (span.is_null() || *span == terms["inspection_s"]);
                when(same && self.is_theirs(actor, text(terms, "buyer")), Already)
            };
        }
        if status.is_empty() {
            return No;
        }
        let judge = if name == "ReleaseEscrow" { "buyer" } else { "seller" };
        if !self.is_theirs(actor, text(&opened["terms"], judge)) {
            return No;
        }
        match (name, status) {
            ("MarkDelivered", "funded") => Yes,
            ("MarkDelivered", "delivered") => Already,
            ("ReleaseEscrow" | "RefundEscrow", "funded" | "delivered") => Yes,
            ("ReleaseEscrow" | "AutoReleaseEscrow", "released") => Already,
            ("RefundEscrow", "refunded") => Already,
            ("AutoReleaseEscrow", "delivered") => {
                when(at >= self.later[&format!("escrow {}", text(it, "escrow"))].as_str(), Yes)
            }
            _ => No,
        }
    }

    fn withdrawals(&self, actor: &Value, at: &str, name: &str, it: &Value) -> Verdict {
        let (status, requested) = self.status_of("withdrawal", it);
        if status.is_empty() {
            let new = name == "RequestWithdrawal"
                && self.can_pay(actor, text(it, "wallet"), &it["amount"]);
            return when(new, Yes);
        }
        let wallet = text(requested, "wallet");
        let may_go = self.wallet_status(wallet) == "active";
        let sent_to = self.later.get(&format!("withdrawal {}", text(it, "withdrawal")));
        let same_provider = |by: &Value| sent_to.map(String::as_str) == by["provider"].as_str();
        match (name, status) {
            ("RequestWithdrawal", _) => {
                let keys = ["wallet", "amount", "destination"];
                let same = keys.iter().all(|key| requested[key] == it[key]);
                when(same && self.is_theirs(actor, wallet), Already)
            }
            // Nobody lets their own money out.
            ("ApproveWithdrawal", "requested")
                if self.begun[&format!("wallet {wallet}")]["owner"] == actor["subject"] =>
            {
                No
            }
            ("ApproveWithdrawal" | "AutoApproveWithdrawal", "requested") => {
                let due = name == "ApproveWithdrawal" || at >= text(requested, "auto_approve_at");
                when(due && may_go && self.is_within_limit(&requested["amount"]), Yes)
            }
            ("ApproveWithdrawal" | "AutoApproveWithdrawal", "approved" | "submitted" | "paid") => {
                Already
            }
            ("RejectWithdrawal", "requested") => Yes,
            ("RejectWithdrawal", "rejected") => Already,
            ("SubmitWithdrawal", "approved") => when(may_go, Yes),
            ("SubmitWithdrawal", "submitted" | "paid") => when(same_provider(it), Already),
            ("RecordPayout", "submitted") => {
                let receipt = &it["receipt"];
                when(same_provider(receipt) && receipt["amount"] == requested["amount"], Yes)
            }
            ("RecordPayout", "paid" | "failed" | "returned") => Already,
            ("RecordPayoutFailure", "submitted") => when(same_provider(it), Yes),
            ("RecordPayoutFailure", "paid") => {
                let same_payout = self.paid[text(it, "withdrawal")] == it["object"];
                when(same_provider(it) && same_payout, Yes)
            }
            ("RecordPayoutFailure", "failed" | "returned") => Already,
            _ => No,
        }
    }
}
