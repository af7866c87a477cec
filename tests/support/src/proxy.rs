//! A wire to the server that can lose the server's answer to a commit: it was done, and nobody
//! hears of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use sqlx::postgres::PgConnectOptions;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UnixStream};

use crate::door::Door;

/// Decides, for each commit in turn, whether its answer is lost.
pub type Loses = Arc<dyn Fn(usize) -> bool + Send + Sync>;

/// The wire.
pub struct Proxy {
    /// How to connect through it.
    pub options: PgConnectOptions,
    lost: Arc<AtomicUsize>,
}

impl Proxy {
    /// A wire to a server that listens on a socket in a folder.
    pub async fn to(options: &PgConnectOptions, loses: Loses) -> Self {
        let Door {
            listener,
            socket,
            options,
        } = Door::before(options).await;
        let (lost, commits) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let count = Arc::clone(&lost);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = UnixStream::connect(&socket).await.unwrap();
                let wire = Wire {
                    deaf: Arc::new(AtomicBool::new(false)),
                    loses: Arc::clone(&loses),
                    commits: Arc::clone(&commits),
                    lost: Arc::clone(&count),
                };
                tokio::spawn(wire.carry(client, server));
            }
        });
        Self { options, lost }
    }

    /// How many answers were lost.
    pub fn lost(&self) -> usize {
        self.lost.load(Ordering::SeqCst)
    }
}

/// One connection.
struct Wire {
    deaf: Arc<AtomicBool>,
    loses: Loses,
    commits: Arc<AtomicUsize>,
    lost: Arc<AtomicUsize>,
}

impl Wire {
    async fn carry(self, client: TcpStream, server: UnixStream) {
        let (mut from_client, mut to_client) = client.into_split();
        let (mut from_server, mut to_server) = server.into_split();
        let deaf = Arc::clone(&self.deaf);
        let back = tokio::spawn(async move {
            let mut buffer = [0; 16_384];
            loop {
                let read = from_server.read(&mut buffer).await.unwrap_or(0);
                // The answer has come as far as here: the server has done it.
                if read == 0 || deaf.load(Ordering::SeqCst) {
                    return;
                }
                if to_client.write_all(&buffer[..read]).await.is_err() {
                    return;
                }
            }
        });
        let mut sent = Vec::new();
        let mut greeted = false;
        let mut buffer = [0; 16_384];
        let abort = back.abort_handle();
        let mut back = back;
        loop {
            let read = tokio::select! {
                read = from_client.read(&mut buffer) => read.unwrap_or(0),
                // Both directions end together: the client sees its link die.
                _ = &mut back => return,
            };
            if read == 0 {
                abort.abort();
                return;
            }
            sent.extend_from_slice(&buffer[..read]);
            while let Some(message) = take_message(&mut sent, &mut greeted) {
                if is_commit(&message) {
                    let nth = self.commits.fetch_add(1, Ordering::SeqCst);
                    if (self.loses)(nth) {
                        self.lost.fetch_add(1, Ordering::SeqCst);
                        self.deaf.store(true, Ordering::SeqCst);
                    }
                }
                if to_server.write_all(&message).await.is_err() {
                    return;
                }
            }
        }
    }
}

/// The next whole message of a client. The first has no letter.
fn take_message(sent: &mut Vec<u8>, greeted: &mut bool) -> Option<Vec<u8>> {
    let letter = usize::from(*greeted);
    let length: [u8; 4] = sent.get(letter..letter + 4)?.try_into().ok()?;
    let whole = letter + u32::from_be_bytes(length) as usize;
    if sent.len() < whole {
        return None;
    }
    *greeted = true;
    Some(sent.drain(..whole).collect())
}

fn is_commit(message: &[u8]) -> bool {
    let text = String::from_utf8_lossy(message).to_lowercase();
    matches!(message.first(), Some(b'Q' | b'P')) && text[1..].contains("commit")
}
