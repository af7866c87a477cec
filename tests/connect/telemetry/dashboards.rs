//! The real program: where it listens, what it says if it cannot, and that it counts.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use portable_pty::CommandBuilder;
use support::database::Database;
use support::eventually::eventually;
use support::pseudo_terminal::PseudoTerminal;

use super::exposition::Scrape;
use super::http::{ask, get};

const PATIENCE: Duration = Duration::from_mins(1);
const LARGE: (u16, u16) = (160, 45);

/// An address that is free now.
fn free() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap()
}

fn dlqtop(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dlqtop"));
    command
        .args(arguments)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("USER", "tester")
        .env("HOME", support::program::home())
        .stdin(Stdio::null());
    command
}

async fn scrape_until(address: SocketAddr, wanted: impl Fn(&Scrape) -> bool) -> Scrape {
    let found = eventually(PATIENCE, async || {
        let answer = ask(address, "GET", "/metrics").await?;
        let scrape = Scrape::parse(&answer.body);
        wanted(&scrape).then_some(scrape)
    });
    found.await.expect("not to be read from the metrics")
}

fn expect_complaint(out: &Output, pieces: &[&str]) {
    assert_eq!(out.status.code(), Some(2), "{out:?}");
    assert!(out.stdout.is_empty(), "{out:?}");
    let line = String::from_utf8_lossy(&out.stderr);
    assert_eq!(line.matches('\n').count(), 1, "{line:?}");
    for piece in pieces {
        assert!(line.contains(piece), "no {piece:?}: {line:?}");
    }
}

#[test]
fn an_address_that_cannot_be_had_is_said_with_what_to_do() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = taken.local_addr().unwrap().to_string();
    // Before the server is started, and so at once.
    let demo = ["demo", "--headless", "60", "--metrics-listen"];
    let ask = |address: &str| dlqtop(&[&demo[..], &[address]].concat()).output().unwrap();
    let advice = "another program listens there; choose another port with --metrics-listen";
    expect_complaint(&ask(&address), &[&address, advice]);
    expect_complaint(&ask("192.0.2.1:9464"), &["no such address"]);
    for word in ["9464", "localhost", "127.0.0.1:99999", ""] {
        let out = ask(word);
        assert_eq!(out.status.code(), Some(2), "{word:?}: {out:?}");
    }
    // The environment is asked too.
    let mut by_environment = dlqtop(&demo[..3]);
    by_environment.env("DLQTOP_TELEMETRY__METRICS_LISTEN", &address);
    expect_complaint(&by_environment.output().unwrap(), &[advice]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demo_without_a_screen_is_scraped() {
    let address = free();
    let arguments = [
        "demo",
        "--headless",
        "40",
        "--detect-interval",
        "1s",
        "--metrics-listen",
    ];
    let running = dlqtop(&[&arguments[..], &[&address.to_string()]].concat())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let pending = "tasker_dlq_pending_investigations";
    let runs = "tasker_staleness_detection_runs_total";
    let scrape = scrape_until(address, |scrape| {
        scrape.value(runs, &[("dry_run", "false")]) >= Some(1.0) && scrape.of(pending).count() == 5
    })
    .await;
    let open: f64 = scrape.of(pending).map(|sample| sample.value).sum();
    assert!(open > 0.0, "the demo begins in the middle of an incident");
    let health = get(address, "/health").await.json();
    assert_eq!(health["status"], "ok");
    assert_eq!(health["detector"]["dry_run"], false);
    let process = nix::unistd::Pid::from_raw(i32::try_from(running.id()).unwrap());
    nix::sys::signal::kill(process, nix::sys::signal::Signal::SIGINT).unwrap();
    let out = tokio::task::spawn_blocking(|| running.wait_with_output())
        .await
        .unwrap();
    assert_eq!(out.unwrap().status.code(), Some(130));
}

fn dashboard(db: &Database, address: SocketAddr, more: &[&str]) -> PseudoTerminal {
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_dlqtop"));
    let (url, address) = (db.url(), address.to_string());
    command.args(["--database-url", &url, "--metrics-listen", &address]);
    command.args(more);
    command.env("DLQTOP_LOG", "info");
    PseudoTerminal::start(command, LARGE)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dashboard_counts_its_sweeps_and_what_its_operator_closes() {
    let db = Database::new().await;
    db.template("{}").await;
    let task = db.blocked("card_declined").await;
    let address = free();
    let mut screen = dashboard(&db, address, &["--detect-interval", "1s"]);
    screen.wait_for("· db ");
    let created = "tasker_dlq_entries_created_total";
    let labels = [
        ("dlq_reason", "max_retries_exceeded"),
        ("original_state", "blocked_by_failures"),
    ];
    scrape_until(address, |scrape| {
        scrape.value(created, &labels) == Some(1.0)
    })
    .await;
    screen.wait_for("2 Queue · 1 of 1");

    screen.type_keys("2");
    screen.press_until("U", "Close 1 investigation");
    screen.type_keys("the bank is up again");
    screen.wait_for("the bank is up again");
    screen.type_keys("\r");
    screen.wait_for("press");
    screen.type_keys("y");
    screen.wait_for("Close 1 investigation: 1 done");
    let closed = [
        ("resolution_status", "manually_resolved"),
        ("dlq_reason", "max_retries_exceeded"),
    ];
    let scrape = scrape_until(address, |scrape| {
        scrape.value("tasker_dlq_time_in_queue_hours_count", &closed) == Some(1.0)
    })
    .await;
    let task = task.to_string();
    let labels = scrape
        .samples
        .iter()
        .flat_map(|sample| sample.labels.values());
    assert!(labels.into_iter().all(|value| *value != task));
    screen.type_keys("q");
    assert_eq!(screen.exit_code(), 0);
    // The id is where its number has no bound: in the log.
    let folder = support::program::home().join("dlqtop");
    let logs = std::fs::read_dir(folder).unwrap();
    let mut logs = logs.map(|file| std::fs::read(file.unwrap().path()).unwrap_or_default());
    let named = logs.any(|log| {
        let log = String::from_utf8_lossy(&log);
        let line = log
            .lines()
            .find(|line| line.contains(&task))
            .map(str::to_owned);
        line.is_some_and(|line| line.contains("task swept") && line.contains("blocked_by_failures"))
    });
    assert!(named, "{task} is not in the log");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_program_on_the_port_ends_before_it_takes_the_screen() {
    let db = Database::new().await;
    let address = free();
    let mut first = dashboard(&db, address, &["--detect-dry-run"]);
    first.wait_for("· db ");
    assert_eq!(
        get(address, "/health").await.json()["detector"]["dry_run"],
        true
    );
    for more in [&["--no-detect"][..], &["watch"]] {
        let mut second = dashboard(&db, address, more);
        assert_eq!(second.exit_code(), 2);
        let said = second.raw();
        assert!(said.contains("another program listens there"), "{said:?}");
        assert!(
            !said.contains("\x1b[?1049h"),
            "it took the screen: {said:?}"
        );
    }
    assert_eq!(get(address, "/health").await.status, 200);
    first.type_keys("q");
    assert_eq!(first.exit_code(), 0);
    // It is free again at once.
    let wall = dashboard(&db, address, &["watch"]);
    wall.wait_for("DLQ PENDING");
    let health = get(address, "/health").await.json();
    assert_eq!(health["detector"]["phase"], "off");
    assert_eq!(health["detector"]["off_because"], "the wall only looks");
}
