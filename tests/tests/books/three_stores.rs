//! One marketplace's day on each of the three stores; its log copied from one to the next, checked by those
//! who do not trust us, and added up by the outside tools at every stop.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use cauri_api::store::StoreAddress;
use cauri_domain::LedgerId;
use cauri_ledger::Hash;
use cauri_ledger::fold::Fold;
use cauri_ledger::log;
use cauri_ledger::store::Head;
use cauri_tests::database::durable_database;
use cauri_tests::process::{cauri, verifier};
use cauri_tests::server::Server;
use futures::TryStreamExt as _;

use super::kit::{Balances, balances};
use super::tools::Tool;

fn good(output: Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    String::from_utf8(output.stdout).unwrap()
}

fn run(arguments: &[&str]) -> String {
    good(cauri(arguments).output().unwrap())
}

/// Plays the day that comes with the program, on a server whose log is kept there; its data folder stays.
async fn play(store: &str, data: &Path) -> Balances {
    let folder = data.to_str().unwrap();
    let arguments = ["--demo", "--store", store, "--lease-seconds", "3"];
    let mut server = Server::start_in(data, &arguments, &[]);
    let url = server.url("");
    run(&["demo", "marketplace", "--url", &url, "--data-dir", folder]);
    server.rest().await;
    assert_eq!(server.stop(), Some(0));
    let (_, _, balances) = folded(store, data).await;
    by_kind(balances)
}

/// What each kind of account comes to, whoever's it is: ids differ from day to day, and only they have
/// digits.
fn by_kind(balances: Balances) -> Balances {
    let mut kinds = Balances::new();
    for ((account, currency), sum) in balances {
        let words = account.split(':').filter(|word| !word.contains(|c: char| c.is_ascii_digit()));
        let kind = words.collect::<Vec<_>>().join(":");
        *kinds.entry((kind, currency)).or_default() += sum;
    }
    kinds
}

/// What the log of that store comes to, with where it ends.
async fn folded(store: &str, data: &Path) -> (Head, Hash, Balances) {
    let address = store.parse::<StoreAddress>().unwrap();
    let store = address.open_read_only(data).await.unwrap();
    let mut fold = Fold::default();
    let mut events = log::read(store, LedgerId::main(), Head::Empty);
    while let Some(chunk) = events.try_next().await.unwrap() {
        chunk.iter().for_each(|event| fold.apply(event));
    }
    (fold.head(), fold.hash, balances(fold.state.books()))
}

/// A file with what the program prints.
fn written(folder: &Path, name: &str, arguments: &[&str]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, run(arguments)).unwrap();
    path
}

/// `cauri verify`, `cauri-verify` and the Python, against a checkpoint signed where the day was played.
fn checked(store: &str, data: &Path, key: &Path, checkpoint: &Path, folder: &Path) {
    let at = ["--store", store, "--data-dir", data.to_str().unwrap()];
    assert!(run(&[&["verify"], &at[..]].concat()).ends_with("verified\n"));
    let leaves = written(folder, "leaves", &[&["audit", "export-leaves"], &at[..]].concat());
    let mut theirs = verifier();
    theirs.arg("log").arg("--key").arg(key).arg("--checkpoint").arg(checkpoint).arg(&leaves);
    good(theirs.output().unwrap());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/cauri_verify.py");
    let python = |leaves: &Path| {
        let mut python = Command::new("python3");
        python.arg(&script).arg(key).arg("log").arg(leaves).arg(checkpoint).output().unwrap()
    };
    good(python(&leaves));

    // None of them takes a log of which one amount is another one.
    let text = std::fs::read_to_string(&leaves).unwrap();
    let altered = folder.join("altered");
    std::fs::write(&altered, text.replacen("\"D\",\"", "\"D\",\"1", 1)).unwrap();
    assert_ne!(std::fs::read_to_string(&altered).unwrap(), text, "there is an amount to alter");
    let mut theirs = verifier();
    theirs.arg("log").arg("--key").arg(key).arg("--checkpoint").arg(checkpoint).arg(&altered);
    assert_eq!(theirs.output().unwrap().status.code(), Some(1));
    assert_eq!(python(&altered).status.code(), Some(1));
}

/// The books as the program writes them, added up by each tool.
fn added_up(store: &str, data: &Path, ours: &Balances, folder: &Path) {
    let currencies: BTreeSet<_> = ours.keys().map(|(_, it)| it.parse().unwrap()).collect();
    for tool in Tool::ALL {
        let Some(program) = tool.find() else { continue };
        let format = format!("{:?}", tool.format()).to_lowercase();
        let arguments = ["export", "--format", &format, "--store", store, "--data-dir"];
        let arguments = [&arguments[..], &[data.to_str().unwrap()]].concat();
        let book = written(folder, &format, &arguments);
        let (good, said) = tool.check(&program, &book);
        assert!(good, "{tool:?}, {store}: {said}");
        assert_eq!(&tool.balances(&program, &book, &currencies), ours, "{tool:?}, {store}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_day_is_the_same_on_all_three_and_its_log_moves_from_one_to_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let data = |name: &str| folder.path().join(name);
    let events = || async {
        cauri_esdb_server::Server::start(cauri_esdb_server::Options::default()).await.unwrap()
    };

    // The same demo, unchanged.
    let on_files = play("embedded", &data("files")).await;
    let postgres = durable_database().await;
    assert_eq!(play(&postgres.url, &data("postgres")).await, on_files);
    let kurrent = events().await;
    assert_eq!(play(&kurrent.url(), &data("kurrent")).await, on_files);
    assert!(on_files.len() > 4, "{on_files:?}");

    // The first one's log goes from house to house, and back into files.
    let (empty_postgres, empty_kurrent) = (durable_database().await, events().await);
    let again = format!("embedded:{}", data("again").display());
    let first = format!("embedded:{}", data("files").join("log").display());
    let houses = [first, empty_postgres.url.clone(), empty_kurrent.url(), again];
    let home = data("files");
    let at = ["--data-dir", home.to_str().unwrap()];
    let key = written(folder.path(), "key", &[&["audit", "key"], &at[..]].concat());
    let checkpoint =
        written(folder.path(), "checkpoint", &[&["audit", "checkpoint"], &at[..]].concat());
    let nothing = data("nothing");
    std::fs::create_dir(&nothing).unwrap();
    let signed = folded("embedded", &home).await;
    for (number, house) in houses.iter().enumerate() {
        if let Some(before) = number.checked_sub(1) {
            run(&["store", "copy", &houses[before], house]);
        }
        let (head, hash, ours) = folded(house, &nothing).await;
        assert_eq!((head, hash), (signed.0, signed.1), "{house}");
        assert!(ours.len() > 6, "{ours:?}");
        assert_eq!(ours, signed.2, "{house}");
        checked(house, &nothing, &key, &checkpoint, folder.path());
        added_up(house, &nothing, &ours, folder.path());
    }
}
