//! The `Authorization` header.

use axum::http::{HeaderMap, header};

use super::AuthError;

/// The bearer token of a request; `None` where there is no `Authorization` header at all.
///
/// # Errors
/// [`AuthError::Malformed`] for any other scheme, for more than one header, for an empty token.
pub fn bearer(headers: &HeaderMap) -> Result<Option<&str>, AuthError> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(AuthError::Malformed("more than one Authorization header"));
    }
    let text = value.to_str().map_err(|_| AuthError::Malformed("not visible ASCII"))?;
    bearer_text(text).map(Some)
}

/// The token in `Bearer TOKEN`, the scheme in any case (RFC 9110).
///
/// # Errors
/// [`AuthError::Malformed`] for any other scheme and for an empty token.
pub fn bearer_text(text: &str) -> Result<&str, AuthError> {
    let (scheme, token) =
        text.trim().split_once(' ').ok_or(AuthError::Malformed("not of the form: Bearer TOKEN"))?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(AuthError::Malformed("not of the form: Bearer TOKEN"));
    }
    Ok(token.trim_start())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_is_bearer_in_any_case() {
        assert_eq!(bearer_text("Bearer a.b.c"), Ok("a.b.c"));
        assert_eq!(bearer_text("bEARER  a.b.c "), Ok("a.b.c"));
        for text in ["", "Bearer", "Bearer ", "a.b.c", "Basic dTpw", "Token a.b.c"] {
            assert!(matches!(bearer_text(text), Err(AuthError::Malformed(_))), "{text:?}");
        }
    }

    #[test]
    fn no_header_is_nobody_and_two_are_refused() {
        let mut headers = HeaderMap::new();
        assert_eq!(bearer(&headers), Ok(None));
        headers.append(header::AUTHORIZATION, "Bearer a".parse().expect("a header value"));
        assert_eq!(bearer(&headers), Ok(Some("a")));
        headers.append(header::AUTHORIZATION, "Bearer b".parse().expect("a header value"));
        assert!(bearer(&headers).is_err());
    }
}
