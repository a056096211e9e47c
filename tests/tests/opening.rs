//! `cauri import opening`: the balances of other books, through the server's public door.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use cauri_tests::finance::Desk;
use cauri_tests::market;
use cauri_tests::process::cauri;
use cauri_tests::server::{Server, new_id};

const DRY_RUN: &[&str] = &["--dry-run"];

struct Run {
    ok: bool,
    out: String,
    err: String,
}

struct Books {
    server: Server,
    folder: tempfile::TempDir,
}

impl Books {
    fn file(&self, name: &str, lines: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, format!("account,currency,amount,reference,owner\n{lines}")).unwrap();
        path
    }

    async fn import_as(&self, token: &str, file: PathBuf, more: &'static [&'static str]) -> Run {
        let mut command = cauri(&["import", "opening"]);
        command.arg(file).args(more).env("CAURI_URL", self.server.variable("CAURI_URL"));
        command.env("CAURI_TOKEN", self.server.variable(token));
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Run { ok: output.status.success(), out: text(output.stdout), err: text(output.stderr) }
    }

    async fn import(&self, file: PathBuf) -> Run {
        self.import_as("TOKEN_SUPERADMIN", file, &[]).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_books_are_brought_once() {
    let server = Server::start(&[]);
    market::open_ledger(&server).await;
    let books = Books { server, folder: tempfile::tempdir().unwrap() };
    let (server, desk) = (&books.server, Desk(&books.server));
    let (ama, kofi, nobody) = (market::wallet(server, "ama").await, new_id(), new_id());

    let lines = format!(
        "wallet:{ama}:available,XOF,700,old/ama,\n\
         wallet:{kofi}:available,XOF,300,old/kofi,kofi\n\
         wallet:{kofi}:available,USD,2.50,old/kofi/usd,kofi\n\
         clearing:stripe,XOF,1200,old/stripe,\n\
         bank,XOF,0,old/bank,\n"
    );
    // A dry run says what is wrong, and brings nothing.
    let wrong = format!("{lines}wallet:{nobody}:available,XOF,5,old/nobody,\nbank,XOF,x,old/x,\n");
    let dry = books.import_as("TOKEN_SUPERADMIN", books.file("wrong.csv", &wrong), DRY_RUN).await;
    assert!(!dry.ok);
    assert!(
        dry.out.contains("line 7: the wallet is not there, and no owner is given"),
        "{}",
        dry.out
    );
    assert!(dry.out.contains("line 8: amount: "), "{}", dry.out);
    assert!(dry.err.contains("2 lines are wrong"), "{}", dry.err);
    let good = books.file("good.csv", &lines);
    let dry = books.import_as("TOKEN_SUPERADMIN", good.clone(), DRY_RUN).await;
    assert!(dry.ok, "{}", dry.err);
    assert!(
        dry.out.contains("5 lines to bring\n  USD: -2.50 on equity:opening\n  XOF: 200"),
        "{}",
        dry.out
    );
    assert_eq!(desk.balance("clearing:stripe").await, "0");

    let done = books.import(good.clone()).await;
    assert!(done.ok, "{}{}", done.out, done.err);
    assert!(done.out.contains("5 lines brought, 0 were there before"), "{}", done.out);
    assert!(done.out.ends_with("  USD: -2.50\n  XOF: 200\n"), "{}", done.out);
    desk.has(ama, "700").await;
    desk.has(kofi, "300").await;
    assert_eq!(desk.balance("equity:opening").await, "200");

    // Again, the same file or one with more: nothing twice.
    let again = books.import(good).await;
    assert!(again.out.contains("0 lines brought, 5 were there before"), "{}", again.out);
    let more = books.file("more.csv", &format!("{lines}clearing:paypal,XOF,50,old/paypal,\n"));
    assert!(books.import(more).await.ok);
    assert_eq!(desk.balance("equity:opening").await, "250");

    // Another balance of the same account, or another amount under the same name, is refused, and
    // nothing of the file is brought.
    let fresh = new_id();
    let before = format!("line 3: OPENED_BEFORE: wallet:{ama}:available has its opening balance");
    let other = "line 3: EXISTS_WITH_OTHER_TERMS: its reference was brought before, with another";
    for (line, why) in [
        (format!("wallet:{ama}:available,XOF,1,new/ama,\n"), before.as_str()),
        (format!("wallet:{ama}:available,XOF,701,old/ama,\n"), other),
    ] {
        let file = format!("wallet:{fresh}:available,XOF,9,new/{fresh},fresh\n{line}");
        let file = books.file("refused.csv", &file);
        let dry = books.import_as("TOKEN_SUPERADMIN", file.clone(), DRY_RUN).await;
        assert!(!dry.ok && dry.out.contains(why), "{}", dry.out);
        assert!(dry.err.contains("1 lines are wrong"), "{}", dry.err);
        let refused = books.import(file).await;
        assert!(!refused.ok);
        assert!(refused.out.contains(why), "{}", refused.out);
        assert!(refused.err.contains("1 lines are wrong: nothing was brought"), "{}", refused.err);
    }
    assert_eq!(desk.balance("equity:opening").await, "250");
    let file = books.file("finance.csv", "bank,USD,5,new/bank,\n");
    let refused = books.import_as("TOKEN_FINANCE", file, &[]).await;
    assert!(refused.err.contains("FORBIDDEN"), "{}", refused.err);
}

/// A line that is wrong behind the first chunk: what the dry run says of it, the run says before it
/// brings anything.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_brings_nothing_where_a_dry_run_finds_a_line_wrong() {
    let server = Server::start(&[]);
    market::open_ledger(&server).await;
    let books = Books { server, folder: tempfile::tempdir().unwrap() };
    let bank = books.import(books.file("bank.csv", "bank,XOF,50,old/bank,\n")).await;
    assert!(bank.ok, "{}{}", bank.out, bank.err);
    let mut good = String::new();
    for number in 0..510 {
        let wallet = new_id();
        writeln!(good, "wallet:{wallet}:available,XOF,1,old/{number},owner-{number}").unwrap();
    }
    // The owner is said once for each wallet.
    let twice = new_id();
    writeln!(good, "wallet:{twice}:available,XOF,1,old/twice,ama").unwrap();
    writeln!(good, "wallet:{twice}:available,USD,1,old/twice/usd,").unwrap();
    let (owes, torn, fresh) = (new_id(), new_id(), new_id());
    let wrong = format!(
        "{good}wallet:{owes}:available,XOF,-500,old/owes,owes\n\
         bank,XOF,7,new/bank,\n\
         wallet:{torn}:available,XOF,1,old/torn,ama\n\
         wallet:{torn}:available,USD,1,old/torn/usd,kofi\n\
         wallet:{fresh}:available,EUR,7.50,old/euros,eu\n"
    );
    let wrong = books.file("wrong.csv", &wrong);
    for more in [DRY_RUN, &[]] {
        let run = books.import_as("TOKEN_SUPERADMIN", wrong.clone(), more).await;
        assert!(!run.ok, "{}", run.out);
        for said in [
            "line 514: INSUFFICIENT_FUNDS: 0 XOF available, 500 XOF needed",
            "line 515: OPENED_BEFORE: bank has its opening balance of XOF already",
            "line 517: a line before gives the wallet another owner",
            "line 518: WRONG_CURRENCY: EUR is not taken here",
        ] {
            assert!(run.out.contains(said), "{more:?} does not say {said}: {}", run.out);
        }
        assert!(run.err.contains("4 lines are wrong: nothing was brought"), "{}", run.err);
        assert_eq!(Desk(&books.server).balance("equity:opening").await, "50", "{more:?}");
    }
    let run = books.import(books.file("good.csv", &good)).await;
    assert!(run.out.contains("512 lines brought, 0 were there before"), "{}{}", run.out, run.err);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_was_cut_off_goes_on() {
    let server = Server::start(&[]);
    market::open_ledger(&server).await;
    let folder = tempfile::tempdir().unwrap();
    let mut lines = String::new();
    let (mut total, count) = (0, 1_700);
    for number in 0..count {
        let wallet = new_id();
        total += number + 1;
        writeln!(lines, "wallet:{wallet}:available,XOF,{},old/{number},owner-{number}", number + 1)
            .unwrap();
    }
    let books = Books { server, folder };
    let file = books.file("many.csv", &lines);
    // The client is killed somewhere on its way, once something is there.
    let mut command = cauri(&["import", "opening"]);
    command.arg(&file).env("CAURI_URL", books.server.variable("CAURI_URL"));
    command.env("CAURI_TOKEN", books.server.variable("TOKEN_SERVICE"));
    let desk = Desk(&books.server);
    let mut process = command.spawn().unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    while desk.balance("equity:opening").await == "0" {
        assert!(Instant::now() < deadline, "nothing is brought");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let _ = process.kill();
    let _ = process.wait();
    let run = books.import_as("TOKEN_SERVICE", file.clone(), &[]).await;
    assert!(run.ok, "{}{}", run.out, run.err);
    assert_eq!(desk.balance("equity:opening").await, (-total).to_string());
    let again = books.import_as("TOKEN_SERVICE", file, &[]).await;
    assert!(again.out.contains("0 lines brought, 1700 were there before"), "{}", again.out);
    assert_eq!(desk.balance("equity:opening").await, (-total).to_string());
}
