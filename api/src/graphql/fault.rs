//! Faults: what goes into `errors`, each with a code. Refusals of the domain are data instead.
//!
//! | code | when |
//! | --- | --- |
//! | `UNAUTHENTICATED` | no token came with the request |
//! | `FORBIDDEN` | it is another's, or not for this role; `field` names what |
//! | `BAD_ARGUMENT` | an argument of a query makes no sense; `field` names it |
//! | `UNKNOWN_LEDGER` | the token's ledger is not open here |
//! | `TIMED_OUT` | the read models do not cover `atLeastRevision` yet |
//! | `BUSY`, `UNAVAILABLE` | not now: a command is sent again under the same commandId |

use async_graphql::{Error, ErrorExtensions as _};

use cauri_ledger::engine::AskError;
use cauri_ledger::trail::TrailError;
use cauri_projections::WaitError;

use crate::vault::VaultError;

/// An error with a code, and the argument it is about.
fn fault(code: &'static str, field: Option<&'static str>, message: impl Into<String>) -> Error {
    Error::new(message).extend_with(|_, extensions| {
        extensions.set("code", code);
        if let Some(field) = field {
            extensions.set("field", field);
        }
    })
}

/// No token came with the request.
pub(super) fn unauthenticated() -> Error {
    fault("UNAUTHENTICATED", Some("authorization"), "a token is needed: Authorization: Bearer ...")
}

/// The caller may not see that.
pub(super) fn forbidden(field: &'static str) -> Error {
    fault("FORBIDDEN", Some(field), "this is not yours to see")
}

/// An argument makes no sense.
pub(super) fn bad_argument(field: &'static str, message: impl Into<String>) -> Error {
    fault("BAD_ARGUMENT", Some(field), message)
}

/// The token's ledger does not exist here.
pub(super) fn unknown_ledger() -> Error {
    fault("UNKNOWN_LEDGER", Some("authorization"), "the token's ledger is not open here")
}

/// A part of the server is not there.
pub(super) fn unavailable(message: impl Into<String>) -> Error {
    fault("UNAVAILABLE", None, message)
}

/// Not now, since there is too much to do.
pub(super) fn busy(message: impl Into<String>) -> Error {
    fault("BUSY", None, message)
}

/// The read models do not cover a revision, yet or ever.
pub(super) fn not_covered(error: &WaitError) -> Error {
    match error {
        WaitError::TimedOut { .. } => {
            fault("TIMED_OUT", Some("atLeastRevision"), error.to_string())
        }
        WaitError::Unknown => unavailable(error.to_string()),
        // Why may be any text from the inside: `readModels` has it, for those who may see it.
        WaitError::Stopped { applied, .. } => {
            unavailable(format!("the read models have stopped at revision {applied}"))
        }
    }
}

/// What must be on record cannot be put there now, so it is not done, or not answered.
pub(crate) fn unrecorded(error: &TrailError) -> Error {
    tracing::error!(error = error as &dyn std::error::Error, "an act could not be put on record");
    unavailable(
        "this must be on record and the audit trail cannot be written now: ask again under the same commandId",
    )
}

/// The database failed: the log knows why, the caller need not.
pub(super) fn database(error: &sqlx::Error) -> Error {
    tracing::error!(%error, "a query failed");
    unavailable("the read models cannot be asked now")
}

/// The vault failed: the log knows why, the caller need not. What a caller can know, such as that
/// something was erased, is no fault.
pub(super) fn vault(error: &VaultError) -> Error {
    tracing::error!(error = error as &dyn std::error::Error, "the vault could not be asked");
    unavailable("the vault cannot be asked now: ask again under the same commandId")
}

/// Nobody judged the command, or it is not known.
pub(super) fn unasked(error: &AskError) -> Error {
    tracing::error!(error = ?error, "a command was not judged");
    match error {
        AskError::Busy => busy("too many commands wait: ask again later"),
        AskError::Unavailable(_) => {
            unavailable("the ledger has stopped: ask again under the same commandId once it runs")
        }
        AskError::TooLarge { cause, .. } => {
            fault("TOO_LARGE", Some("input"), format!("nothing was recorded: {cause}"))
        }
        AskError::Closed | AskError::Refused { .. } => unavailable("the ledger is closed"),
        AskError::Follows => unavailable("another server writes this ledger: ask again"),
    }
}
