//! The server among clients that mean no good.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use support::database::Database;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::http::{ask, get, send};
use super::served::Served;

async fn served() -> (Database, Served) {
    let db = Database::new().await;
    let served = Served::start(&db.options).await;
    (db, served)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_two_paths_and_two_methods_are_known() {
    let (_db, served) = served().await;
    let address = served.address;
    for path in ["/", "/metrics/", "/../health", "/healthz"] {
        let answer = get(address, path).await;
        assert_eq!(answer.status, 404, "{path}");
        assert!(answer.body.contains("/metrics and /health"), "{answer:?}");
    }
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "FROBNICATE"] {
        let answer = ask(address, method, "/metrics").await.unwrap();
        assert_eq!(answer.status, 405, "{method}");
        assert_eq!(answer.headers["allow"], "GET, HEAD");
    }
    assert_eq!(get(address, "/metrics?name[]=up").await.status, 200);
    let head = ask(address, "HEAD", "/metrics").await.unwrap();
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    assert!(head.headers["content-type"].starts_with("text/plain; version=0.0.4"));
    let length: usize = head.headers["content-length"].parse().unwrap();
    assert!(length > 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_is_too_large_or_no_request_is_refused() {
    let (_db, served) = served().await;
    let huge = format!(
        "GET /metrics HTTP/1.1\r\nX: {}\r\n\r\n",
        "x".repeat(9 * 1024)
    );
    let answer = send(served.address, huge.as_bytes()).await.unwrap();
    assert!((400..=431).contains(&answer.status), "{answer:?}");
    let answer = send(served.address, b"\x16\x03\x01\x02\x00 hello\r\n\r\n")
        .await
        .unwrap();
    assert_eq!(answer.status, 400);
    assert_eq!(
        get(served.address, "/health").await.headers["connection"],
        "close"
    );
}

/// Clients that connect, say this and then nothing.
async fn silent(address: SocketAddr, count: usize, first: &[u8]) -> Vec<TcpStream> {
    let mut streams = Vec::new();
    for _ in 0..count {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(first).await.unwrap();
        streams.push(stream);
    }
    streams
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_that_say_nothing_hold_nobody_up_and_are_dropped() {
    let (_db, served) = served().await;
    let opened = Instant::now();
    let mut mute = silent(served.address, 60, b"").await;
    let slow = silent(served.address, 60, b"GET /metrics HTTP/1.1\r\nHost: ").await;
    let started = Instant::now();
    assert_eq!(get(served.address, "/metrics").await.status, 200);
    assert!(
        started.elapsed() < Duration::from_secs(2),
        "{:?}",
        started.elapsed()
    );
    // The oldest made room, long before its time was up.
    let mut rest = Vec::new();
    let ended = timeout(
        Duration::from_secs(20),
        mute.remove(0).read_to_end(&mut rest),
    )
    .await;
    assert!(ended.is_ok() && opened.elapsed() < Duration::from_secs(4));
    // Also the last of them, which nobody had to make room for.
    for mut stream in mute.into_iter().chain(slow) {
        let mut rest = Vec::new();
        let end = timeout(Duration::from_secs(20), stream.read_to_end(&mut rest)).await;
        assert!(end.is_ok(), "a silent client is still connected");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_carries_one_request() {
    let (_db, served) = served().await;
    let mut stream = TcpStream::connect(served.address).await.unwrap();
    let request = b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";
    for _ in 0..100 {
        if stream.write_all(request).await.is_err() {
            break;
        }
    }
    let mut answer = Vec::new();
    let end = timeout(Duration::from_secs(20), stream.read_to_end(&mut answer)).await;
    assert!(end.is_ok(), "still connected");
    let answers = String::from_utf8_lossy(&answer)
        .matches("HTTP/1.1 200")
        .count();
    assert!(answers <= 1, "{answers}");
}
