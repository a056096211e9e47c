//! Which addresses events may be sent to.
//!
//! Whoever may add an endpoint must not thereby reach what only this server reaches: its own
//! loopback, the machines beside it, a cloud's metadata service. So an address is refused when it is
//! in any range of the IANA special-purpose registries
//! (<https://www.iana.org/assignments/iana-ipv4-special-registry>, [iana-ipv6-special-registry]), in
//! a multicast range, or no global unicast address; also those few special ones that are globally
//! reachable, since no receiver is there.
//!
//! [iana-ipv6-special-registry]: https://www.iana.org/assignments/iana-ipv6-special-registry

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// A range of addresses: its first, and how many bits all have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cidr {
    first: IpAddr,
    bits: u8,
}

/// A text is no range of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is neither an address nor a range such as 10.0.0.0/8")]
pub struct NotACidr;

impl FromStr for Cidr {
    type Err = NotACidr;
    fn from_str(text: &str) -> Result<Self, NotACidr> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let first: IpAddr = address.parse().map_err(|_| NotACidr)?;
        let most = if first.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(most), str::parse).map_err(|_| NotACidr)?;
        if bits > most { Err(NotACidr) } else { Ok(Self { first, bits }) }
    }
}

impl Cidr {
    /// Whether an address is in it.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.first, address) {
            (IpAddr::V4(first), IpAddr::V4(it)) => {
                let shift = u32::from(32 - self.bits);
                let top = |it: Ipv4Addr| it.to_bits().checked_shr(shift).unwrap_or(0);
                top(first) == top(it)
            }
            (IpAddr::V6(first), IpAddr::V6(it)) => {
                let shift = u32::from(128 - self.bits);
                let top = |it: Ipv6Addr| it.to_bits().checked_shr(shift).unwrap_or(0);
                top(first) == top(it)
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

/// IPv4: the registry as of 2025, multicast (RFC 5771), and a cloud's own service.
const SPECIAL_V4: [(&str, &str); 19] = [
    ("0.0.0.0/8", "this network, RFC 791"),
    ("10.0.0.0/8", "private use, RFC 1918"),
    ("100.64.0.0/10", "shared address space, RFC 6598"),
    ("127.0.0.0/8", "loopback, RFC 1122"),
    ("169.254.0.0/16", "link local, RFC 3927; metadata of most clouds"),
    ("172.16.0.0/12", "private use, RFC 1918"),
    ("192.0.0.0/24", "IETF protocol assignments, RFC 6890"),
    ("192.0.2.0/24", "documentation, RFC 5737"),
    ("192.31.196.0/24", "AS112, RFC 7535"),
    ("192.52.193.0/24", "AMT, RFC 7450"),
    ("192.88.99.0/24", "deprecated 6to4 relay, RFC 7526"),
    ("192.168.0.0/16", "private use, RFC 1918"),
    ("192.175.48.0/24", "direct delegation AS112, RFC 7534"),
    ("198.18.0.0/15", "benchmarking, RFC 2544"),
    ("198.51.100.0/24", "documentation, RFC 5737"),
    ("203.0.113.0/24", "documentation, RFC 5737"),
    ("224.0.0.0/4", "multicast, RFC 5771"),
    ("240.0.0.0/4", "reserved and broadcast, RFC 1112"),
    // A public address that only Azure's own machines reach, with their secrets behind it.
    ("168.63.129.16/32", "Azure's platform service"),
];

/// IPv6 within global unicast (2000::/3): what of it is special all the same. All else outside of
/// 2000::/3 is refused whole: loopback, unspecified, mapped, discard, unique local, link local,
/// multicast, SRv6.
const SPECIAL_V6: [(&str, &str); 5] = [
    ("2001::/23", "IETF protocol assignments, RFC 2928: Teredo, benchmarking, ORCHID, AS112"),
    ("2001:db8::/32", "documentation, RFC 3849"),
    ("2002::/16", "6to4, RFC 3056"),
    ("2620:4f:8000::/48", "direct delegation AS112, RFC 7534"),
    ("3fff::/20", "documentation, RFC 9637"),
];

/// Addresses of metadata services: never allowed by `*`, only by their own name.
const METADATA: [&str; 4] =
    ["169.254.0.0/16", "fd00:ec2::/32", "100.100.100.200/32", "168.63.129.16/32"];

fn is_in(ranges: &[&str], address: IpAddr) -> bool {
    let range = |text: &&str| text.parse::<Cidr>().expect("the table's own text");
    ranges.iter().map(range).any(|range| range.contains(address))
}

/// An address as it is: an IPv4 address within an IPv6 one is that IPv4 address, since that is where
/// packets go (mapped: RFC 4291; NAT64's well-known prefix: RFC 6052).
#[must_use]
pub fn plain(address: IpAddr) -> IpAddr {
    let IpAddr::V6(it) = address else { return address };
    if let Some(mapped) = it.to_ipv4_mapped() {
        return IpAddr::V4(mapped);
    }
    match it.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            IpAddr::V4(Ipv4Addr::from_bits((u32::from(high) << 16) | u32::from(low)))
        }
        _ => address,
    }
}

