//! Serves `GET /metrics` and `GET /health`. There is no login: bind it to a network that may read numbers
//! and short words.
//!
//! A client cannot block it: a connection carries one request within seconds, and the oldest is dropped
//! when there are too many.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::Meters;
use super::health::Health;
use crate::data::model::LatestPoll;
use crate::detector::status::Status;
use crate::telemetry::liveness;
use crate::telemetry::liveness::Liveness;

/// The longest a connection may last.
const CONNECTION_LIMIT: Duration = Duration::from_secs(5);
/// The most connections at a time.
const CONNECTIONS: usize = 32;
/// The longest request line and headers.
const REQUEST_BYTES: usize = 8 * 1024;
/// The pause after a connection could not be accepted, for example for lack of file descriptors.
const BREATH: Duration = Duration::from_millis(100);

const PROMETHEUS_TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";
const PLAIN: &str = "text/plain; charset=utf-8";
const JSON: &str = "application/json";

/// What the server needs.
#[derive(Debug)]
pub struct Channels {
    /// The metrics.
    pub meters: Meters,
    /// The newest poll.
    pub polls: watch::Receiver<LatestPoll>,
    /// How often it polls.
    pub every: Duration,
    /// What the detector is doing.
    pub detector: watch::Receiver<Status>,
    /// The source: `tasker`.
    pub source: String,
    /// The wall clock, for the age of the last sweep.
    pub clock: fn() -> DateTime<Utc>,
    /// Ends the server.
    pub stop: CancellationToken,
}

/// The data of an answer.
struct AnswerData {
    meters: Meters,
    liveness: watch::Receiver<Liveness>,
    detector: watch::Receiver<Status>,
    source: String,
    clock: fn() -> DateTime<Utc>,
}

/// Answers until stopped.
pub async fn run(listener: TcpListener, channels: Channels) {
    let (liveness_sender, liveness) = watch::channel(Liveness::new(channels.every));
    channels.meters.show(&liveness);
    let follow = liveness::follow(liveness_sender, channels.polls, channels.stop.clone());
    let data = Arc::new(AnswerData {
        meters: channels.meters,
        liveness,
        detector: channels.detector,
        source: channels.source,
        clock: channels.clock,
    });
    tokio::select! {
        biased;
        () = channels.stop.cancelled() => {}
        ((), ()) = async { tokio::join!(follow, accept(listener, data)) } => {}
    }
}

async fn accept(listener: TcpListener, data: Arc<AnswerData>) {
    let mut open = Connections::default();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => open.add(stream, Arc::clone(&data)),
            Err(error) => {
                tracing::warn!(%error, "could not accept a connection for metrics");
                sleep(BREATH).await;
            }
        }
    }
}

/// The open connections, oldest first.
#[derive(Default)]
struct Connections(VecDeque<AbortHandle>);

impl Connections {
    /// Serves one more. A normal request takes milliseconds, so the oldest connection can be dropped.
    fn add(&mut self, stream: TcpStream, data: Arc<AnswerData>) {
        self.0.retain(|connection| !connection.is_finished());
        if self.0.len() >= CONNECTIONS
            && let Some(oldest) = self.0.pop_front()
        {
            oldest.abort();
        }
        let serving = tokio::spawn(timeout(CONNECTION_LIMIT, serve(stream, data)));
        self.0.push_back(serving.abort_handle());
    }
}

impl Drop for Connections {
    fn drop(&mut self) {
        for connection in &self.0 {
            connection.abort();
        }
    }
}

async fn serve(stream: TcpStream, data: Arc<AnswerData>) {
    let service = service_fn(move |request: Request<Incoming>| {
        let answer = answer(request.method(), request.uri().path(), &data);
        std::future::ready(Ok::<_, Infallible>(answer))
    });
    let served = http1::Builder::new()
        .max_buf_size(REQUEST_BYTES)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service)
        .await;
    if let Err(error) = served {
        tracing::debug!(%error, "a connection for metrics ended badly");
    }
}

fn answer(method: &Method, path: &str, data: &AnswerData) -> Response<Full<Bytes>> {
    if !matches!(path, "/metrics" | "/health") {
        let where_to = "there are /metrics and /health\n".to_owned();
        return response(StatusCode::NOT_FOUND, PLAIN, where_to);
    }
    if !matches!(*method, Method::GET | Method::HEAD) {
        let mut refused = response(
            StatusCode::METHOD_NOT_ALLOWED,
            PLAIN,
            "only GET and HEAD\n".to_owned(),
        );
        let allowed = HeaderValue::from_static("GET, HEAD");
        refused.headers_mut().insert(ALLOW, allowed);
        return refused;
    }
    match path {
        "/metrics" => metrics(&data.meters),
        _ => health(data),
    }
}

fn metrics(meters: &Meters) -> Response<Full<Bytes>> {
    match meters.text() {
        Ok(text) => response(StatusCode::OK, PROMETHEUS_TEXT, text),
        Err(error) => {
            tracing::error!(%error, "the metrics cannot be written");
            let why = "the metrics cannot be written; the log says why\n".to_owned();
            response(StatusCode::INTERNAL_SERVER_ERROR, PLAIN, why)
        }
    }
}

fn health(data: &AnswerData) -> Response<Full<Bytes>> {
    let health = {
        let liveness = data.liveness.borrow();
        Health::of(&liveness, &data.detector, &data.source, (data.clock)())
    };
    let status = match health.status {
        "unreachable" => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::OK,
    };
    let body = serde_json::to_string(&health).unwrap_or_default();
    response(status, JSON, body + "\n")
}

fn response(status: StatusCode, content_type: &'static str, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    for (name, value) in [(CONTENT_TYPE, content_type), (CACHE_CONTROL, "no-store")] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
