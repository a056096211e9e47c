//! Erasures in random histories.

use proptest::prelude::*;

use crate::Command;
use crate::personal_data::Erase;

fn erase() -> Erase {
    let (subject, reason) = ("owner-1".parse(), "asked_for".parse());
    Erase { subject: subject.expect("an opaque id"), reason: reason.expect("a word") }
}

pub(super) fn any() -> BoxedStrategy<Command> {
    Just(erase().into()).boxed()
}

pub(super) fn one_of_each() -> Vec<Command> {
    vec![erase().into()]
}
