//! What the trail keeps of an act.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use cauri_domain::{Actor, LedgerId, Revision};

macro_rules! kinds {
    ($( $(#[$doc:meta])* $name:ident $wire:literal, )*) => {
        /// What kind of act it is. Wire names are for ever.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind { $( $(#[$doc])* $name, )* }

        impl Kind {
            /// Every kind there is.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Its type and version, as it is written.
            #[must_use]
            pub const fn wire_name(self) -> &'static str {
                match self { $( Self::$name => $wire, )* }
            }
        }
    };
}

kinds! {
    /// A command, or a look at something, that somebody known was refused.
    Refused "access.refused.v1",
    /// Requests of nobody known: without a token where one is needed, or with one that was not taken.
    Denied "access.denied.v1",
    /// A person's judgement over money: a proposal or a payout approved or rejected.
    Approved "access.approved.v1",
    /// What only staff, finance and the back end may do, and what staff did for a party.
    Administered "access.administered.v1",
    /// A look at what is sensitive.
    Read "access.read.v1",
    /// A token was used: the first time that day, in this process.
    TokenUsed "access.token_used.v1",
    /// Entries that could not be kept, since too many came at once.
    Dropped "access.dropped.v1",
}

impl Kind {
    /// The kind that is written so, if there is one.
    #[must_use]
    pub fn of(wire_name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.wire_name() == wire_name)
    }
}

impl FromStr for Kind {
    type Err = UnknownKind;

    /// `refused`, or in full: `access.refused.v1`.
    fn from_str(text: &str) -> Result<Self, UnknownKind> {
        let named = Self::ALL.iter().copied().find(|kind| kind.word() == text);
        named.or_else(|| Self::of(text)).ok_or(UnknownKind)
    }
}

impl Kind {
    /// Its name alone: `token_used`.
    #[must_use]
    pub fn word(self) -> &'static str {
        let name = self.wire_name();
        name.split('.').nth(1).unwrap_or(name)
    }
}

/// A text is no kind of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a kind is refused, denied, approved, administered, read, token_used or dropped")]
pub struct UnknownKind;

/// A word of this software or an opaque id: 1 to 96 of `A-Z a-z 0-9 . _ : / [ ] -`. No free text, and
/// no name, address or phone number as people write them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Word(Cow<'static, str>);

/// A text is no [`Word`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not 1 to 96 of A-Z a-z 0-9 . _ : / [ ] -")]
pub struct NotAWord;

impl Word {
    /// A word of this software.
    ///
    /// # Panics
    /// When it is none: these are written in the code, and tested.
    #[must_use]
    pub const fn known(word: &'static str) -> Self {
        assert!(is_word(word.as_bytes()), "a word of the audit trail");
        Self(Cow::Borrowed(word))
    }

    /// The word as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

const fn is_word(text: &[u8]) -> bool {
    let mut place = 0;
    while place < text.len() {
        let fits = text[place].is_ascii_alphanumeric()
            || matches!(text[place], b'.' | b'_' | b':' | b'/' | b'[' | b']' | b'-');
        if !fits {
            return false;
        }
        place += 1;
    }
    !text.is_empty() && text.len() <= 96
}

impl FromStr for Word {
    type Err = NotAWord;
    fn from_str(text: &str) -> Result<Self, NotAWord> {
        Self::try_from(text.to_owned())
    }
}

impl TryFrom<String> for Word {
    type Error = NotAWord;
    fn try_from(text: String) -> Result<Self, NotAWord> {
        if is_word(text.as_bytes()) { Ok(Self(Cow::Owned(text))) } else { Err(NotAWord) }
    }
}

impl From<Uuid> for Word {
    fn from(id: Uuid) -> Self {
        Self(Cow::Owned(id.hyphenated().to_string()))
    }
}

impl From<Word> for String {
    fn from(word: Word) -> Self {
        word.0.into_owned()
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Who acted, as a token that was taken says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Who {
    /// The opaque id of the person or program, and its role.
    pub actor: Actor,
    /// Which token: its own id (`jti`), or a digest of it. Never the token.
    pub token: Option<Word>,
}

/// What was done, or was to be done, and how it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct What {
    /// By which door: a mutation or query, an HTTP address, a command of the command line.
    #[serde(rename = "op")]
    pub operation: Word,
    /// The kind of command, where it was one.
    #[serde(rename = "cmd", default, skip_serializing_if = "Option::is_none")]
    pub command: Option<Word>,
    /// What it was about: names with opaque ids.
    #[serde(rename = "on", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub objects: BTreeMap<Word, Word>,
    /// The command's id.
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub command_id: Option<Uuid>,
    /// Why it was refused: the stable code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Word>,
    /// Which input was at fault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<Word>,
    /// The revision of the ledger that tells what it did; of a refusal, where the ledger ended then.
    #[serde(rename = "rev", default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<Revision>,
    /// How many such acts this stands for.
    #[serde(rename = "n", default = "one", skip_serializing_if = "is_one")]
    pub count: u64,
}

const fn one() -> u64 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants a reference")]
const fn is_one(count: &u64) -> bool {
    *count == 1
}

impl What {
    /// One act by this door, of which nothing else is known.
    #[must_use]
    pub const fn new(operation: Word) -> Self {
        Self {
            operation,
            command: None,
            objects: BTreeMap::new(),
            command_id: None,
            code: None,
            field: None,
            revision: None,
            count: 1,
        }
    }

    /// About this object.
    #[must_use]
    pub fn on(mut self, name: Word, id: Word) -> Self {
        self.objects.insert(name, id);
        self
    }
}

/// An entry of the trail, before it has its place and time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What kind of act.
    pub kind: Kind,
    /// In which ledger; none where no token says.
    pub ledger: Option<LedgerId>,
    /// Who; nobody where no token says.
    pub who: Option<Who>,
    /// What.
    pub what: What,
}
