//! The terminal comes back as it was, however the program ends; and the program ends when its
//! terminal does.

use std::cell::Cell;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::time::Duration;

use dlqtop::ui::terminal;
use nix::sys::signal::Signal;
use support::database::Database;
use support::pseudo_terminal::{PseudoTerminal, is_process_of_its_own};
use support::screens::{LARGE, ROOT, dashboard, process_state};
use support::wait::wait_until;
use tokio_util::sync::CancellationToken;

/// Tells the process that holds a terminal which database to look at.
const HELD_DATABASE: &str = "TEST_HELD_DATABASE";
/// How long dlqtop may go on without its terminal.
const ENDS_WITHIN: Duration = Duration::from_secs(10);
/// What a test process exits with that came to its end in spite of a panic elsewhere.
const WENT_ON: i32 = 7;

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_quits_gives_the_terminal_back() {
    let db = Database::new().await;
    for key in ["q", "\x03"] {
        let mut screen = dashboard(&db, &[], LARGE);
        assert!(!screen.is_restored(), "it never took the terminal");
        screen.type_keys(key);
        assert_eq!(screen.exit_code(), 0, "{key:?}");
        assert!(screen.is_restored(), "{key:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_that_ends_it_gives_the_terminal_back_and_names_itself_in_the_exit_code() {
    let db = Database::new().await;
    let signals = [
        (Signal::SIGTERM, 143),
        (Signal::SIGINT, 130),
        (Signal::SIGHUP, 129),
        (Signal::SIGQUIT, 131),
    ];
    for (signal, code) in signals {
        let mut screen = dashboard(&db, &[], LARGE);
        screen.signal(signal);
        assert_eq!(screen.exit_code(), code, "{signal}");
        assert!(screen.is_restored(), "{signal}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_suspended_the_terminal_is_the_shells_and_afterwards_all_is_drawn_again() {
    let db = Database::new().await;
    let mut screen = dashboard(&db, &[], LARGE);
    screen.wait_for(ROOT);
    for _ in 0..2 {
        screen.signal(Signal::SIGTSTP);
        let process = screen.process();
        let stopped = wait_until(ENDS_WITHIN, || process_state(process) == Some('T'));
        assert!(stopped, "it did not stop");
        assert!(wait_until(ENDS_WITHIN, || screen.is_restored()));
        assert!(!screen.screen().contains(ROOT), "{}", screen.screen());

        screen.signal(Signal::SIGCONT);
        // The parts that change by themselves and those that do not.
        screen.wait("the whole dashboard", |screen| {
            screen.contains("· db ") && screen.contains(ROOT) && screen.contains("1 Staleness")
        });
        assert!(!screen.is_restored());
        screen.type_keys("@");
        screen.wait("log", |screen| {
            screen.contains("Log · what was done") && !screen.contains("1 Staleness")
        });
        screen.type_keys("@");
        screen.wait_for(ROOT);
    }
    screen.type_keys("q");
    assert_eq!(screen.exit_code(), 0);
    assert!(screen.is_restored());
}

/// How many bytes a process has written so far, to whatever it was.
fn written(process: i32) -> u64 {
    let io = std::fs::read_to_string(format!("/proc/{process}/io")).unwrap();
    let bytes = io.lines().find_map(|line| line.strip_prefix("wchar: "));
    bytes.unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_ends_it_even_when_nobody_reads_its_terminal() {
    let db = Database::new().await;
    let arguments = ["--no-detect", "--interval", "1h"];
    let mut screen = dashboard(&db, &arguments, LARGE);
    let process = screen.process();
    screen.stall(true);
    // Each size is a whole frame, until the terminal holds no more.
    let (columns, silent, before) = (Cell::new(160), Cell::new(0), Cell::new(0));
    let full = wait_until(ENDS_WITHIN, || {
        columns.set(if columns.get() == 160 { 250 } else { 160 });
        screen.resize(columns.get(), 45);
        let now = written(process);
        // A thread that wakes another one writes as well, a few bytes.
        let frame = now - before.replace(now) > 200;
        silent.set(if frame { 0 } else { silent.get() + 1 });
        silent.get() > 150
    });
    assert!(full, "it writes on and on");
    screen.signal(Signal::SIGTERM);
    let ended = wait_until(ENDS_WITHIN, || process_state(process) == Some('Z'));
    assert!(ended, "it does not end");
    screen.stall(false);
    assert_eq!(screen.exit_code(), 143);
}

/// Takes the terminal as the dashboard does.
fn take() -> (impl Drop, CancellationToken) {
    let stop = CancellationToken::new();
    terminal::restore_on_panic(stop.clone());
    (terminal::enter().unwrap(), stop)
}

#[test]
#[ignore = "another test starts it, as a process of its own"]
fn panic_on_the_thread_that_draws() {
    if is_process_of_its_own() {
        let _taken = take();
        panic!("the drawing thread panics");
    }
}

#[test]
#[ignore = "another test starts it, as a process of its own"]
fn panic_on_another_thread() {
    if is_process_of_its_own() {
        let (taken, stop) = take();
        let other = std::thread::spawn(|| panic!("another thread panics"));
        assert!(other.join().is_err());
        assert!(stop.is_cancelled(), "nobody is told to stop");
        assert!(terminal::has_panicked());
        drop(taken);
        std::process::exit(WENT_ON);
    }
}

#[test]
fn a_panic_on_any_thread_gives_the_terminal_back_before_it_is_reported() {
    let cases = [
        (
            "panic_on_the_thread_that_draws",
            "the drawing thread panics",
            101,
        ),
        ("panic_on_another_thread", "another thread panics", WENT_ON),
    ];
    for (test, words, code) in cases {
        let path = format!("terminal::{test}");
        let mut screen = PseudoTerminal::this_binary(&path, LARGE);
        let ended = screen.exit_code();
        let raw = screen.raw();
        assert_eq!(i32::try_from(ended).unwrap(), code, "{test}: {raw}");
        assert!(screen.is_restored(), "{test}: {raw:?}");
        let left = raw.find("\x1b[?1049l").unwrap();
        assert!(raw.contains("\x1b[?1049h"), "{test} took no terminal");
        assert!(raw[left..].contains(words), "{test}: {raw:?}");
        assert!(!raw[..left].contains(words), "{test}: {raw:?}");
    }
}

#[test]
#[ignore = "another test starts it, as a process of its own"]
fn hold_a_terminal() {
    if let Ok(url) = std::env::var(HELD_DATABASE) {
        let screen = PseudoTerminal::dlqtop(&["--database-url", &url], LARGE);
        screen.wait_for("· db ");
        let line = format!("{}\n", screen.process());
        std::io::stderr().write_all(line.as_bytes()).unwrap();
        // Until it is killed, and the terminal with it.
        screen.wait("end of the world", |_| false);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_ends_with_its_terminal() {
    let db = Database::new().await;
    let mut holder = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "terminal::hold_a_terminal"])
        .arg("--nocapture")
        .env(HELD_DATABASE, db.url())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(holder.stderr.as_mut().unwrap())
        .read_line(&mut line)
        .unwrap();
    let dlqtop: i32 = line.trim().parse().unwrap();
    assert!(process_state(dlqtop).is_some());
    // As when the terminal's window, or the connection to it, dies.
    holder.kill().unwrap();
    holder.wait().unwrap();
    let ended = wait_until(ENDS_WITHIN, || {
        matches!(process_state(dlqtop), None | Some('Z'))
    });
    assert!(ended, "it lives on as {:?}", process_state(dlqtop));
}
