//! Which form of answer a client takes (RFC 9110 section 12.5.1).

use axum::http::{HeaderMap, header};

/// The forms of answer there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Media {
    /// `application/graphql-response+json`: the status says how the operation ended.
    GraphQl,
    /// `application/json`: 200 for every well-formed request, as older clients expect.
    Json,
    /// `text/html`: the GraphiQL page, for browsers.
    Page,
}

impl Media {
    pub(super) const fn content_type(self) -> &'static str {
        match self {
            Self::GraphQl => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
            Self::Page => "text/html; charset=utf-8",
        }
    }
}

/// The best form for this client; `None` where there is none.
///
/// By quality first, then exact types before ranges, then the richer form. Without an `Accept`
/// header, and for `*/*`, it is plain JSON, as the specification asks.
pub(super) fn negotiate(headers: &HeaderMap, page: bool) -> Option<Media> {
    let mut ranges = headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .filter(|range| !range.is_empty())
        .peekable();
    if ranges.peek().is_none() {
        return Some(Media::Json);
    }
    ranges
        .filter_map(|range| {
            let (media, exact) = match essence(range).as_str() {
                "application/graphql-response+json" => (Media::GraphQl, 3),
                "text/html" if page => (Media::Page, 2),
                "application/json" => (Media::Json, 1),
                "application/*" | "*/*" => (Media::Json, 0),
                _ => return None,
            };
            Some((quality(range), exact, media))
        })
        .filter(|(quality, ..)| *quality > 0)
        .max_by_key(|(quality, exact, _)| (*quality, *exact))
        .map(|(.., media)| media)
}

fn essence(range: &str) -> String {
    range.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// The quality in thousandths; one that cannot be read counts as full.
fn quality(range: &str) -> u16 {
    let Some(text) = range.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("q").then_some(value.trim())
    }) else {
        return 1_000;
    };
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    match (whole, format!("{fraction:0<3}").get(..3).map(str::parse::<u16>)) {
        ("0", Some(Ok(thousandths))) => thousandths,
        _ => 1_000,
    }
}

/// Whether a request body is declared as JSON in UTF-8.
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok())
    else {
        return false;
    };
    essence(value) == "application/json"
        && value.split(';').skip(1).all(|parameter| match parameter.split_once('=') {
            Some((name, value)) if name.trim().eq_ignore_ascii_case("charset") => {
                let charset = value.trim().trim_matches('"');
                charset.eq_ignore_ascii_case("utf-8") || charset.eq_ignore_ascii_case("utf8")
            }
            Some(_) | None => true,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accept(value: &str) -> Option<Media> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, value.parse().expect("a header value"));
        negotiate(&headers, true)
    }

    #[test]
    fn the_best_form_wins() {
        for (value, media) in [
            ("*/*", Media::Json),
            ("application/*", Media::Json),
            ("application/json, text/plain, */*", Media::Json),
            ("application/graphql-response+json", Media::GraphQl),
            ("Application/GraphQL-Response+JSON; charset=utf-8", Media::GraphQl),
            ("application/graphql-response+json, application/json;q=0.9", Media::GraphQl),
            ("application/json, application/graphql-response+json", Media::GraphQl),
            ("application/json;q=1.0, application/graphql-response+json;q=0.5", Media::Json),
            ("application/graphql-response+json;q=0, */*;q=0.1", Media::Json),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", Media::Page),
        ] {
            assert_eq!(accept(value), Some(media), "{value}");
        }
        assert_eq!(accept("text/plain, image/*"), None);
        assert_eq!(accept("application/json;q=0"), None);
        assert_eq!(negotiate(&HeaderMap::new(), true), Some(Media::Json));
    }

    #[test]
    fn a_body_is_json_in_utf_8() {
        for (value, fits) in [
            ("application/json", true),
            ("Application/JSON; charset=UTF-8", true),
            ("application/json; charset=\"utf-8\"", true),
            ("application/json; charset=latin1", false),
            ("application/jsonp", false),
            ("text/plain;charset=UTF-8", false),
            ("application/x-www-form-urlencoded", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, value.parse().expect("a header value"));
            assert_eq!(is_json(&headers), fits, "{value}");
        }
        assert!(!is_json(&HeaderMap::new()));
    }
}
