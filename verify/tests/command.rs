//! The command, and the Python of the documentation, over the example: what they say, and how they
//! end.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/example").join(name)
}

fn text(output: &Output) -> String {
    let (out, err) = (&output.stdout, &output.stderr);
    String::from_utf8_lossy(out).into_owned() + &String::from_utf8_lossy(err)
}

fn cauri_verify(arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_cauri-verify")).args(arguments).output().unwrap();
    (output.status.code(), text(&output))
}

/// The Python of `docs/audit.md`; `None`, and loudly, on a machine without Python.
fn python(arguments: &[&str]) -> Option<(Option<i32>, String)> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/cauri_verify.py");
    match Command::new("python3").arg(script).args(arguments).output() {
        Ok(output) => Some((output.status.code(), text(&output))),
        Err(error) => {
            eprintln!("SKIPPED: docs/cauri_verify.py was NOT run, there is no python3: {error}");
            None
        }
    }
}

/// Both must agree on how it ends. Says what `cauri-verify` said.
fn both_end(code: i32, what: &str, key: &Path, rest: &[&Path], said: &str) -> String {
    let paths: Vec<_> = rest.iter().map(|path| path.to_str().unwrap()).collect();
    let key = key.to_str().unwrap();
    let mut arguments = vec![what, "--key", key];
    for checkpoint in &paths[1..] {
        arguments.extend(["--checkpoint", checkpoint]);
    }
    arguments.push(paths[0]);
    let (ended, ours) = cauri_verify(&arguments);
    assert_eq!(ended, Some(code), "{ours}");
    assert!(ours.contains(said), "{said:?} is not in {ours:?}");
    if let Some((ended, theirs)) = python(&[&[key, what], &paths[..]].concat()) {
        assert_eq!(ended, Some(code), "cauri_verify.py: {theirs}");
    }
    ours
}

#[test]
fn the_example_is_verified() {
    let key = example("key");
    let (leaves, early, last) =
        (example("leaves.jsonl"), example("early.checkpoint"), example("last.checkpoint"));
    let said = both_end(0, "log", &key, &[&leaves, &early, &last], "the hash chain holds");
    assert!(!said.contains("under no checkpoint"), "{said}");
    both_end(0, "log", &key, &[&leaves, &early], "under no checkpoint given");
    let said = both_end(0, "receipt", &key, &[&example("receipt.json")], "withdrawal.paid.v1");
    assert!(said.contains("escrow.released.v1"), "{said}");
    let (ended, said) = cauri_verify(&[
        "consistency",
        "--key",
        // The key itself, not a file with it.
        fs::read_to_string(&key).unwrap().trim(),
        "--old",
        early.to_str().unwrap(),
        "--new",
        last.to_str().unwrap(),
        "--proof",
        example("consistency").to_str().unwrap(),
    ]);
    assert_eq!(ended, Some(0), "{said}");
}

#[test]
fn what_was_changed_is_refused_by_both() {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    let key = example("key");
    let last = example("last.checkpoint");
    let whole = fs::read_to_string(example("leaves.jsonl")).unwrap();
    let lines: Vec<_> = whole.lines().collect();

    let changed = put("changed", whole.replacen("\"50000\"", "\"50001\"", 1).as_bytes());
    both_end(1, "log", &key, &[&changed, &last], "its hash is not that of its bytes");
    let mut dropped = lines.clone();
    dropped.remove(5);
    let dropped = put("dropped", (dropped.join("\n") + "\n").as_bytes());
    both_end(1, "log", &key, &[&dropped, &last], "revision 5:");
    let cut = put("cut", (lines[..lines.len() - 1].join("\n") + "\n").as_bytes());
    both_end(1, "log", &key, &[&cut, &last], "the last 1 are missing");

    let note = fs::read_to_string(&last).unwrap();
    let forged =
        put("forged", note.replacen(&format!("\n{}\n", lines.len()), "\n3\n", 1).as_bytes());
    let leaves = example("leaves.jsonl");
    both_end(1, "log", &key, &[&leaves, &forged], "signature is not good");
    let receipt = fs::read_to_string(example("receipt.json")).unwrap();
    let forged = put("receipt", receipt.replacen("15000", "25000", 2).as_bytes());
    both_end(1, "receipt", &key, &[&forged], "does not lead to the signed root");
    let broken = put("broken", &receipt.as_bytes()[..receipt.len() / 2]);
    both_end(1, "receipt", &key, &[&broken], "it is no receipt");

    let none = put("none", without_events(&receipt).as_bytes());
    both_end(1, "receipt", &key, &[&none], "it has no event");
    let new = put("new", receipt.replacen("cauri receipt 1", "cauri receipt 2", 1).as_bytes());
    both_end(1, "receipt", &key, &[&new], "it is of the form");
    // Two histories under the real key, however they are given: a fork is proved, not overlooked.
    let fork = put("fork", FORK.as_bytes());
    for notes in [[&last, &fork], [&fork, &last]] {
        let [one, two] = notes;
        both_end(1, "log", &key, &[&leaves, one, two], "history was rewritten");
    }

    let other = "cauri.example/main+6b1a3cb5+AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let other = put("other", other.as_bytes());
    let (ended, said) = cauri_verify(&["receipt", "--key", other.to_str().unwrap(), "x"]);
    assert_eq!(ended, Some(2), "{said}");
}

/// A checkpoint of as many events as the example has, signed with its key, and of another history.
const FORK: &str = "cauri.example/main\n19\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n\
    \u{2014} cauri.example/main j4a3fCVbtyWkhlmhysgUTue1j9fo68s/T2P1vPtIrS1L8TMdD4satzDEF+S591jf\
    hp5ugfKXQCjNdIExhIEJtOC/0gM=\n";

/// A receipt with all that proves nothing.
fn without_events(receipt: &str) -> String {
    let (before, _) = receipt.split_once("\"events\"").unwrap();
    format!("{before}\"events\": []}}\n")
}

#[test]
fn a_proof_of_another_history_is_refused() {
    let (early, last) = (example("early.checkpoint"), example("last.checkpoint"));
    let folder = tempfile::tempdir().unwrap();
    let proof = fs::read_to_string(example("consistency")).unwrap();
    let lines: Vec<_> = proof.lines().collect();
    let (old, new) = (early.to_str().unwrap(), last.to_str().unwrap());
    let key = example("key");
    for (old, new, lines) in
        [(old, new, &lines[..lines.len() - 1]), (new, old, &lines[..]), (old, old, &lines[..])]
    {
        let path = folder.path().join("proof");
        fs::write(&path, lines.join("\n")).unwrap();
        let key = key.to_str().unwrap();
        let proof = path.to_str().unwrap();
        let arguments = ["consistency", "--key", key, "--old", old, "--new", new, "--proof", proof];
        let (ended, said) = cauri_verify(&arguments);
        assert_eq!(ended, Some(1), "{said}");
    }
}

#[test]
fn used_wrongly_it_says_how() {
    for arguments in [&[][..], &["else"], &["log"], &["log", "--key", "k", "a", "b"]] {
        let (ended, said) = cauri_verify(arguments);
        assert_eq!(ended, Some(2), "{said}");
        assert!(said.contains("cauri-verify log --key KEY"), "{said}");
    }
    assert_eq!(cauri_verify(&["--help"]).0, Some(0));
}

#[test]
fn the_python_is_as_short_as_it_is_said_to_be() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/cauri_verify.py");
    let lines = fs::read_to_string(script).unwrap().lines().count();
    assert!(lines <= 60, "{lines} lines");
}
