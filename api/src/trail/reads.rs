//! What is sensitive to look at: all of it, in one list.

use cauri_ledger::trail::Word;

macro_rules! reads {
    ($( $(#[$doc:meta])* $name:ident $door:literal $what:literal; )*) => {
        /// A look that is put on record before it is answered.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Read { $( $(#[$doc])* $name, )* }

        impl Read {
            /// Every one: where, and what is seen there.
            pub const ALL: &'static [(&'static str, &'static str)] = &[$(($door, $what)),*];

            /// Where it is looked at, as the trail says.
            #[must_use]
            pub const fn door(self) -> Word {
                match self { $( Self::$name => Word::known($door), )* }
            }
        }
    };
}

reads! {
    /// Somebody else's thing in the vault.
    VaultItem "vaultItem" "the masked destination of somebody else, or that it is erased";
    /// A provider's delivery, byte for byte.
    DeliveryBody "deliveryBody" "the body of a provider's delivery";
    /// A report's file.
    ReportFile "GET:/reports" "the file of a report, when it is fetched";
    /// A receipt of any event.
    Receipt "receipt" "the events of a receipt that somebody else than a buyer or seller asked for";
    /// The trail itself.
    Trail "auditTrail" "the audit trail";
}

#[cfg(test)]
mod tests {
    use super::Read;

    /// What is on the page is what is put on record.
    #[test]
    fn the_page_has_every_look() {
        let page = include_str!("../../../docs/audit-trail.md");
        for (door, what) in Read::ALL {
            let row = format!("| `{door}` | {what} |");
            assert!(page.contains(&row), "docs/audit-trail.md has no row {row}");
        }
    }
}
