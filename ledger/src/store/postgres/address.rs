//! Addresses with several hosts: `postgres://user@a:5432,b:5432/db`.
//!
//! As libpq reads them; the driver knows one host an address, so a list becomes several addresses
//! and who is the primary is found out by asking.

use std::fmt;
use std::str::FromStr;

use sqlx::postgres::PgConnectOptions;

/// Where a database is: one or more hosts, of which one is the primary at a time.
#[derive(Clone)]
pub struct PostgresAddress {
    /// How to connect to each.
    hosts: Vec<PgConnectOptions>,
    /// Without a password.
    shown: String,
}

/// An address that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum AddressError {
    /// Another scheme.
    #[error("the address of a Postgres begins with postgres:// or postgresql://")]
    Scheme,
    /// Something after the `?` that would be ignored though it matters.
    #[error("target_session_attrs={0}: only read-write and primary are known, and are the rule")]
    SessionAttributes(String),
    /// As many ports as hosts, or one.
    #[error("the address names {hosts} hosts and {ports} ports")]
    Ports {
        /// How many hosts.
        hosts: usize,
        /// How many ports.
        ports: usize,
    },
    /// The driver cannot read it. Its words may hold the password, so they are not repeated.
    #[error("the address of host {0} cannot be read")]
    Host(String),
}

impl PostgresAddress {
    /// How to connect to each host.
    #[must_use]
    pub fn hosts(&self) -> &[PgConnectOptions] {
        &self.hosts
    }
}

impl From<PgConnectOptions> for PostgresAddress {
    fn from(options: PgConnectOptions) -> Self {
        let host = named(&options);
        let database = options.get_database().unwrap_or_default();
        Self { shown: format!("postgres://{host}/{database}"), hosts: vec![options] }
    }
}

/// A host, for people.
pub(super) fn named(options: &PgConnectOptions) -> String {
    match options.get_socket() {
        Some(folder) => format!("{}:{}", folder.display(), options.get_port()),
        None => format!("{}:{}", options.get_host(), options.get_port()),
    }
}

impl FromStr for PostgresAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let rest = text.strip_prefix("postgres://").or_else(|| text.strip_prefix("postgresql://"));
        let rest = rest.ok_or(AddressError::Scheme)?;
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (user, hosts) = match authority.rsplit_once('@') {
            Some((user, hosts)) => (format!("{user}@"), hosts),
            None => (String::new(), authority),
        };
        let (mut asked_hosts, mut asked_ports, mut others) = (Vec::new(), Vec::new(), Vec::new());
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=').unwrap_or((pair, "")) {
                ("target_session_attrs", "read-write" | "primary") => {}
                ("target_session_attrs", other) => {
                    return Err(AddressError::SessionAttributes(other.to_owned()));
                }
                ("host", list) => asked_hosts.extend(list.split(',')),
                ("port", list) => asked_ports.extend(list.split(',')),
                _ => others.push(pair.to_owned()),
            }
        }
        let hosts = if asked_hosts.is_empty() {
            let pairs = |host: &str| (host.to_owned(), others.clone());
            let with_port = |(host, mut pairs): (String, Vec<String>), port: Option<&&str>| {
                pairs.extend(port.map(|port| format!("port={port}")));
                (host, pairs)
            };
            let hosts: Vec<_> = hosts.split(',').collect();
            let ports = ports_of(&asked_ports, hosts.len())?;
            hosts
                .iter()
                .enumerate()
                .map(|(at, host)| with_port(pairs(host), ports(at)))
                .collect::<Vec<_>>()
        } else {
            let first = hosts.split(',').next().unwrap_or_default();
            let ports = ports_of(&asked_ports, asked_hosts.len())?;
            let host = |(at, host): (usize, &&str)| {
                let mut pairs = others.clone();
                pairs.push(format!("host={host}"));
                pairs.extend(ports(at).map(|port| format!("port={port}")));
                (first.to_owned(), pairs)
            };
            asked_hosts.iter().enumerate().map(host).collect()
        };
        let options = hosts.iter().map(|(host, pairs)| {
            // A host from the `?` stands for the one before the path, which must not be empty.
            let before = if host.is_empty() { "localhost" } else { host };
            let url = format!("postgres://{user}{before}/{path}?{}", pairs.join("&"));
            url.parse::<PgConnectOptions>().map_err(|_| AddressError::Host(host.clone()))
        });
        let options = options.collect::<Result<Vec<_>, _>>()?;
        let names: Vec<_> = options.iter().map(named).collect();
        Ok(Self { shown: format!("postgres://{}/{path}", names.join(",")), hosts: options })
    }
}

/// The port of each host: one for all, one for each, or what the host says itself.
fn ports_of<'a>(
    ports: &'a [&'a str],
    hosts: usize,
) -> Result<impl Fn(usize) -> Option<&'a &'a str>, AddressError> {
    if ports.len() > 1 && ports.len() != hosts {
        return Err(AddressError::Ports { hosts, ports: ports.len() });
    }
    Ok(move |at: usize| if ports.len() == 1 { ports.first() } else { ports.get(at) })
}

/// The address without its password.
impl fmt::Display for PostgresAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

/// As [`fmt::Display`].
impl fmt::Debug for PostgresAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<String> {
        let address: PostgresAddress = text.parse().unwrap();
        let one = |it: &PgConnectOptions| {
            format!("{}@{}/{}", it.get_username(), named(it), it.get_database().unwrap_or("-"))
        };
        address.hosts().iter().map(one).collect()
    }

    #[test]
    fn one_host_is_as_the_driver_reads_it() {
        assert_eq!(read("postgres://ann@db/books"), ["ann@db:5432/books"]);
        assert_eq!(read("postgresql://ann@db:5433/books"), ["ann@db:5433/books"]);
        assert_eq!(
            read("postgres://ann@localhost:5499/books?host=/run/pg"),
            ["ann@/run/pg:5499/books"]
        );
        assert_eq!(read("postgres://ann@[::1]:5433/books"), ["ann@[::1]:5433/books"]);
    }

    #[test]
    fn a_list_of_hosts_is_one_address_each() {
        let two = ["ann@a:5432/books", "ann@b:5433/books"];
        assert_eq!(read("postgres://ann:p%40ss@a:5432,b:5433/books"), two);
        assert_eq!(read("postgres://ann@a,b/books?port=5432,5433"), two);
        assert_eq!(
            read("postgres://ann@a,b/books?target_session_attrs=read-write&port=7"),
            ["ann@a:7/books", "ann@b:7/books"]
        );
        assert_eq!(
            read("postgres:///books?user=ann&host=/run/a,/run/b"),
            ["ann@/run/a:5432/books", "ann@/run/b:5432/books"]
        );
    }

    #[test]
    fn what_is_shown_has_no_password() {
        let address: PostgresAddress = "postgres://ann:secret@a,b:7/books".parse().unwrap();
        assert_eq!(format!("{address} {address:?}").matches("secret").count(), 0);
        assert_eq!(address.to_string(), "postgres://a:5432,b:7/books");
    }

    #[test]
    fn what_would_be_ignored_is_refused() {
        for text in [
            "mysql://a/b",
            "postgres://a,b/c?target_session_attrs=any",
            "postgres://a,b,c/d?port=1,2",
            "postgres://a:port/d",
        ] {
            assert!(text.parse::<PostgresAddress>().is_err(), "{text}");
        }
    }
}
