//! A listener between the program and the server, for tests of connections that cannot be trusted.

use std::path::PathBuf;

use sqlx::postgres::{PgConnectOptions, PgSslMode};
use tokio::net::TcpListener;

/// A port of our own before the socket of a server.
pub struct Door {
    /// Who comes in here …
    pub listener: TcpListener,
    /// … wants to go there.
    pub socket: PathBuf,
    /// How to come in.
    pub options: PgConnectOptions,
}

impl Door {
    /// A door to a server that listens on a socket in a folder.
    pub async fn before(options: &PgConnectOptions) -> Self {
        let folder = options
            .get_socket()
            .map_or_else(|| options.get_host().into(), Clone::clone);
        let socket = folder.join(format!(".s.PGSQL.{}", options.get_port()));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let options = PgConnectOptions::new_without_pgpass()
            .host("127.0.0.1")
            .port(listener.local_addr().unwrap().port())
            .username(options.get_username())
            .database(options.get_database().unwrap())
            .ssl_mode(PgSslMode::Disable);
        Self {
            listener,
            socket,
            options,
        }
    }
}
