//! The buyer's page of a payment: what it costs, one button to pay and one to decline.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use url::form_urlencoded;

use super::doors::accept;
use super::problem::Problem;
use super::request::{Ends, Outcome, PayRequest};
use super::{Shared, payins::Begun};

/// Shows it. Amount and currency were checked when the payment was begun, so neither holds markup.
pub(super) async fn show(
    State(shared): State<Arc<Shared>>,
    Path(token): Path<String>,
) -> Result<Html<String>, Problem> {
    let (_, Begun { request, .. }) = find(&shared, &token)?;
    Ok(Html(format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
         <title>Simulated provider</title><h1>Pay {} {}</h1>\
         <p>This moves no money.</p><form method=\"post\">\
         <button name=\"outcome\" value=\"succeed\">Pay</button> \
         <button name=\"outcome\" value=\"fail\">Decline</button></form></html>\n",
        request.amount, request.currency
    )))
}

/// The buyer presses a button, and is sent back to the merchant.
pub(super) async fn press(
    State(shared): State<Arc<Shared>>,
    Path(token): Path<String>,
    body: Bytes,
) -> Result<Response, Problem> {
    let (reference, Begun { request, .. }) = find(&shared, &token)?;
    let pressed = form_urlencoded::parse(&body).find(|(name, _)| name == "outcome");
    let outcome = match pressed.as_ref().map(|(_, value)| value.as_ref()) {
        Some("succeed") => Outcome::Succeed,
        Some("fail") => Outcome::Fail,
        _ => return Err(Problem::invalid("the outcome is succeed or fail")),
    };
    let back = request.return_url;
    let paid = PayRequest {
        amount: request.amount,
        currency: request.currency,
        outcome,
        captures: Ends::Succeed,
        fee: None,
        refunds: Ends::Succeed,
        account: request.account,
        speak: request.speak,
        misbehave: None,
    };
    let answer = accept(shared, reference.to_string(), None, move |provider, course| {
        provider.pay(reference, paid, course)
    });
    let answer = answer.await?;
    Ok(match back {
        Some(url) => (StatusCode::SEE_OTHER, [(header::LOCATION, url)]).into_response(),
        None => answer,
    })
}

fn find(shared: &Shared, token: &str) -> Result<(uuid::Uuid, Begun), Problem> {
    let provider = shared.provider.lock().map_err(|_| Problem::unavailable())?;
    provider.begun(token).ok_or_else(|| Problem::not_found("no payment has this token"))
}
