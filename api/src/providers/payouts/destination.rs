//! Where mobile money goes: `network:+22890112233`, the network in the provider's own word.

/// A mobile-money account. Personal: it is never printed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Mobile<'a> {
    /// The provider's own word for the network; empty where none is named.
    pub(super) network: &'a str,
    /// The number in full, digits only.
    pub(super) number: &'a str,
    /// The country's calling code.
    pub(super) calling: &'static str,
    /// The country, ISO 3166, two capital letters.
    pub(super) country: &'static str,
}

/// Countries with mobile money, by calling code: no code begins with another.
const COUNTRIES: [(&str, &str); 27] = [
    ("221", "SN"),
    ("223", "ML"),
    ("224", "GN"),
    ("225", "CI"),
    ("226", "BF"),
    ("227", "NE"),
    ("228", "TG"),
    ("229", "BJ"),
    ("231", "LR"),
    ("232", "SL"),
    ("233", "GH"),
    ("234", "NG"),
    ("237", "CM"),
    ("240", "GQ"),
    ("241", "GA"),
    ("242", "CG"),
    ("243", "CD"),
    ("245", "GW"),
    ("250", "RW"),
    ("251", "ET"),
    ("254", "KE"),
    ("255", "TZ"),
    ("256", "UG"),
    ("258", "MZ"),
    ("260", "ZM"),
    ("265", "MW"),
    ("266", "LS"),
];

impl<'a> Mobile<'a> {
    /// Reads `network:+22890112233`, or the number alone; `None` where it is not one of a known
    /// country.
    pub(super) fn read(text: &'a str) -> Option<Self> {
        let (network, number) = text.split_once(':').unwrap_or(("", text));
        let is_word = |b: u8| b.is_ascii_alphanumeric() || b"_-".contains(&b);
        let number = number.strip_prefix('+')?;
        let is_number =
            (9..=15).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
        if network.len() > 32 || !network.bytes().all(is_word) || !is_number {
            return None;
        }
        let (calling, country) = COUNTRIES.into_iter().find(|(it, _)| number.starts_with(it))?;
        Some(Self { network, number, calling, country })
    }

    /// The same, where a network is named.
    pub(super) fn with_network(text: &'a str) -> Option<Self> {
        Self::read(text).filter(|it| !it.network.is_empty())
    }

    /// The number as it is dialled in its country.
    pub(super) fn local(&self) -> &'a str {
        &self.number[self.calling.len()..]
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_number_says_its_country() {
        let yas = Mobile::read("togocel:+22890112233").unwrap();
        assert_eq!((yas.network, yas.number, yas.local()), ("togocel", "22890112233", "90112233"));
        assert_eq!((yas.calling, yas.country), ("228", "TG"));
        assert!(Mobile::read("+2250701020304").is_some());
        assert!(Mobile::with_network("+2250701020304").is_none());
        for text in
            ["", "togocel:", "togocel:90112233", "+33612345678", "x y:+22890112233", "+228 90"]
        {
            assert!(Mobile::read(text).is_none(), "{text}");
        }
    }

    #[test]
    fn no_calling_code_begins_with_another() {
        for (one, _) in COUNTRIES {
            let like = COUNTRIES.iter().filter(|(other, _)| other.starts_with(one)).count();
            assert_eq!(like, 1, "{one}");
        }
    }
}
