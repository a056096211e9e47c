//! From a token to a caller.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::http::HeaderMap;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cauri_domain::text::is_bare_number;
use cauri_domain::{LedgerId, Role, Subject};
use cauri_ledger::trail::Word;
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::Validation;
use jsonwebtoken::errors::ErrorKind;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::cache::TokenCache;
use super::{Algorithm, AuthError, Caller, KeySet, PublicKey, TokenWatch, bearer};

/// What a token must say besides who its owner is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRules {
    /// The audience (`aud`) that every token must name.
    pub audience: String,
    /// The issuer (`iss`) that every token must name; `None` takes any, as the key decides.
    pub issuer: Option<String>,
}

impl TokenRules {
    /// How far apart two clocks may be.
    pub const LEEWAY: TimeDelta = TimeDelta::seconds(30);
}

impl Default for TokenRules {
    fn default() -> Self {
        Self { audience: "cauri".to_owned(), issuer: None }
    }
}

/// A token whose signature and claims are good, apart from the clock.
#[derive(Debug, Clone)]
pub(super) struct Verified {
    caller: Caller,
    not_before: Option<DateTime<Utc>>,
    /// The last day that it was used on, in days since 1970: the watch hears of each day's first use.
    used_on: Arc<AtomicI64>,
}

/// Checks tokens against a set of public keys.
#[derive(Debug)]
pub struct Verifier {
    keys: KeySet,
    rules: TokenRules,
    cache: TokenCache,
    watch: Option<Arc<dyn TokenWatch>>,
}

/// The part of a token's header that is read. `alg` is text, so that `none` can be named in the
/// refusal instead of failing to parse.
#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    crit: Option<Value>,
}

impl Verifier {
    /// A longer token is no token of ours.
    const LONGEST: usize = 8 * 1024;

    /// A verifier of tokens signed by one of `keys`.
    #[must_use]
    pub fn new(keys: KeySet, rules: TokenRules) -> Self {
        Self { keys, rules, cache: TokenCache::default(), watch: None }
    }

    /// The same, telling `watch` of tokens.
    #[must_use]
    pub fn watched_by(self, watch: Arc<dyn TokenWatch>) -> Self {
        Self { watch: Some(watch), ..self }
    }

    /// What tokens must say, also for who makes them.
    #[must_use]
    pub const fn rules(&self) -> &TokenRules {
        &self.rules
    }

    /// The caller of a request; `None` where it shows no token.
    ///
    /// # Errors
    /// Why the token that is there is not taken.
    pub fn caller(&self, headers: &HeaderMap) -> Result<Option<Caller>, AuthError> {
        let token = bearer(headers).map_err(|error| self.told(error))?;
        token.map(|token| self.verify(token)).transpose()
    }

    /// The caller of a request that must have one.
    ///
    /// # Errors
    /// [`AuthError::Missing`] where there is no token, else why it is not taken.
    pub fn require(&self, headers: &HeaderMap) -> Result<Caller, AuthError> {
        self.caller(headers)?.ok_or_else(|| self.told(AuthError::Missing))
    }

    /// The caller that this token was made for.
    ///
    /// # Errors
    /// Why it is not taken.
    pub fn verify(&self, token: &str) -> Result<Caller, AuthError> {
        self.verify_at(token, Utc::now()).map_err(|error| self.told(error))
    }

    fn told(&self, error: AuthError) -> AuthError {
        if let Some(watch) = &self.watch {
            watch.denied(&error);
        }
        error
    }

    fn verify_at(&self, token: &str, now: DateTime<Utc>) -> Result<Caller, AuthError> {
        if token.len() > Self::LONGEST {
            return Err(AuthError::Malformed("longer than 8 KiB"));
        }
        let place = TokenCache::key(token);
        let verified = match self.cache.get(&place) {
            Some(verified) => verified,
            None => {
                let verified = self.check(token)?;
                // One that has expired is not worth a place.
                if verified.caller.expires_at > now {
                    self.cache.put(place, verified.clone());
                }
                verified
            }
        };
        let leeway = TokenRules::LEEWAY;
        if verified.caller.expires_at + leeway < now {
            return Err(AuthError::Expired);
        }
        if verified.not_before.is_some_and(|start| start - leeway > now) {
            return Err(AuthError::NotYetValid);
        }
        if let Some(watch) = &self.watch {
            let today = now.timestamp().div_euclid(86_400);
            if verified.used_on.swap(today, Ordering::Relaxed) != today {
                watch.taken(&verified.caller);
            }
        }
        Ok(verified.caller)
    }