/// Whether nothing of the public Internet is at this address.
#[must_use]
pub fn is_special(address: IpAddr) -> bool {
    if let IpAddr::V6(it) = address
        && it.to_ipv4_mapped().is_some()
    {
        // A mapped address is written by nobody who means well.
        return true;
    }
    match plain(address) {
        it @ IpAddr::V4(_) => is_in(&SPECIAL_V4.map(|(range, _)| range), it),
        IpAddr::V6(it) => {
            it.segments()[0] & 0xe000 != 0x2000
                || is_in(&SPECIAL_V6.map(|(range, _)| range), IpAddr::V6(it))
        }
    }
}

/// What of the special addresses a deployment allows: its own receivers beside it.
#[derive(Debug, Clone, Default)]
pub struct Allowed {
    all: bool,
    ranges: Vec<Cidr>,
    hosts: Vec<String>,
}

impl FromStr for Allowed {
    type Err = NotACidr;

    /// A list with commas between: host names, addresses, ranges, or `*` for all but metadata
    /// services and multicast.
    fn from_str(text: &str) -> Result<Self, NotACidr> {
        let mut allowed = Self::default();
        for item in text.split(',').map(str::trim).filter(|item| !item.is_empty()) {
            let is_name =
                |it: &str| it.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b));
            if item == "*" {
                allowed.all = true;
            } else if let Ok(range) = item.parse() {
                allowed.ranges.push(range);
            } else if is_name(item) && item.bytes().any(|b| b.is_ascii_alphabetic()) {
                allowed.hosts.push(item.to_ascii_lowercase());
            } else {
                return Err(NotACidr);
            }
        }
        Ok(allowed)
    }
}

impl Allowed {
    /// Allows the machine itself too: what development does.
    #[must_use]
    pub fn with_loopback(mut self) -> Self {
        for range in ["127.0.0.0/8", "::1/128"] {
            self.ranges.push(range.parse().expect("a range"));
        }
        self
    }

