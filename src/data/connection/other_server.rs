//! What answers where a PostgreSQL was expected, if it is something else: a port is easily mistaken for another.

use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::data::error::DataError;

/// A server that has just answered does so again within this time.
const LIMIT: Duration = Duration::from_secs(1);
/// "Is there TLS?", the first thing that a PostgreSQL is asked. No secret is in it.
const QUESTION: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];
/// More is not needed to know it.
const ENOUGH: usize = 64;
const UNKNOWN: &str = "something else";

/// Whether this failure to connect could come from a server that is no PostgreSQL.
pub(super) fn is_likely(error: &DataError) -> bool {
    let source = match error {
        DataError::Query { source, .. } => source,
        DataError::TimedOut { .. } => return true,
        _ => return false,
    };
    match source {
        // It spoke, but not as it should; or TLS began, and not as it should.
        sqlx::Error::Protocol(_) | sqlx::Error::Decode(_) | sqlx::Error::Tls(_) => {
            !error.has_connect_hint()
        }
        sqlx::Error::Io(error) => {
            use std::io::ErrorKind::{BrokenPipe, ConnectionReset, InvalidData, UnexpectedEof};
            let kinds = [BrokenPipe, ConnectionReset, InvalidData, UnexpectedEof];
            kinds.contains(&error.kind())
        }
        _ => false,
    }
}

/// What answers there, if that is no PostgreSQL. Asks once more.
pub(super) async fn look(options: &PgConnectOptions, error: &DataError) -> Option<&'static str> {
    let answer = timeout(LIMIT, answer(options)).await.ok().flatten();
    let is_other = |answer: Vec<u8>| kind(&answer);
    // What spoke once need not do so again.
    let spoke = matches!(
        error,
        DataError::Query {
            source: sqlx::Error::Protocol(_),
            ..
        }
    );
    answer.map_or(spoke.then_some(UNKNOWN), is_other)
}

async fn answer(options: &PgConnectOptions) -> Option<Vec<u8>> {
    let port = options.get_port();
    let host = options.get_host();
    let folder = options.get_socket().cloned();
    let Some(folder) = folder.or_else(|| host.starts_with('/').then(|| host.into())) else {
        return ask(TcpStream::connect((host, port)).await.ok()?).await;
    };
    #[cfg(unix)]
    {
        let path = folder.join(format!(".s.PGSQL.{port}"));
        ask(tokio::net::UnixStream::connect(path).await.ok()?).await
    }
    #[cfg(not(unix))]
    {
        drop(folder);
        None
    }
}

async fn ask(mut wire: impl AsyncRead + AsyncWrite + Unpin) -> Option<Vec<u8>> {
    wire.write_all(&QUESTION).await.ok()?;
    let mut answer = vec![0; ENOUGH];
    let read = wire.read(&mut answer).await.ok()?;
    answer.truncate(read);
    (read > 0).then_some(answer)
}

/// What begins its answer so; `None` for a PostgreSQL, which says one letter or that it cannot.
fn kind(answer: &[u8]) -> Option<&'static str> {
    const KINDS: [(&[u8], &str); 11] = [
        (b"SSH-", "an SSH server"),
        (b"HTTP/", "a web server"),
        (b"<", "a web server"),
        (b"\x15\x03", "a server of TLS alone, such as https"),
        (b"AMQP", "an AMQP server, such as RabbitMQ"),
        (b"220", "a mail or FTP server"),
        (b"* OK", "a mail server"),
        (b"+OK", "a mail server"),
        (b"-", "a Redis or its like"),
        (b"+", "a Redis or its like"),
        (b"INFO {", "a NATS server"),
    ];
    if matches!(answer, [b'S' | b'N'] | [b'E', ..]) {
        return None;
    }
    // A greeting: its length in three bytes, number 0, version 10 of the protocol (or a refusal).
    if matches!(answer, [_, _, 0, 0, 10 | 255, ..]) {
        return Some("a MySQL or MariaDB");
    }
    let known = KINDS.iter().find(|(begins, _)| answer.starts_with(begins));
    Some(known.map_or(UNKNOWN, |(_, name)| name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_known_by_how_they_begin() {
        for (answer, wanted) in [
            (&b"S"[..], None),
            (b"N", None),
            (b"E\0\0\0\x20SFATAL\0", None),
            (b"SSH-2.0-OpenSSH_9.2\r\n", Some("an SSH server")),
            (b"HTTP/1.1 400 Bad Request\r\n", Some("a web server")),
            (
                b"\x15\x03\x01\0\x02\x02",
                Some("a server of TLS alone, such as https"),
            ),
            (b"J\0\0\0\x0a8.0.36\0", Some("a MySQL or MariaDB")),
            (b"N\0\0\0\x0a5.5.5-10.11\0", Some("a MySQL or MariaDB")),
            (b"-ERR unknown command\r\n", Some("a Redis or its like")),
            (b"\0\0\0\x08\x04\xd2\x16/", Some(UNKNOWN)),
        ] {
            assert_eq!(kind(answer), wanted, "{answer:?}");
        }
    }
}
