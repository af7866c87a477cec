//! What the fingerprint of an error costs, against one pass of `str::to_lowercase` over the same text.
//! Neither a server nor a database is needed. `cargo bench --bench fingerprint`; see docs/dev/performance.md.

#[allow(dead_code, reason = "each bench uses what it needs")]
#[path = "common/report.rs"]
mod report;

use std::hint::black_box;
use std::time::{Duration, Instant};

use color_eyre::Result;
use dlqtop_fingerprint::fingerprint;
use report::{Holds, line, progress, ratio, rounded};
use serde_json::json;

/// How long each side is timed.
const TIMED: Duration = Duration::from_millis(300);
/// How many pieces that time has; the quickest counts, because the machine may be busy with other work.
const PIECES: u32 = 300;
/// What a long error has, in bytes.
const LONG: usize = 1 << 20;

const SHORT: &str = "POST https://api.example.com/v1/charges?expand=lines failed: 503 Service Unavailable for customer \
    'anna' (request req_8FhJ3kLm0Pq2Rs, attempt 3 of 5, waited 30 s), host db-1.example.com:5432 user=worker";

fn main() -> Result<()> {
    let mut holds = Holds::default();
    for (name, error) in [
        ("values", SHORT.to_owned()),
        (
            "words",
            "the ledger of the shop is closed and ".repeat(6)[..200].to_owned(),
        ),
        (
            "numbers",
            "order 4711 has 12 lines of 7, ".repeat(7)[..200].to_owned(),
        ),
    ] {
        let took = compare(&format!("200_bytes_{name}"), &error)?;
        holds.at_most(&format!("microseconds_of_200_bytes_{name}"), 20.0, took);
    }
    for (name, error) in long() {
        let took = compare(&format!("1_mb_{name}"), &error)? / 1_000.0;
        holds.at_most(&format!("milliseconds_of_1_mb_{name}"), 1.0, took);
    }
    holds.finish("fingerprint")
}

/// Errors of a megabyte: a traceback, a body, and texts that are made to be slow.
fn long() -> Vec<(&'static str, String)> {
    let of = |part: &str| part.repeat(LONG / part.len());
    let call = "  File \"/srv/app/deep.py\", line 4, in walk\n    walk(node)\n";
    let traceback = format!(
        "Traceback (most recent call last):\n{}ValueError: order 7",
        of(call)
    );
    vec![
        ("traceback", traceback),
        (
            "calls",
            format!("Error: closed\n{}", of("    at walk (/srv/deep.js:4:7)\n")),
        ),
        ("json", of("{\"a\": 7, \"b\": [")),
        ("brackets", of("[")),
        ("quotes", of("'a ")),
        ("dots", of("a.")),
        ("slashes", of("/a/")),
        ("colours", of("\u{1b}[31m")),
    ]
}

/// Times one error; the microseconds that its fingerprint takes.
fn compare(name: &str, error: &str) -> Result<f64> {
    let ours = quickest(|| {
        black_box(fingerprint(black_box(error)));
    });
    let reference = quickest(|| {
        black_box(black_box(error).to_lowercase());
    });
    line(&json!({
        "bench": "fingerprint",
        "error": name,
        "microseconds": rounded(ours),
        "to_lowercase_microseconds": rounded(reference),
        "times_to_lowercase": ratio(ours, reference),
    }))?;
    progress(&format!(
        "{name}: {ours:.1} µs, to_lowercase {reference:.1} µs"
    ));
    Ok(ours)
}

/// The microseconds of one call, in the quickest piece of the time.
fn quickest(mut call: impl FnMut()) -> f64 {
    let mut best = f64::INFINITY;
    for _ in 0..PIECES {
        let start = Instant::now();
        let mut calls = 0;
        while start.elapsed() < TIMED / PIECES {
            call();
            calls += 1;
        }
        best = best.min(start.elapsed().as_secs_f64() * 1e6 / f64::from(calls));
    }
    best
}
