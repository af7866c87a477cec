//! `dlqtop demo`: it fills the screen, moves, and leaves nothing behind.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use nix::sys::signal::Signal;
use portable_pty::CommandBuilder;
use support::pseudo_terminal::PseudoTerminal;
use support::screens::{LARGE, processes_of};
use support::wait::wait_until;
use tempfile::TempDir;

/// How long the server and its folder may outlive dlqtop.
const GONE_WITHIN: Duration = Duration::from_secs(5);

/// A folder for temporary files that the server's user may enter and whose path is short.
fn temporary() -> TempDir {
    let folder = tempfile::Builder::new().tempdir_in("/tmp").unwrap();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    folder
}

fn is_empty(folder: &Path) -> bool {
    fs::read_dir(folder).unwrap().next().is_none()
}

/// A demo whose server lives in `folder`, waited for until it shows rows.
fn demo(folder: &Path) -> PseudoTerminal {
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_dlqtop"));
    command.args(["demo", "--seed", "3"]);
    command.env("TMPDIR", folder);
    command.env("PATH", support::server::path());
    let screen = PseudoTerminal::start(command, LARGE);
    screen.wait_for("· db ");
    screen
}

fn expect_nothing_left(folder: &Path) {
    let name = folder.to_str().unwrap();
    let gone = wait_until(GONE_WITHIN, || {
        is_empty(folder) && processes_of(name).is_empty()
    });
    assert!(
        gone,
        "left behind: {:?} {:?}",
        fs::read_dir(folder).unwrap().collect::<Vec<_>>(),
        processes_of(name)
    );
}

/// The part of the header that says how old the data is.
fn data_age(screen: &str) -> String {
    let header = screen.lines().next().unwrap_or_default();
    let (_, data) = header.rsplit_once("data ").unwrap_or_default();
    data.to_owned()
}

#[test]
fn the_demo_fills_the_screen_moves_and_leaves_nothing_behind() {
    let folder = temporary();
    let mut screen = demo(folder.path());
    assert!(!is_empty(folder.path()), "its server is somewhere else");
    assert!(!processes_of(folder.path().to_str().unwrap()).is_empty());

    let full = [
        "STALE ",
        "DLQ pending ",
        // a row of each pane
        "✖ stale",
        "capture_payment",
        "age of what is open",
        "archive  ",
    ];
    let shown = screen.wait("row in every pane", |shown| {
        full.iter().all(|piece| shown.contains(piece))
    });
    assert!(!shown.contains("STALE 0 "), "{shown}");
    assert!(!shown.contains("DLQ pending 0 "), "{shown}");
    let before = data_age(&shown);
    screen.wait("newer data", |now| data_age(now) != before);

    screen.type_keys("q");
    assert_eq!(screen.exit_code(), 0);
    assert!(screen.is_restored());
    expect_nothing_left(folder.path());
}

/// The command that the bottom line shows, if it does.
fn shown_command(screen: &str) -> Option<String> {
    let line = screen
        .lines()
        .find(|line| line.contains("dlqtop --database-url"))?;
    let command = &line[line.find("dlqtop --database-url")?..];
    // Without what stands at the right end of the line.
    let end = command.find("   ").unwrap_or(command.len());
    Some(command[..end].to_owned())
}

/// The command has the whole address of a database, and a long folder in it.
const WIDE: (u16, u16) = (240, 45);

#[test]
fn the_command_for_another_terminal_is_shown_again_and_opens_the_same_rows() {
    let folder = temporary();
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_dlqtop"));
    command.args(["demo", "--source", "celery"]);
    command.env("TMPDIR", folder.path());
    command.env("PATH", support::server::path());
    let mut screen = PseudoTerminal::start(command, WIDE);
    screen.wait_for("· db ");
    let greeted = shown_command(&screen.wait_for("from another terminal (:address): "));
    // The next message takes its place.
    screen.type_keys("t");
    screen.wait("another message", |shown| !shown.contains("from another"));
    screen.type_keys(":address\r");
    screen.wait("same command again", |shown| {
        shown.contains("copied: dlqtop") && shown_command(shown) == greeted
    });

    let words = greeted.unwrap();
    let words = words.strip_prefix("dlqtop ").unwrap();
    let program = env!("CARGO_BIN_EXE_dlqtop");
    let out = Command::new("sh")
        .args([
            "-c",
            &format!("{program} {words} queue --json --limit 1000"),
        ])
        .output()
        .unwrap();
    assert!(out.status.success(), "{out:?}");
    let queue: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    // Without its tenant one row would be seen, the one that is nobody's.
    let rows = queue["rows"].as_array().unwrap().len();
    assert!(rows > 10, "{rows} rows");
    screen.type_keys("q");
    assert_eq!(screen.exit_code(), 0);
    expect_nothing_left(folder.path());
}

#[test]
fn a_demo_that_is_killed_or_told_to_end_leaves_nothing_behind() {
    for signal in [Signal::SIGKILL, Signal::SIGTERM] {
        let folder = temporary();
        let mut screen = demo(folder.path());
        assert!(!is_empty(folder.path()), "its server is somewhere else");
        screen.signal(signal);
        let code = screen.exit_code();
        if signal == Signal::SIGTERM {
            assert_eq!(code, 143);
            assert!(screen.is_restored());
        }
        expect_nothing_left(folder.path());
    }
}

#[test]
fn a_demo_without_a_screen_sums_up_what_happened() {
    let folder = temporary();
    let out = Command::new(env!("CARGO_BIN_EXE_dlqtop"))
        .args(["demo", "--headless", "12", "--json"])
        .env("TMPDIR", folder.path())
        .env("PATH", support::server::path())
        .env("XDG_STATE_HOME", env!("CARGO_TARGET_TMPDIR"))
        .output()
        .unwrap();
    assert_eq!(out.status.code(), Some(0), "{out:?}");
    let summary: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    let figure = |name: &str| summary[name].as_i64().unwrap();
    assert!(figure("tasks_completed") > 0, "{summary}");
    assert!(figure("sweeps") >= 1, "{summary}");
    let reasons = summary["dead_letters"].as_object().unwrap();
    assert!(reasons.len() >= 3, "{summary}");
    assert!(
        reasons.values().all(|open| open.as_i64() > Some(0)),
        "{summary}"
    );
    assert!(
        out.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    expect_nothing_left(folder.path());
}
