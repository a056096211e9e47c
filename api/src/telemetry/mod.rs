//! What the server says about itself: logs on standard error, metrics at `/metrics`.
//!
//! Standard output belongs to what a command was asked for (tokens, tables, the schema), so logs
//! never go there.

mod http;
mod metrics;

use std::fmt;
use std::io::{self, IsTerminal as _};
use std::str::FromStr;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::SubscriberInitExt as _;

pub use http::track_http;
pub use metrics::{Metrics, MetricsError};

/// How a log line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// For people.
    #[default]
    Human,
    /// One JSON object a line, for machines.
    Json,
}

impl FromStr for LogFormat {
    type Err = TelemetryError;

    fn from_str(text: &str) -> Result<Self, TelemetryError> {
        match text {
            "human" => Ok(Self::Human),
            "json" => Ok(Self::Json),
            _ => Err(TelemetryError::Format),
        }
    }
}

impl fmt::Display for LogFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Human => "human",
            Self::Json => "json",
        })
    }
}

/// Why there are no logs. A setting that is wrong is said, not replaced in silence.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// `CAURI_LOG_FORMAT` names no format.
    #[error("CAURI_LOG_FORMAT must be human or json")]
    Format,
    /// `CAURI_LOG` is no filter.
    #[error("CAURI_LOG must be a filter such as info or cauri_api=debug,info")]
    Filter(#[source] tracing_subscriber::filter::ParseError),
    /// Logs have been set up before in this process.
    #[error("logs are set up already")]
    Twice(#[source] tracing_subscriber::util::TryInitError),
}

/// Starts logging as `CAURI_LOG` (a filter, default `info`) and `CAURI_LOG_FORMAT` say.
///
/// # Errors
/// A setting is wrong, or logging has been started before.
pub fn init_from_env() -> Result<(), TelemetryError> {
    let setting = |name| std::env::var(name).ok().filter(|text| !text.trim().is_empty());
    let format = setting("CAURI_LOG_FORMAT").as_deref().map_or(Ok(LogFormat::Human), str::parse)?;
    init(format, setting("CAURI_LOG").as_deref().unwrap_or("info"))
}

/// Starts logging, panics included: their text goes through the log like everything else.
///
/// # Errors
/// The filter cannot be read, or logging has been started before.
pub fn init(format: LogFormat, filter: &str) -> Result<(), TelemetryError> {
    let builder =
        tracing_subscriber::fmt().with_env_filter(filter_of(filter)?).with_writer(io::stderr);
    match format {
        LogFormat::Human => builder.with_ansi(io::stderr().is_terminal()).finish().try_init(),
        LogFormat::Json => builder.json().flatten_event(true).finish().try_init(),
    }
    .map_err(TelemetryError::Twice)?;
    std::panic::set_hook(Box::new(|panic| {
        let text = panic.payload_as_str().unwrap_or("not a text");
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(panic = text, %place, "a thread panicked");
    }));
    Ok(())
}

/// The filter as it is set, without what Postgres says by the way (that what was to be dropped is not
/// there), unless the setting is about that.
fn filter_of(setting: &str) -> Result<EnvFilter, TelemetryError> {
    let quiet = if setting.contains("sqlx") { "" } else { ",sqlx::postgres::notice=warn" };
    EnvFilter::try_new(format!("{setting}{quiet}")).map_err(TelemetryError::Filter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_reads_as_it_prints() {
        for format in [LogFormat::Human, LogFormat::Json] {
            assert_eq!(format.to_string().parse::<LogFormat>().ok(), Some(format));
        }
        assert!("JSON".parse::<LogFormat>().is_err());
    }

    #[test]
    fn notices_of_postgres_are_heard_by_those_who_ask() {
        let is_quiet = |setting| {
            filter_of(setting).unwrap().to_string().contains("sqlx::postgres::notice=warn")
        };
        assert!(is_quiet("info"));
        assert!(is_quiet("cauri_api=debug,info"));
        assert!(!is_quiet("info,sqlx::postgres::notice=info"));
    }

    #[test]
    fn a_wrong_filter_is_said() {
        assert!(matches!(init(LogFormat::Human, "=x=y="), Err(TelemetryError::Filter(_))));
    }
}