    /// Everything that does not depend on the clock.
    fn check(&self, token: &str) -> Result<Verified, AuthError> {
        let header = header(token)?;
        let algorithm =
            Algorithm::from_header(&header.alg).ok_or(AuthError::AlgorithmNotAllowed)?;
        if header.crit.is_some() {
            return Err(AuthError::Malformed("its header has critical extensions"));
        }
        let key = self.keys.find(header.kid.as_deref()).ok_or_else(|| AuthError::UnknownKey {
            kid: header.kid.unwrap_or_default().chars().take(64).collect(),
        })?;
        // The key decides the algorithm, never the token: else a public key could be used as the
        // secret of another algorithm.
        if key.algorithm() != algorithm {
            return Err(AuthError::AlgorithmNotAllowed);
        }
        let claims = self.signed_claims(token, key)?;
        let caller = Caller { token: Some(token_id(&claims, token)), ..caller(&claims)? };
        let used_on = Arc::new(AtomicI64::new(i64::MIN));
        Ok(Verified { not_before: not_before(&claims)?, caller, used_on })
    }

    fn signed_claims(&self, token: &str, key: &PublicKey) -> Result<Map<String, Value>, AuthError> {
        let mut validation = Validation::new(key.algorithm().in_library());
        // The clock is asked by `verify_at`, every time, also for a remembered token.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        validation.set_audience(&[&self.rules.audience]);
        match &self.rules.issuer {
            Some(issuer) => {
                validation.set_issuer(&[issuer]);
                validation.set_required_spec_claims(&["exp", "sub", "aud", "iss"]);
            }
            None => validation.set_required_spec_claims(&["exp", "sub", "aud"]),
        }
        jsonwebtoken::decode::<Map<String, Value>>(token, key.decoding(), &validation)
            .map(|data| data.claims)
            .map_err(|error| refusal(error.kind()))
    }
}

fn header(token: &str) -> Result<Header, AuthError> {
    let mut parts = token.split('.');
    let (Some(header), Some(_), Some(_), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(AuthError::Malformed("not three parts with dots between"));
    };
    let bytes =
        URL_SAFE_NO_PAD.decode(header).map_err(|_| AuthError::Malformed("not base64url"))?;
    serde_json::from_slice(&bytes).map_err(|_| AuthError::Malformed("its header cannot be read"))
}

fn caller(claims: &Map<String, Value>) -> Result<Caller, AuthError> {
    let subject: Subject = text(claims, "sub")?
        .ok_or(AuthError::BadClaim { claim: "sub", reason: "is missing" })?
        .parse()
        .map_err(|_| AuthError::BadClaim {
            claim: "sub",
            reason: "must be an opaque id: 1 to 64 of A-Z a-z 0-9 . _ : -",
        })?;
    let role = text(claims, "role")?
        .ok_or(AuthError::BadClaim { claim: "role", reason: "is missing" })?
        .parse::<Role>()
        .map_err(|_| AuthError::BadClaim {
            claim: "role",
            reason: "must be buyer, seller, finance, auditor, admin, superadmin or service",
        })?;
    let ledger = match text(claims, "ledger")? {
        None => LedgerId::main(),
        Some(name) => name.parse().map_err(|_| AuthError::BadClaim {
            claim: "ledger",
            reason: "must be 1 to 32 of a-z, 0-9 and -, starting with a letter",
        })?,
    };
    let expires_at = instant(claims, "exp")?
        .ok_or(AuthError::BadClaim { claim: "exp", reason: "is missing" })?;
    if ledger.is_trail() {
        return Err(AuthError::BadClaim { claim: "ledger", reason: "is the audit trail's name" });
    }
    Ok(Caller { subject, role, ledger, expires_at, token: None })
}

