//! The real binary as a process: started, asked over HTTP, killed, started again.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use cauri_api::webhooks::Scheme;
use serde_json::{Value, json};

use crate::process::{cauri, family, signal};

/// A server on a data folder of its own.
#[derive(Debug)]
pub struct Server {
    process: Option<Child>,
    data: PathBuf,
    /// Holds the data folder, unless a test brought its own.
    _folder: Option<tempfile::TempDir>,
    arguments: Vec<String>,
    variables: Vec<(String, String)>,
    /// Where it writes its log, if not where the tests write.
    log: Option<tempfile::NamedTempFile>,
    env: BTreeMap<String, String>,
    http: reqwest::Client,
}

impl Server {
    /// Starts `cauri serve --dev` with more arguments, on a free port.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start(arguments: &[&str]) -> Self {
        Self::start_with(arguments, &[])
    }

    /// The same with variables of its own in its environment.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start_with(arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        Self::open(None, arguments, variables, None)
    }

    /// The same with a log that can be read: what `filter` lets through.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start_logged(arguments: &[&str], variables: &[(&str, &str)], filter: &str) -> Self {
        let log = tempfile::NamedTempFile::new().expect("a file");
        let variables = [variables, &[("CAURI_LOG", filter)]].concat();
        Self::open(None, arguments, &variables, Some(log))
    }

    /// The same with its warnings in a log that can be read, in a data folder that the test keeps.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start_in(data: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let log = tempfile::NamedTempFile::new().expect("a file");
        let variables = [variables, &[("CAURI_LOG", "warn")]].concat();
        Self::open(Some(data.to_owned()), arguments, &variables, Some(log))
    }

    fn open(
        data: Option<PathBuf>,
        arguments: &[&str],
        variables: &[(&str, &str)],
        log: Option<tempfile::NamedTempFile>,
    ) -> Self {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let http = reqwest::Client::builder().timeout(Duration::from_secs(60)).build();
        let folder = data.is_none().then(|| tempfile::tempdir().expect("a folder"));
        let made = folder.as_ref().map(|folder| folder.path().to_owned());
        let mut server = Self {
            process: None,
            data: data.or(made).expect("one of them"),
            _folder: folder,
            arguments: arguments.iter().map(|it| (*it).to_owned()).collect(),
            variables: variables.iter().map(own).collect(),
            log,
            env: BTreeMap::new(),
            http: http.expect("a client"),
        };
        server.restart();
        server
    }

    /// Starts it again on the same folder.
    ///
    /// # Panics
    /// When it does not start within a minute and a half.
    pub fn restart(&mut self) {
        self.kill9();
        let mut command = cauri(&["serve", "--dev", "--listen", "127.0.0.1:0", "--data-dir"]);
        command
            .arg(&self.data)
            .args(&self.arguments)
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdout(Stdio::piped());
        if let Some(log) = &self.log {
            command.stderr(log.reopen().expect("the file is there"));
        }
        let mut process = command.spawn().expect("the binary starts");
        let stdout = process.stdout.take().expect("piped");
        let (sender, lines) = mpsc::channel();
        // Reads to the end, so that the server never writes into a closed pipe.
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        self.process = Some(process);
        let deadline = Instant::now() + Duration::from_secs(90);
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let line = lines.recv_timeout(left).expect("the server listens");
            if line.starts_with("listening on ") {
                break;
            }
        }
        self.env = read_env(&self.data.join("dev.env"));
    }

    /// Takes a variable out of its environment, from the next start on.
    pub fn forget(&mut self, variable: &str) {
        self.variables.retain(|(name, _)| name != variable);
    }

    /// Its data folder.
    #[must_use]
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// What it has logged so far.
    ///
    /// # Panics
    /// When it was not started with a log of its own.
    #[must_use]
    pub fn log(&self) -> String {
        let log = self.log.as_ref().expect("a log of its own");
        std::fs::read_to_string(log.path()).expect("the file is there")
    }

    /// A variable that it published: an address, a token, a secret.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn variable(&self, name: &str) -> &str {
        self.env.get(name).unwrap_or_else(|| panic!("the server published no {name}"))
    }

    /// An address on it.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.variable("CAURI_URL"))
    }

    /// A client to use by oneself.
    #[must_use]
    pub const fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// What an operation answers, whole; an error when the server is not there.
    ///
    /// # Errors
    /// When the connection breaks or the answer is no JSON.
    pub async fn try_graphql(
        &self,
        token: &str,
        query: &str,
        variables: Value,
    ) -> Result<Value, reqwest::Error> {
        self.http
            .post(self.url("/graphql"))
            .bearer_auth(self.variable(token))
            .json(&json!({ "query": query, "variables": variables }))
            .send()
            .await?
            .json()
            .await
    }

    /// The data of an operation that has no errors. `token` is the name of a variable.
    ///
    /// # Panics
    /// When it has errors.
    pub async fn graphql(&self, token: &str, query: &str, variables: Value) -> Value {
        let answer = self.try_graphql(token, query, variables).await.expect("an answer");
        assert!(answer.get("errors").is_none(), "{query}: {answer}");
        answer["data"].clone()
    }

    /// Runs the mutation `name` with its one input; returns its result, refused or not.
    ///
    /// # Panics
    /// When it has errors.
    pub async fn mutate(&self, token: &str, name: &str, input: Value) -> Value {
        let kind = format!("{}{}Input", name[..1].to_uppercase(), &name[1..]);
        let query = format!(
            "mutation($input: {kind}!) {{ {name}(input: $input) {{ __typename
               ... on Refused {{ code field message atRevision }}
               ... on {} {{ revision replayed }} }} }}",
            done_type(name)
        );
        self.graphql(token, &query, json!({ "input": input })).await[name].clone()
    }

    /// Runs a mutation that must not be refused; returns its revision.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn done(&self, token: &str, name: &str, input: Value) -> u64 {
        let result = self.mutate(token, name, input).await;
        result["revision"].as_u64().unwrap_or_else(|| panic!("{name}: {result}"))
    }

    /// Posts a webhook signed as its provider would; returns status and body.
    ///
    /// # Panics
    /// When the server is not there.
    pub async fn webhook(&self, provider: &str, scheme: Scheme, body: &str) -> (u16, Value) {
        self.try_webhook(provider, scheme, body).await.expect("an answer")
    }

    /// The same; an error when the server is not there.
    ///
    /// # Errors
    /// When the connection breaks.
    ///
    /// # Panics
    /// When the server published no secret for this provider.
    pub async fn try_webhook(
        &self,
        provider: &str,
        scheme: Scheme,
        body: &str,
    ) -> Result<(u16, Value), reqwest::Error> {
        let variable = format!("CAURI_{}_WEBHOOK_SECRET", provider.to_uppercase());
        let key = scheme.key(&self.variable(&variable).to_owned().into()).expect("a secret");
        let now = chrono::Utc::now().timestamp();
        let id = uuid::Uuid::new_v4().to_string();
        let mut request = self.http.post(self.url(&format!("/webhooks/{provider}")));
        for (name, value) in scheme.sign(&[key], &id, now, body.as_bytes()) {
            request = request.header(name, value);
        }
        let answer = request.body(body.to_owned()).send().await?;
        Ok((answer.status().as_u16(), answer.json().await.unwrap_or(Value::Null)))
    }

    /// Where the ledger ends.
    ///
    /// # Panics
    /// When the ledger is empty.
    pub async fn head(&self) -> u64 {
        let data = self.graphql("TOKEN_FINANCE", "{ ledger { head } }", json!({})).await;
        data["ledger"]["head"].as_u64().expect("the ledger is not empty")
    }

    /// Where the ledger ends once nothing of the server's own is on its way any more.
    ///
    /// # Panics
    /// When the ledger is empty.
    pub async fn rest(&self) -> u64 {
        let mut head = self.head().await;
        loop {
            tokio::time::sleep(Duration::from_millis(300)).await;
            let now = self.head().await;
            if now == head {
                return head;
            }
            head = now;
        }
    }

    /// What an object's status becomes: waits until it is `wanted`, for at most a minute and a half. A payout
    /// that a provider failed at several times in a row is asked about again only after half of one.
    ///
    /// # Panics
    /// When it does not become so.
    pub async fn becomes(&self, object: &str, id: uuid::Uuid, wanted: &str) {
        let query = format!("query($id: UUID!) {{ {object}(id: $id) {{ status }} }}");
        let deadline = Instant::now() + Duration::from_secs(90);
        loop {
            let data = self.graphql("TOKEN_FINANCE", &query, json!({ "id": id })).await;
            let status = data[object]["status"].clone();
            if status == wanted {
                return;
            }
            assert!(Instant::now() < deadline, "the {object} is {status}, not {wanted}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// What a wallet can spend in a currency, as of `revision` at least.
    ///
    /// # Panics
    /// When there is no such wallet.
    pub async fn available(&self, wallet: uuid::Uuid, currency: &str, revision: u64) -> String {
        let query = "query($id: UUID!, $at: Revision) {
            wallet(id: $id, atLeastRevision: $at) { balances { currency available } } }";
        let variables = json!({ "id": wallet, "at": revision });
        let data = self.graphql("TOKEN_FINANCE", query, variables).await;
        let balances = data["wallet"]["balances"].as_array().expect("a wallet");
        let of_currency = balances.iter().find(|balance| balance["currency"] == currency);
        let available = of_currency.and_then(|balance| balance["available"].as_str());
        available.unwrap_or("0").to_owned()
    }

    /// Its process.
    ///
    /// # Panics
    /// When it does not run.
    #[must_use]
    pub fn process(&self) -> u32 {
        self.process.as_ref().expect("it runs").id()
    }

    /// The process of its Postgres, as Postgres itself wrote it down.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn postmaster(&self) -> u32 {
        let file = self.data.join("postgres/cluster/postmaster.pid");
        let text = std::fs::read_to_string(file).expect("Postgres runs");
        text.lines().next().and_then(|line| line.parse().ok()).expect("a process")
    }

    /// Kills the server as a crash would: no handler runs. What it started ends with it.
    pub fn kill9(&mut self) {
        // An error says that it is gone already.
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }

    /// Kills the server while others still hold it; [`Server::restart`] then reaps it.
    pub fn signal_kill(&self) {
        signal("-9", &[self.process()]);
    }

    /// Kills the server, its Postgres and its simulated provider at once, as a power cut would,
    /// while others still hold it.
    pub fn signal_kill_everything(&self) {
        signal("-9", &family(self.process()));
    }

    /// Kills the server, its Postgres and its simulated provider at once.
    pub fn kill9_everything(&mut self) {
        if self.process.is_some() {
            self.signal_kill_everything();
            self.kill9();
        }
    }

    /// Asks the server to stop, and returns its exit code.
    ///
    /// # Panics
    /// When it does not stop within half a minute.
    pub fn stop(&mut self) -> Option<i32> {
        let mut process = self.process.take().expect("it runs");
        signal("-TERM", &[process.id()]);
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            if let Some(status) = process.try_wait().expect("a child") {
                return status.code();
            }
            assert!(Instant::now() < deadline, "it does not stop");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Everything: a Postgres that is still shutting down would write into the folder.
        self.kill9_everything();
    }
}

/// What a mutation answers when it is not refused: the schema says so.
///
/// # Panics
/// When there is no such mutation.
#[must_use]
pub fn done_type(mutation: &str) -> String {
    static SCHEMA: OnceLock<String> = OnceLock::new();
    let schema = SCHEMA.get_or_init(cauri_api::graphql::sdl);
    let union = format!("union {}{}Result = ", mutation[..1].to_uppercase(), &mutation[1..]);
    let members = schema.lines().find_map(|line| line.strip_prefix(&union));
    let members = members.unwrap_or_else(|| panic!("no {union}"));
    let done = members.split(" | ").find(|member| *member != "Refused");
    done.expect("it can be done").to_owned()
}

fn read_env(file: &Path) -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(file).expect("dev.env is published");
    text.lines()
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.trim_matches('\'').to_owned()))
        .collect()
}

/// A random id.
#[must_use]
pub fn new_id() -> uuid::Uuid {
    uuid::Uuid::new_v4()
}
