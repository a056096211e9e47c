//! A line to a Postgres that breaks when it is told to.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinHandle;

/// What gets lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lose {
    /// The request: the server never sees it.
    Request,
    /// The answer: the server has done what it was asked.
    Answer,
}

/// Passes everything on between a socket of its own and the server's.
pub struct Proxy {
    folder: tempfile::TempDir,
    next: Arc<Mutex<Option<Lose>>>,
    task: JoinHandle<()>,
}

impl Proxy {
    pub fn start(server: &Path, port: u16) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let name = format!(".s.PGSQL.{port}");
        let listener = UnixListener::bind(folder.path().join(&name)).unwrap();
        let next = Arc::<Mutex<Option<Lose>>>::default();
        let task = tokio::spawn(listen(listener, server.join(name), Arc::clone(&next)));
        Self { folder, next, task }
    }

    /// Where it is connected to, instead of the server's own folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The next statement that carries a body of an event.
    pub fn lose_next(&self, lose: Lose) {
        let before = self.next.lock().unwrap().replace(lose);
        assert_eq!(before, None, "what was to be lost before was never sent");
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn listen(listener: UnixListener, server: PathBuf, next: Arc<Mutex<Option<Lose>>>) {
    while let Ok((client, _)) = listener.accept().await {
        let server = UnixStream::connect(&server).await.unwrap();
        // It ends when either end hangs up.
        drop(tokio::spawn(pass(client, server, Arc::clone(&next))));
    }
}

async fn pass(
    mut client: UnixStream,
    mut server: UnixStream,
    next: Arc<Mutex<Option<Lose>>>,
) -> std::io::Result<()> {
    let (mut up, mut down) = (vec![0; 1 << 20], vec![0; 1 << 20]);
    loop {
        tokio::select! {
            read = client.read(&mut up) => {
                let request = &up[..read?];
                if request.is_empty() {
                    return Ok(());
                }
                // A Bind message with something that looks like an event.
                let carries = request[0] == b'B' && request.windows(2).any(|it| it == b"{\"");
                let lost = if carries { next.lock().unwrap().take() } else { None };
                match lost {
                    None => server.write_all(request).await?,
                    Some(Lose::Request) => return Ok(()),
                    Some(Lose::Answer) => {
                        server.write_all(request).await?;
                        // Until it says that it is ready for the next: then it has committed.
                        let mut answer = Vec::new();
                        while !answer.ends_with(&[b'Z', 0, 0, 0, 5, b'I']) {
                            let read = server.read(&mut down).await?;
                            answer.extend_from_slice(&down[..read]);
                        }
                        return Ok(());
                    }
                }
            }
            read = server.read(&mut down) => {
                let answer = &down[..read?];
                if answer.is_empty() {
                    return Ok(());
                }
                client.write_all(answer).await?;
            }
        }
    }
}