/// What the audit trail calls a token: its own id where it has one that can hold nothing personal,
/// else a digest of the whole token. Sixteen digits tell tokens apart and cannot be turned back.
fn token_id(claims: &Map<String, Value>, token: &str) -> Word {
    let own = claims.get("jti").and_then(Value::as_str);
    let own = own.filter(|id| id.len() <= 64 && !is_bare_number(id));
    let own = own.and_then(|id| format!("jti:{id}").parse().ok());
    own.unwrap_or_else(|| {
        let digest = hex::encode(&TokenCache::key(token)[..8]);
        format!("sha256:{digest}").parse().expect("hex digits make a word")
    })
}

fn not_before(claims: &Map<String, Value>) -> Result<Option<DateTime<Utc>>, AuthError> {
    instant(claims, "nbf")
}

fn text<'a>(
    claims: &'a Map<String, Value>,
    claim: &'static str,
) -> Result<Option<&'a str>, AuthError> {
    match claims.get(claim) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(AuthError::BadClaim { claim, reason: "must be text" }),
    }
}

/// A time in whole seconds since 1970. Fractions, which the standard allows, are cut off.
fn instant(
    claims: &Map<String, Value>,
    claim: &'static str,
) -> Result<Option<DateTime<Utc>>, AuthError> {
    let bad = AuthError::BadClaim { claim, reason: "must be a time in seconds since 1970" };
    let seconds = match claims.get(claim) {
        None => return Ok(None),
        Some(Value::Number(number)) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => whole,
            #[expect(clippy::cast_possible_truncation, reason = "cut off on purpose, saturating")]
            (None, Some(fraction)) => fraction as i64,
            (None, None) => return Err(bad),
        },
        Some(_) => return Err(bad),
    };
    // Far enough from the ends of chrono's range that a leeway can be added.
    if !(0..=253_402_300_799).contains(&seconds) {
        return Err(bad);
    }
    DateTime::from_timestamp(seconds, 0).map(Some).ok_or(bad)
}

fn refusal(kind: &ErrorKind) -> AuthError {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the library's enum is non-exhaustive")]
    match kind {
        ErrorKind::InvalidSignature => AuthError::BadSignature,
        ErrorKind::InvalidAlgorithm
        | ErrorKind::InvalidAlgorithmName
        | ErrorKind::MissingAlgorithm
        | ErrorKind::UnsupportedAlgorithm => AuthError::AlgorithmNotAllowed,
        ErrorKind::InvalidAudience => {
            AuthError::BadClaim { claim: "aud", reason: "is not this server" }
        }
        ErrorKind::InvalidIssuer => {
            AuthError::BadClaim { claim: "iss", reason: "is not the issuer this server trusts" }
        }
        ErrorKind::MissingRequiredClaim(claim) | ErrorKind::InvalidClaimFormat(claim) => {
            let claim = ["exp", "sub", "aud", "iss"].into_iter().find(|known| known == claim);
            AuthError::BadClaim {
                claim: claim.unwrap_or("claims"),
                reason: "is missing or of the wrong kind",
            }
        }
        _ => AuthError::Malformed("its claims cannot be read"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::{DevKeys, Ttl};

    /// A remembered token is still held against the clock.
    #[test]
    fn a_remembered_token_expires_all_the_same() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let keys = DevKeys::open(folder.path()).expect("development keys");
        let verifier = keys.verifier(TokenRules::default());
        let subject = "someone".parse().expect("a subject");
        let token = keys.mint(
            verifier.rules(),
            &subject,
            "buyer".parse().expect("a role"),
            &LedgerId::main(),
            Ttl::DAY,
        );

        let now = Utc::now();
        let first = verifier.verify_at(&token, now).expect("fresh");
        assert!(verifier.cache.get(&TokenCache::key(&token)).is_some());
        assert_eq!(verifier.verify_at(&token, now), Ok(first.clone()));

        let edge = first.expires_at + TokenRules::LEEWAY;
        assert!(verifier.verify_at(&token, edge).is_ok(), "within the leeway");
        let late = edge + TimeDelta::seconds(1);
        assert_eq!(verifier.verify_at(&token, late), Err(AuthError::Expired));
    }
}
