//! A server that speaks HTTP for Tasker's API, over a real socket.

use std::sync::{Arc, Mutex};

use dlqtop::data::http_api::{Api, Token};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use super::deployment::{
    Deployment, Stuck, carry_out, moved_by_tasker, on_entry, on_step, on_task,
};
use dlqtop::data::messages::command::{EntryVerb, Resolution, StepVerb, TaskVerb};

/// What it does with a request, once it has heard all of it.
#[derive(Debug, Clone)]
pub enum Reply {
    /// Does it, and says so.
    Does,
    /// Moves the step and nothing else, as Tasker's API does with a retry, and says that it was done.
    OnlyMoves,
    /// Does it, and hangs up without a word.
    DoesAndCuts,
    /// Does it, and fails to say so.
    DoesAndFails,
    /// Does it, and says that it took too long.
    DoesAndTimesOut,
    /// Says this.
    Says(u16, &'static str, String),
    /// Somebody else does it first; then says this.
    IsTooLate(u16, &'static str),
    /// Nothing, for ever.
    Waits,
}

/// What it has heard.
#[derive(Debug, Clone, PartialEq)]
pub struct Heard {
    pub line: String,
    pub token: Option<String>,
    pub key: Option<String>,
    pub body: Value,
}

/// The server; it ends with the test.
pub struct Server {
    pub address: String,
    heard: Arc<Mutex<Vec<Heard>>>,
    _end: oneshot::Sender<()>,
}

impl Server {
    /// One that stands before this deployment.
    pub async fn before(on: &Deployment, stuck: Stuck, reply: Reply) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (end, mut ended) = oneshot::channel();
        let site = on.site.clone();
        let noting = Arc::clone(&heard);
        tokio::spawn(async move {
            loop {
                let stream = tokio::select! {
                    _ = &mut ended => return,
                    stream = listener.accept() => stream.unwrap().0,
                };
                let system = System {
                    site: site.clone(),
                    stuck,
                };
                tokio::spawn(serve(stream, system, reply.clone(), Arc::clone(&noting)));
            }
        });
        Self {
            address,
            heard,
            _end: end,
        }
    }

    /// The way to it.
    pub fn api(&self) -> Api {
        Api::new(&self.address, Token::None).unwrap()
    }

    pub fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }
}

/// What the system behind it would do.
struct System {
    site: dlqtop::data::source::Site,
    stuck: Stuck,
}

impl System {
    async fn carry_out(&self, heard: &Heard, who: Option<&str>) {
        if heard.line.starts_with("DELETE ") {
            let cancel = on_task(TaskVerb::Cancel, self.stuck, "steps_in_process");
            carry_out(&self.site, who.unwrap_or("api"), &cancel).await;
            return;
        }
        let text = |key: &str| heard.body[key].as_str().map(str::to_owned);
        let verb = match text("action_type").as_deref() {
            Some("reset_for_retry") => StepVerb::ResetForRetry,
            Some("resolve_manually") => StepVerb::ResolveManually,
            Some("complete_manually") => {
                StepVerb::CompleteManually(heard.body["completion_data"]["result"].clone())
            }
            _ => {
                let mut db = sqlx::PgPool::connect_with(self.site.options.clone())
                    .await
                    .unwrap()
                    .acquire()
                    .await
                    .unwrap();
                let ids = [self.stuck.entry];
                let found =
                    dlqtop::data::reads::lookup::look_up(&mut db, &self.site.source, &ids).await;
                let version = found.unwrap()[0].version.unwrap();
                assert_eq!(text("resolution_status").unwrap(), "manually_resolved");
                let verb = EntryVerb::Close(Resolution::ManuallyResolved);
                let by = who.map_or_else(|| text("resolved_by").unwrap(), str::to_owned);
                carry_out(&self.site, &by, &on_entry(verb, self.stuck, version)).await;
                return;
            }
        };
        let by = ["reset_by", "resolved_by", "completed_by"]
            .iter()
            .find_map(|key| text(key));
        let by = who.map_or_else(|| by.unwrap(), str::to_owned);
        carry_out(&self.site, &by, &on_step(verb, self.stuck, "error")).await;
    }
}

async fn serve(
    mut stream: TcpStream,
    system: System,
    reply: Reply,
    noting: Arc<Mutex<Vec<Heard>>>,
) {
    let heard = hear(&mut stream).await;
    noting.lock().unwrap().push(heard.clone());
    let (status, kind, body) = match reply {
        Reply::Does => {
            system.carry_out(&heard, None).await;
            (
                200,
                "application/json",
                "{\"current_state\": \"…\"}".to_owned(),
            )
        }
        Reply::OnlyMoves => {
            let to = match heard.body["action_type"].as_str() {
                Some("reset_for_retry") => "pending",
                Some("resolve_manually") => "resolved_manually",
                other => panic!("{other:?}"),
            };
            let db = sqlx::PgPool::connect_with(system.site.options.clone()).await;
            moved_by_tasker(&db.unwrap(), system.stuck.step, to).await;
            (200, "application/json", "{}".to_owned())
        }
        Reply::DoesAndCuts => {
            system.carry_out(&heard, None).await;
            return;
        }
        Reply::DoesAndFails => {
            system.carry_out(&heard, None).await;
            (500, "text/plain", "out of memory".to_owned())
        }
        Reply::DoesAndTimesOut => {
            system.carry_out(&heard, None).await;
            (408, "text/plain", String::new())
        }
        Reply::Says(status, kind, body) => (status, kind, body),
        Reply::IsTooLate(status, body) => {
            system.carry_out(&heard, Some("ben@desk")).await;
            (status, "application/json", body.to_owned())
        }
        Reply::Waits => return std::future::pending().await,
    };
    let answer = format!(
        "HTTP/1.1 {status} Whatever\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nlocation: http://127.0.0.1:1/\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(answer.as_bytes()).await.unwrap();
}

/// A request, whole.
async fn hear(stream: &mut TcpStream) -> Heard {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let read = stream.read(&mut chunk).await.unwrap();
        assert_ne!(read, 0, "it hung up");
        bytes.extend_from_slice(&chunk[..read]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let header = |name: &str| {
            let mut lines = head.lines();
            lines.find_map(|line| {
                let (key, value) = line.split_once(": ")?;
                key.eq_ignore_ascii_case(name).then(|| value.to_owned())
            })
        };
        let length: usize = header("content-length").map_or(0, |length| length.parse().unwrap());
        if body.len() >= length {
            return Heard {
                line: head.lines().next().unwrap().to_owned(),
                token: header("authorization"),
                key: header("x-api-key"),
                body: match body {
                    "" => Value::Null,
                    body => serde_json::from_str(body).unwrap(),
                },
            };
        }
    }
}