    /// Whether a special address may be sent to, under this host's name.
    #[must_use]
    pub fn allows(&self, host: &str, address: IpAddr) -> bool {
        let it = plain(address);
        if self.ranges.iter().any(|range| range.contains(it) || range.contains(address)) {
            return true;
        }
        let never = it.is_multicast() || it.is_unspecified() || is_in(&METADATA, it);
        // What is special only in how it is written has no receiver beside this server.
        !never && is_special(it) && (self.all || self.hosts.iter().any(|name| name == host))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Both registries, and what is beside them, by hand once more: what the tables above say in
    /// other words.
    const REGISTRIES: [&str; 46] = [
        "0.0.0.0/8",
        "0.0.0.0/32",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.0.0/29",
        "192.0.0.8/32",
        "192.0.0.9/32",
        "192.0.0.10/32",
        "192.0.0.170/32",
        "192.0.0.171/32",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.88.99.2/32",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "240.0.0.0/4",
        "255.255.255.255/32",
        "224.0.0.0/4",
        "::1/128",
        "::/128",
        "::ffff:0:0/96",
        "64:ff9b:1::/48",
        "100::/64",
        "100:0:0:1::/64",
        "2001::/23",
        "2001::/32",
        "2001:1::1/128",
        "2001:2::/48",
        "2001:3::/32",
        "2001:4:112::/48",
        "2001:20::/28",
        "2001:db8::/32",
        "2002::/16",
        "2620:4f:8000::/48",
        "3fff::/20",
        "5f00::/16",
        "fc00::/7",
    ];
    const MORE: [&str; 7] = [
        "fe80::/10",
        "fec0::/10",
        "ff00::/8",
        "fd00:ec2::254/128",
        "169.254.169.254/32",
        "100.100.100.200/32",
        "168.63.129.16/32",
    ];

    fn within(range: &Cidr, random: u128) -> IpAddr {
        match range.first {
            IpAddr::V4(first) => {
                let mask = u32::MAX.checked_shr(u32::from(range.bits)).unwrap_or(0);
                let low = u32::try_from(random & u128::from(mask)).expect("masked");
                IpAddr::V4(Ipv4Addr::from_bits(first.to_bits() | low))
            }
            IpAddr::V6(first) => {
                let mask = u128::MAX.checked_shr(u32::from(range.bits)).unwrap_or(0);
                IpAddr::V6(Ipv6Addr::from_bits(first.to_bits() | (random & mask)))
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn no_special_purpose_address_passes_in_any_form(
            at in 0..REGISTRIES.len() + MORE.len(), random in any::<u128>(),
        ) {
            let text = REGISTRIES.iter().chain(&MORE).nth(at).expect("in bounds");
            let range: Cidr = text.parse().expect("a range");
            for random in [0, u128::MAX, random] {
                let address = within(&range, random);
                prop_assert!(range.contains(address));
                prop_assert!(is_special(address), "{} of {}", address, text);
                if let IpAddr::V4(it) = address {
                    prop_assert!(is_special(IpAddr::V6(it.to_ipv6_mapped())));
                    let nat64 = (0x64_ff9b_u128 << 96) | u128::from(it.to_bits());
                    prop_assert!(is_special(IpAddr::V6(Ipv6Addr::from_bits(nat64))));
                }
            }
        }

        #[test]
        fn nothing_is_allowed_that_nobody_named(random in any::<u128>(), is_v4 in any::<bool>()) {
            let address = if is_v4 {
                IpAddr::V4(Ipv4Addr::from_bits(u32::try_from(random & 0xffff_ffff).expect("masked")))
            } else {
                IpAddr::V6(Ipv6Addr::from_bits(random))
            };
            prop_assert!(!Allowed::default().allows("host", address));
        }
    }

    #[test]
    fn public_addresses_pass() {
        for text in [
            "8.8.8.8",
            "1.1.1.1",
            "168.63.129.17",
            "172.32.0.1",
            "100.128.0.1",
            "2606:4700:4700::1111",
            "2a00:1450:4007::1",
            "2001:200::1",
            "64:ff9b::808:808",
        ] {
            assert!(!is_special(text.parse().expect("an address")), "{text}");
        }
    }

    #[test]
    fn what_is_allowed_is_named_and_a_star_is_not_the_metadata_service() {
        let allows = |list: &str, host: &str, address: &str| {
            let allowed: Allowed = list.parse().expect("a list");
            allowed.allows(host, address.parse().expect("an address"))
        };
        assert!(allows("10.1.0.0/16", "x", "10.1.2.3") && !allows("10.1.0.0/16", "x", "10.2.0.1"));
        assert!(allows("10.1.2.3", "x", "::ffff:10.1.2.3"));
        assert!(allows("hooks.internal", "hooks.internal", "10.2.0.1"));
        assert!(!allows("hooks.internal", "other.internal", "10.2.0.1"));
        assert!(allows("*", "x", "10.2.0.1") && allows("*", "x", "::1"));
        assert!(allows("*", "x", "::ffff:10.2.0.1") && !allows("*", "x", "::ffff:93.184.215.14"));
        for metadata in ["169.254.169.254", "fd00:ec2::254", "100.100.100.200", "168.63.129.16"] {
            assert!(!allows("*", "x", metadata) && !allows("x", "x", metadata), "{metadata}");
        }
        assert!(allows("169.254.169.254", "x", "169.254.169.254"));
        assert!(!allows("*", "x", "224.0.0.1") && !allows("*", "x", "0.0.0.0"));
        assert!("10.0.0.0/33".parse::<Allowed>().is_err() && "a b".parse::<Allowed>().is_err());
        let development = Allowed::default().with_loopback();
        assert!(development.allows("localhost", "127.0.0.1".parse().expect("an address")));
        assert!(!development.allows("x", "10.0.0.1".parse().expect("an address")));
    }
}
