//! A client that speaks HTTP/1.1 itself, so that nothing is made good on the way.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// The longest that an answer may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

impl Answer {
    fn parse(text: &str) -> Self {
        let (head, body) = text
            .split_once("\r\n\r\n")
            .unwrap_or_else(|| panic!("{text:?}"));
        let mut lines = head.split("\r\n");
        let status = lines.next().unwrap();
        let status = status.strip_prefix("HTTP/1.1 ").unwrap();
        let headers = lines.map(|line| {
            let (name, value) = line.split_once(": ").unwrap();
            (name.to_lowercase(), value.to_owned())
        });
        Self {
            status: status[..3].parse().unwrap(),
            headers: headers.collect(),
            body: body.to_owned(),
        }
    }

    pub fn json(&self) -> serde_json::Value {
        assert_eq!(self.headers["content-type"], "application/json");
        serde_json::from_str(&self.body).unwrap()
    }
}

/// Sends these bytes and reads to the end, which the server must make; `None` if nobody listens.
pub async fn send(address: SocketAddr, request: &[u8]) -> Option<Answer> {
    let mut stream = TcpStream::connect(address).await.ok()?;
    stream.write_all(request).await.unwrap();
    let mut answer = Vec::new();
    let read = timeout(PATIENCE, stream.read_to_end(&mut answer)).await;
    read.expect("no end of the answer").unwrap();
    Some(Answer::parse(&String::from_utf8(answer).unwrap()))
}

/// Asks as a scraper does.
pub async fn ask(address: SocketAddr, method: &str, path: &str) -> Option<Answer> {
    let request = format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\nAccept: */*\r\n\r\n");
    send(address, request.as_bytes()).await
}

pub async fn get(address: SocketAddr, path: &str) -> Answer {
    let answer = ask(address, "GET", path).await;
    answer.expect("nobody listens")
}
