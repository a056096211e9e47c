//! `cauri-verify`: exit code 0 when all holds, 1 when something is refused, 2 when it could not be
//! checked at all.

use std::fs::File;
use std::io::BufReader;
use std::process::ExitCode;

use cauri_verify::event::Event;
use cauri_verify::note::{Checkpoint, Key};
use cauri_verify::{Failure, consistency, log, receipt};

const USAGE: &str = "\
Checks a ledger's log, receipts and checkpoints without trusting who made them.

cauri-verify log --key KEY --checkpoint FILE [--checkpoint FILE ...] LEAVES
    An exported log against checkpoints: signatures, sizes, roots, revisions without a gap, the hash
    chain, and that every entry balances in every currency. Several checkpoints narrow down where
    history was changed, and show that they are of one log.

cauri-verify receipt --key KEY RECEIPT
    A receipt, offline: that its events are in the log whose checkpoint was signed.

cauri-verify consistency --key KEY --old FILE --new FILE --proof FILE
    That the log of the old checkpoint is the beginning of that of the new one. With all leaves at
    hand, use log with both checkpoints.

KEY is the public key (name+id+base64) or a file with it. Take it from another hand than what you
check.

Exit codes: 0 all holds; 1 refused, saying what and at which revision; 2 it could not be checked.";

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(said) => {
            println!("{said}");
            ExitCode::SUCCESS
        }
        Err(failure) => {
            eprintln!("cauri-verify: {failure}");
            match failure {
                Failure::Refused(_) => ExitCode::from(1),
                Failure::Unusable(_) => ExitCode::from(2),
            }
        }
    }
}

fn run(arguments: &[String]) -> Result<String, Failure> {
    let Some((what, rest)) = arguments.split_first() else { return Err(unusable(USAGE)) };
    match what.as_str() {
        "log" => {
            let given = Given::parse(rest, &["--key", "--checkpoint"])?;
            let checkpoints = given.all("--checkpoint")?;
            of_log(&given.key()?, &checkpoints, given.file()?)
        }
        "receipt" => {
            let given = Given::parse(rest, &["--key"])?;
            of_receipt(&given.key()?, given.file()?)
        }
        "consistency" => {
            let given = Given::parse(rest, &["--key", "--old", "--new", "--proof"])?;
            let key = given.key()?;
            let old = Checkpoint::open(&read(given.one("--old")?)?, &key)?;
            let new = Checkpoint::open(&read(given.one("--new")?)?, &key)?;
            consistency::check(&old, &new, &read(given.one("--proof")?)?)?;
            let (origin, old, new) = (&new.origin, old.size, new.size);
            Ok(format!("{origin}: the first {old} of {new} events are those signed before"))
        }
        "--help" | "-h" | "help" => Ok(USAGE.to_owned()),
        "--version" => Ok(format!("cauri-verify {}", env!("CARGO_PKG_VERSION"))),
        other => Err(unusable(format!("{other:?} is unknown\n\n{USAGE}"))),
    }
}

fn of_log(key: &Key, checkpoints: &[&str], leaves: &str) -> Result<String, Failure> {
    let opened = checkpoints.iter().map(|path| Checkpoint::open(&read(path)?, key));
    let opened = opened.collect::<Result<Vec<_>, _>>()?;
    let file = File::open(leaves).map_err(|error| unusable(format!("{leaves}: {error}")))?;
    let seen = log::check(BufReader::with_capacity(1 << 20, file), &opened)?;
    let mut said = format!(
        "{} events, to {}: the hash chain holds, no revision is missing, every entry balances\n\
         {} of them are those that were signed",
        seen.events, seen.last_at, seen.covered
    );
    if seen.covered < seen.events {
        said.push_str("\nthose after them are under no checkpoint given");
    }
    Ok(said)
}

fn of_receipt(key: &Key, path: &str) -> Result<String, Failure> {
    let (checkpoint, events) = receipt::check(&read(path)?, key)?;
    let Checkpoint { origin, size, .. } = checkpoint;
    let mut said = format!("in the log {origin}, of {size} events when it was signed:");
    for proved in events {
        let event = Event::parse(proved.event.as_bytes()).map_err(Failure::Refused)?;
        said.push_str(&format!(
            "\nrevision {}: {} at {}\n  {}",
            proved.revision, event.kind, event.at, proved.event
        ));
    }
    Ok(said)
}

/// What was given on the command line: pairs of a name and a value, and at most one file.
struct Given<'a> {
    pairs: Vec<(&'a str, &'a str)>,
    file: Option<&'a str>,
}

impl<'a> Given<'a> {
    fn parse(arguments: &'a [String], known: &[&str]) -> Result<Self, Failure> {
        let mut given = Self { pairs: Vec::new(), file: None };
        let mut rest = arguments.iter().map(String::as_str);
        while let Some(argument) = rest.next() {
            if known.contains(&argument) {
                let missing = || unusable(format!("{argument} has no value"));
                given.pairs.push((argument, rest.next().ok_or_else(missing)?));
            } else if argument.starts_with("--") || given.file.replace(argument).is_some() {
                return Err(unusable(format!("{argument:?} is too much\n\n{USAGE}")));
            }
        }
        Ok(given)
    }

    fn all(&self, name: &str) -> Result<Vec<&'a str>, Failure> {
        let found: Vec<_> =
            self.pairs.iter().filter(|pair| pair.0 == name).map(|pair| pair.1).collect();
        if found.is_empty() {
            Err(unusable(format!("{name} is missing\n\n{USAGE}")))
        } else {
            Ok(found)
        }
    }

    fn one(&self, name: &str) -> Result<&'a str, Failure> {
        match self.all(name)?.as_slice() {
            [one] => Ok(one),
            _ => Err(unusable(format!("{name} was given more than once"))),
        }
    }

    fn file(&self) -> Result<&'a str, Failure> {
        self.file.ok_or_else(|| unusable(format!("the file to check is missing\n\n{USAGE}")))
    }

    fn key(&self) -> Result<Key, Failure> {
        let given = self.one("--key")?;
        match std::fs::read_to_string(given) {
            Ok(text) => Key::parse(&text),
            Err(_) => Key::parse(given),
        }
    }
}

fn read(path: &str) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|error| unusable(format!("{path}: {error}")))
}

fn unusable(why: impl Into<String>) -> Failure {
    Failure::Unusable(why.into())
}
