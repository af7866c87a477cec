//! A wire to the server that is cut at some point, and may stay cut.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use sqlx::postgres::PgConnectOptions;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::UnixStream;

use crate::door::Door;

/// Where a wire is cut.
#[derive(Debug, Clone, Copy)]
pub enum Point {
    /// After so many bytes, whichever way they went.
    Byte(usize),
    /// After so many bytes; but what was on its way to the server arrives, and only the answer is
    /// lost.
    ByteDeaf(usize),
    /// Between a commit, counted from 0, and its answer.
    Commit(usize),
}

/// The wire.
pub struct Cut {
    /// How to connect through it.
    pub options: PgConnectOptions,
    wire: Arc<Wire>,
}

struct Wire {
    point: Point,
    bytes: AtomicUsize,
    commits: AtomicUsize,
    cut: AtomicBool,
    /// Whether it can be used again at once.
    heals: bool,
}

impl Cut {
    /// A wire that is cut there. If it `heals`, the next connection goes through.
    pub async fn at(point: Point, heals: bool, options: &PgConnectOptions) -> Self {
        let Door {
            listener,
            socket,
            options,
        } = Door::before(options).await;
        let wire = Arc::new(Wire {
            point,
            bytes: AtomicUsize::new(0),
            commits: AtomicUsize::new(0),
            cut: AtomicBool::new(false),
            heals,
        });
        let each = Arc::clone(&wire);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let is_cut = each.cut.load(Ordering::SeqCst);
                if is_cut && !each.heals {
                    continue;
                }
                let server = UnixStream::connect(&socket).await.unwrap();
                let wire = Arc::clone(&each);
                tokio::spawn(async move {
                    let (from_client, to_client) = client.into_split();
                    let (from_server, to_server) = server.into_split();
                    tokio::select! {
                        () = wire.carry((from_client, to_server), true, is_cut) => {}
                        () = wire.carry((from_server, to_client), false, is_cut) => {}
                    }
                });
            }
        });
        Self { options, wire }
    }

    /// How many bytes it carried, and how many commits.
    pub fn carried(&self) -> (usize, usize) {
        let read = |count: &AtomicUsize| count.load(Ordering::SeqCst);
        (read(&self.wire.bytes), read(&self.wire.commits))
    }

    /// Whether it came to that.
    pub fn is_cut(&self) -> bool {
        self.wire.cut.load(Ordering::SeqCst)
    }
}

impl Wire {
    /// Carries one way until the wire is cut or an end closes.
    async fn carry(
        &self,
        (mut from, mut to): (impl AsyncRead + Unpin, impl AsyncWrite + Unpin),
        to_server: bool,
        healed: bool,
    ) {
        let mut buffer = [0; 16_384];
        loop {
            let read = from.read(&mut buffer).await.unwrap_or(0);
            if read == 0 {
                return;
            }
            let passes = if healed {
                None
            } else {
                self.cut_in(&buffer[..read], to_server)
            };
            let sent = to.write_all(&buffer[..passes.unwrap_or(read)]).await;
            if passes.is_some() {
                self.cut.store(true, Ordering::SeqCst);
                return;
            }
            if sent.is_err() {
                return;
            }
        }
    }

    /// How many of these bytes still arrive, if it is cut here.
    fn cut_in(&self, bytes: &[u8], to_server: bool) -> Option<usize> {
        let is_commit = to_server && bytes.windows(7).any(|at| at == b"commit\0");
        let before = self.bytes.fetch_add(bytes.len(), Ordering::SeqCst);
        let commits = self
            .commits
            .fetch_add(usize::from(is_commit), Ordering::SeqCst);
        let until =
            |point: usize| (before + bytes.len() > point).then(|| point.saturating_sub(before));
        match self.point {
            Point::Byte(point) => until(point),
            Point::ByteDeaf(point) => {
                until(point).map(|left| if to_server { bytes.len() } else { left })
            }
            Point::Commit(nth) => (is_commit && commits == nth).then_some(bytes.len()),
        }
    }
}
