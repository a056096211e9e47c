//! As a bank of PI-SPI tells it.

use serde_json::{Value, json};

use super::{About, News};

pub fn tell(about: About, news: News) -> Option<Value> {
    let (code, object, ours, francs) = match news {
        News::Declined => ("RTP_REJETE", "E2E1", about.payin, 10_000),
        News::Paid(francs) => ("PAIEMENT_RECU", "E2E1", about.payin, francs),
        News::PaidAgain(francs) => ("PAIEMENT_RECU", "E2E2", about.payin, francs),
        News::GivenBack(francs) => ("RETOUR_ENVOYE", "E2E1", about.payin, francs),
        News::Inquiry => ("ANNULATION_DEMANDE", "E2E1", about.payin, 10_000),
        News::PayoutPaid(francs) => ("PAIEMENT_ENVOYE", "E2E7", about.withdrawal, francs),
        News::PayoutFailed => ("RETOUR_RECU", "E2E7", about.withdrawal, 1),
        _ => return None,
    };
    Some(json!({"data": [{"evCode": code, "end2endId": object, "txId": ours, "montant": francs}]}))
}
