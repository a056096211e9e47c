//! Names become addresses here, and only those that may be sent to are ever connected to.
//!
//! A name is resolved by ourselves, both when an endpoint is added and for every connection, and the
//! connection is made to an address that was judged: what a name stands for may change between the
//! two (DNS rebinding), and then the new address is judged. A host with one forbidden address is
//! refused whole, since which of them is taken is chance.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use super::address::{Allowed, is_special};

/// How long a name may take to be resolved.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why an address is not sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Forbidden {
    /// It is not on the public Internet, and not among those that are allowed.
    #[error("its address is not one of the public Internet")]
    Private,
    /// Plain HTTP outside of the networks that are allowed.
    #[error("plain http is for allowed private addresses only")]
    Plain,
    /// Its name stands for nothing.
    #[error("its name cannot be resolved")]
    Unresolved,
    /// It is no address at all.
    #[error("it is no http address")]
    NotHttp,
}

/// Resolves names: the machine's resolver, or a test's.
pub trait Lookup: Send + Sync + 'static {
    /// The addresses of a name.
    fn lookup(&self, name: String) -> BoxFuture<'static, std::io::Result<Vec<IpAddr>>>;
}

/// The machine's own resolver.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemLookup;

impl Lookup for SystemLookup {
    fn lookup(&self, name: String) -> BoxFuture<'static, std::io::Result<Vec<IpAddr>>> {
        async move {
            let found = tokio::time::timeout(PATIENCE, tokio::net::lookup_host((name, 0))).await;
            Ok(found.map_err(std::io::Error::other)??.map(|it| it.ip()).collect())
        }
        .boxed()
    }
}

/// Judges where events go.
#[derive(Clone)]
pub struct Guard {
    allowed: Arc<Allowed>,
    lookup: Arc<dyn Lookup>,
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard").field("allowed", &self.allowed).finish_non_exhaustive()
    }
}

impl Guard {
    /// One that lets through public addresses over TLS, and those that are allowed.
    #[must_use]
    pub fn new(allowed: Allowed, lookup: impl Lookup) -> Self {
        Self { allowed: Arc::new(allowed), lookup: Arc::new(lookup) }
    }

    /// Whether events may be sent there, as its name stands now.
    ///
    /// # Errors
    /// [`Forbidden`].
    pub async fn check(&self, url: &Url) -> Result<(), Forbidden> {
        self.literal(url)?;
        if let Some(Host::Domain(name)) = url.host() {
            self.addresses(name, url.scheme() == "http").await?;
        }
        Ok(())
    }

    /// Judges an address that is written out: no resolver ever sees it.
    ///
    /// # Errors
    /// [`Forbidden`].
    pub fn literal(&self, url: &Url) -> Result<(), Forbidden> {
        let is_plain = match url.scheme() {
            "https" => false,
            "http" => true,
            _ => return Err(Forbidden::NotHttp),
        };
        match url.host().ok_or(Forbidden::NotHttp)? {
            Host::Ipv4(it) => self.judge(&it.to_string(), it.into(), is_plain),
            Host::Ipv6(it) => self.judge(&it.to_string(), it.into(), is_plain),
            Host::Domain(_) => Ok(()),
        }
    }

    fn judge(&self, host: &str, address: IpAddr, is_plain: bool) -> Result<(), Forbidden> {
        match (is_special(address), self.allowed.allows(host, address)) {
            (true, false) => Err(Forbidden::Private),
            (false, _) if is_plain => Err(Forbidden::Plain),
            (true, true) | (false, _) => Ok(()),
        }
    }

    async fn addresses(&self, name: &str, is_plain: bool) -> Result<Vec<IpAddr>, Forbidden> {
        let host = name.trim_end_matches('.').to_ascii_lowercase();
        let found = self.lookup.lookup(name.to_owned()).await;
        let found = found.map_err(|_| Forbidden::Unresolved)?;
        if found.is_empty() {
            return Err(Forbidden::Unresolved);
        }
        found.iter().try_for_each(|address| self.judge(&host, *address, is_plain))?;
        Ok(found)
    }

    /// What connections ask for addresses.
    pub(super) fn resolver(&self, is_plain: bool) -> Arc<Resolver> {
        Arc::new(Resolver { guard: self.clone(), is_plain })
    }
}

/// Gives out judged addresses, and no others.
pub(super) struct Resolver {
    guard: Guard,
    is_plain: bool,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (guard, is_plain) = (self.guard.clone(), self.is_plain);
        Box::pin(async move {
            let addresses = guard.addresses(name.as_str(), is_plain).await?;
            let addresses = addresses.into_iter().map(|it| SocketAddr::new(it, 0));
            Ok(Box::new(addresses) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed(&'static str, Vec<&'static str>);

    impl Lookup for Fixed {
        fn lookup(&self, name: String) -> BoxFuture<'static, std::io::Result<Vec<IpAddr>>> {
            let known = name.trim_end_matches('.') == self.0;
            let found = self.1.iter().filter(|_| known);
            let found = found.map(|it| it.parse().expect("an address")).collect();
            async move { Ok(found) }.boxed()
        }
    }

    async fn check(allowed: &str, addresses: &[&'static str], url: &str) -> Result<(), Forbidden> {
        let lookup = Fixed("shop.example", addresses.to_vec());
        let guard = Guard::new(allowed.parse().expect("a list"), lookup);
        guard.check(&Url::parse(url).expect("an address")).await
    }

    #[tokio::test]
    async fn a_name_is_judged_by_every_address_that_it_has() {
        let url = "https://shop.example/hooks";
        assert_eq!(check("", &["93.184.215.14"], url).await, Ok(()));
        assert_eq!(check("", &["93.184.215.14", "10.0.0.1"], url).await, Err(Forbidden::Private));
        assert_eq!(check("", &[], url).await, Err(Forbidden::Unresolved));
        assert_eq!(check("10.0.0.0/8", &["10.0.0.1"], url).await, Ok(()));
        let dotted = "https://shop.example./hooks";
        assert_eq!(check("shop.example", &["10.0.0.1"], dotted).await, Ok(()));
    }

    #[tokio::test]
    async fn an_address_in_whatever_spelling_is_judged() {
        for url in [
            "https://127.0.0.1/",
            "https://2130706433/",
            "https://0x7f000001/",
            "https://0177.0.0.1/",
            "https://127.1/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[::]/",
            "https://169.254.169.254/latest/meta-data/",
            "https://[::ffff:a9fe:a9fe]/",
            "https://0/",
            "https://[64:ff9b::7f00:1]/",
            "https://[fe80::1]/",
            "https://100.64.0.1/",
        ] {
            assert_eq!(check("", &[], url).await, Err(Forbidden::Private), "{url}");
        }
    }

    #[tokio::test]
    async fn plain_http_is_for_what_is_allowed_only() {
        assert_eq!(check("*", &[], "http://127.0.0.1:9/").await, Ok(()));
        assert_eq!(check("*", &[], "http://93.184.215.14/").await, Err(Forbidden::Plain));
        let mapped = "http://[::ffff:93.184.215.14]/";
        assert_eq!(check("*", &[], mapped).await, Err(Forbidden::Private));
        let name = "http://shop.example/";
        assert_eq!(check("*", &["93.184.215.14"], name).await, Err(Forbidden::Plain));
        assert_eq!(check("*", &["192.168.1.2"], name).await, Ok(()));
        assert_eq!(check("", &[], "ftp://93.184.215.14/").await, Err(Forbidden::NotHttp));
    }
}
