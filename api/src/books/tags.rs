//! What is said beside an entry: where it comes from.

use std::fmt::Write as _;

use crate::history::instant_text;

use super::walk::Entry;

/// What an entry may be tagged with, in order.
pub(super) const TAGS: [&str; 13] = [
    "revision",
    "recorded",
    "effective",
    "posting",
    "command",
    "correlation",
    "causation",
    "asked-by",
    "role",
    "key",
    "category",
    "reference",
    "dimensions",
];

/// The tags of an entry: its revision, when it was recorded, the days it is about and counts for
/// where they are others, its command, the story and the event that led to it where there were any,
/// who asked, which key proved the webhook that asked, and what the command said of itself.
///
/// No value has a character that any of the tools would read in another way: all are of the closed
/// kinds of `cauri_domain::text`.
pub(super) fn tags(entry: &Entry<'_>) -> Vec<(&'static str, String)> {
    let (recorded, days) = (entry.recorded, entry.days);
    let cause = &recorded.cause;
    let other_day = |day| (day != days.recorded).then(|| format!("{day}"));
    let mut dimensions = String::new();
    for (name, value) in cause.labels.dimensions.iter() {
        let space = if dimensions.is_empty() { "" } else { " " };
        let _ = write!(dimensions, "{space}{name}={value}");
    }
    let story = (cause.correlation.0 != cause.command.0).then(|| cause.correlation.0.to_string());
    let values = [
        Some(recorded.revision.to_string()),
        Some(instant_text(recorded.recorded_at)),
        other_day(days.dated.effective),
        other_day(days.dated.posting),
        Some(cause.command.0.to_string()),
        story,
        cause.causation.map(|revision| revision.to_string()),
        Some(cause.actor.subject.to_string()),
        Some(cause.actor.role.to_string()),
        cause.key.as_ref().map(ToString::to_string),
        cause.labels.category.as_ref().map(ToString::to_string),
        cause.labels.reference.as_ref().map(ToString::to_string),
        (!dimensions.is_empty()).then_some(dimensions),
    ];
    TAGS.into_iter().zip(values).filter_map(|(tag, value)| Some((tag, value?))).collect()
}
