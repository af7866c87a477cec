//! A wire to the server that is cut after so many bytes, whichever way they went, and that may stay
//! cut for a while.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use sqlx::postgres::{PgConnectOptions, PgSslMode};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, UnixStream};

/// The wire.
pub struct Cut {
    /// How to connect through it.
    pub options: PgConnectOptions,
    wire: Arc<Wire>,
}

struct Wire {
    /// Bytes until it is cut.
    left: AtomicUsize,
    cut: AtomicBool,
    /// Whether it can be used again at once.
    heals: bool,
}

impl Cut {
    /// A wire that is cut after `bytes`. If it is `deaf`, the server still gets what was on its way;
    /// if it `heals`, the next connection goes through.
    pub async fn after(
        bytes: usize,
        (deaf, heals): (bool, bool),
        options: &PgConnectOptions,
    ) -> Self {
        let folder = options
            .get_socket()
            .map_or_else(|| options.get_host().into(), Clone::clone);
        let socket = folder.join(format!(".s.PGSQL.{}", options.get_port()));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let wire = Arc::new(Wire {
            left: AtomicUsize::new(bytes),
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
                        () = wire.carry((from_client, to_server), deaf, is_cut) => {}
                        () = wire.carry((from_server, to_client), false, is_cut) => {}
                    }
                });
            }
        });
        let options = PgConnectOptions::new_without_pgpass()
            .host("127.0.0.1")
            .port(port)
            .username(options.get_username())
            .database(options.get_database().unwrap())
            .ssl_mode(PgSslMode::Disable);
        Self { options, wire }
    }

    /// How many bytes went through.
    pub fn spent(&self, of: usize) -> usize {
        of - self.wire.left.load(Ordering::SeqCst)
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
        arrives: bool,
        healed: bool,
    ) {
        let mut buffer = [0; 16_384];
        loop {
            let read = from.read(&mut buffer).await.unwrap_or(0);
            if read == 0 {
                return;
            }
            let passes = if healed { read } else { self.spend(read) };
            if to.write_all(&buffer[..passes]).await.is_err() {
                return;
            }
            if passes == read {
                continue;
            }
            self.cut.store(true, Ordering::SeqCst);
            if arrives {
                // The server does what it was asked, and its answer finds nobody.
                let _ = to.write_all(&buffer[passes..read]).await;
                let _ = to.shutdown().await;
            }
            return;
        }
    }

    /// How many of these bytes still pass.
    fn spend(&self, bytes: usize) -> usize {
        let left = self
            .left
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
                Some(left.saturating_sub(bytes))
            })
            .unwrap_or(0);
        left.min(bytes)
    }
}
