//! The real loop, with a scripted keyboard and a screen in memory.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use color_eyre::eyre::Result;
use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use dlqtop::app::App;
use dlqtop::data::messages::command::{Change, Command, Report};
use dlqtop::data::model::{LatestPoll, PollResult};
use dlqtop::detector::status::Status;
use dlqtop::ui::input::keyboard::Keys;
use dlqtop::ui::run::{LoopDeps, run};
use dlqtop::ui::widgets::theme::Theme;
use futures_util::{Stream, StreamExt as _, stream};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use support::rows::{entry_id, noon, place, snapshot, step_id, task_id};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

/// The other ends of the wiring.
struct World {
    polls: watch::Sender<LatestPoll>,
    detector: watch::Sender<Status>,
    outcomes: mpsc::Sender<Report>,
    commands: mpsc::Receiver<Command>,
    stop: CancellationToken,
    copied: Arc<Mutex<Vec<String>>>,
}

fn world(room: usize) -> (World, LoopDeps) {
    let first = Some(PollResult::Snapshot(Arc::new(snapshot())));
    let (polls, heard) = watch::channel(first);
    let (detector, status) = watch::channel(Status::default());
    let (outcomes, ended) = mpsc::channel(8);
    let (asked, commands) = mpsc::channel(room);
    let stop = CancellationToken::new();
    let copied = Arc::new(Mutex::new(Vec::new()));
    let clipboard = Arc::clone(&copied);
    let wiring = LoopDeps {
        polls: heard,
        detector: status,
        reports: ended,
        commands: asked,
        stop: stop.clone(),
        theme: Theme::DARK,
        clock: noon,
        turn: mpsc::channel(1).0,
        turned: mpsc::channel(1).1,
        copy: Box::new(move |text| clipboard.lock().unwrap().push(text.to_owned())),
        edit: Box::new(|_| Box::pin(std::future::pending())),
    };
    (
        World {
            polls,
            detector,
            outcomes,
            commands,
            stop,
            copied,
        },
        wiring,
    )
}

fn key(code: KeyCode) -> Event {
    Event::Key(KeyEvent::new(code, KeyModifiers::NONE))
}

/// Keys as they are written: letters, and `\n` for Enter, `\t` for Tab, `\x1b` for Esc.
fn keys(script: &str) -> Vec<io::Result<Event>> {
    let one = |c| match c {
        '\n' => key(KeyCode::Enter),
        '\t' => key(KeyCode::Tab),
        '\x1b' => key(KeyCode::Esc),
        c => key(KeyCode::Char(c)),
    };
    script.chars().map(|c| Ok(one(c))).collect()
}

/// A keyboard that nobody else reads.
struct Script<S>(S);

impl<S: Stream<Item = io::Result<Event>> + Unpin> Stream for Script<S> {
    type Item = io::Result<Event>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut self.0).poll_next(cx)
    }
}

impl<S: Stream<Item = io::Result<Event>> + Unpin> Keys for Script<S> {
    fn pause(&mut self) {}
    fn resume(&mut self) {}
}

/// Runs the loop over `events` and returns the app and the screen as they were at the end.
async fn play(
    events: impl Stream<Item = io::Result<Event>> + Unpin,
    wiring: LoopDeps,
    mut app: App,
) -> (Result<()>, App, String) {
    let mut terminal = Terminal::new(TestBackend::new(100, 30)).unwrap();
    let ended = run(&mut terminal, Script(events), wiring, &mut app).await;
    let screen = terminal.backend().to_string();
    (ended, app, screen)
}

fn all(commands: &mut mpsc::Receiver<Command>) -> Vec<Command> {
    std::iter::from_fn(|| commands.try_recv().ok()).collect()
}

#[tokio::test]
async fn what_is_known_already_is_on_the_first_frame_and_q_leaves() {
    let (_world, wiring) = world(8);
    let (ended, app, screen) = play(stream::iter(keys("jq")), wiring, App::new(place())).await;
    ended.unwrap();
    assert!(app.screen.quitting);
    assert!(screen.contains("payments/charge_order"), "{screen}");
}

#[tokio::test]
async fn a_retry_from_the_keyboard() {
    let (mut world, wiring) = world(8);
    let script = keys("2jRgateway is back\nyq");
    let (ended, ..) = play(stream::iter(script), wiring, App::new(place())).await;
    ended.unwrap();
    match all(&mut world.commands).as_slice() {
        [Command::Write(write)] => {
            assert_eq!(write.reason, "gateway is back");
            let Change::Steps(_, targets) = &write.change else {
                panic!()
            };
            assert_eq!(targets[0].step, step_id(12));
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_task_named_at_the_start_is_followed() {
    let (mut world, wiring) = world(8);
    let mut app = App::new(place());
    app.open_task(task_id(12));
    let (ended, ..) = play(stream::iter(keys("\x1bq")), wiring, app).await;
    ended.unwrap();
    let asked = all(&mut world.commands);
    assert_eq!(
        asked,
        [Command::Follow(Some(task_id(12))), Command::Follow(None)]
    );
}

#[tokio::test]
async fn copying_goes_to_the_clipboard_and_not_to_the_database() {
    let (mut world, wiring) = world(8);
    let (ended, ..) = play(stream::iter(keys("2yq")), wiring, App::new(place())).await;
    ended.unwrap();
    assert_eq!(*world.copied.lock().unwrap(), [entry_id(11).to_string()]);
    assert!(all(&mut world.commands).is_empty());
}

#[tokio::test]
async fn pasted_text_is_text_or_nothing() {
    let (mut world, wiring) = world(8);
    let mut script = vec![Ok(Event::Paste("RX\nyq".to_owned()))];
    script.extend(keys("2jR"));
    script.push(Ok(Event::Paste("one\ny\n".to_owned())));
    let (ended, app, screen) = play(stream::iter(script), wiring, App::new(place())).await;
    ended.unwrap();
    assert!(!app.screen.quitting, "the keyboard ended, nobody pressed q");
    assert!(screen.contains("one y"), "{screen}");
    assert!(all(&mut world.commands).is_empty());
}

#[tokio::test]
async fn a_terminals_reply_is_not_typing() {
    let (mut world, wiring) = world(8);
    let mut script = vec![Ok(Event::Key(KeyEvent::new(
        KeyCode::Char(']'),
        KeyModifiers::ALT,
    )))];
    script.extend(keys("11;rgb:R/X/q"));
    script.push(Ok(Event::Key(KeyEvent::new(
        KeyCode::Char('\\'),
        KeyModifiers::ALT,
    ))));
    let (ended, app, _) = play(stream::iter(script), wiring, App::new(place())).await;
    ended.unwrap();
    assert!(!app.screen.quitting && app.screen.popup.is_none());
    assert!(all(&mut world.commands).is_empty());
}

#[tokio::test]
async fn a_full_queue_is_news_and_not_a_reason_to_wait() {
    let (mut world, wiring) = world(1);
    let script = keys("2rrjRbecause\ny");
    let (ended, app, screen) = play(stream::iter(script), wiring, App::new(place())).await;
    ended.unwrap();
    assert_eq!(all(&mut world.commands), [Command::PollNow]);
    assert!(screen.contains("not sent"), "{screen}");
    assert!(app.screen.popup.is_none());
}

#[tokio::test]
async fn ctrl_c_leaves_from_anywhere() {
    let (_world, wiring) = world(8);
    let mut script = keys("2jRhalf a rea");
    script.push(Ok(Event::Key(KeyEvent::new(
        KeyCode::Char('c'),
        KeyModifiers::CONTROL,
    ))));
    let (ended, app, _) = play(stream::iter(script), wiring, App::new(place())).await;
    ended.unwrap();
    assert!(app.screen.quitting);
}

#[tokio::test]
async fn a_signal_ends_the_loop_in_peace() {
    let (world, wiring) = world(8);
    world.stop.cancel();
    let (ended, app, _) = play(stream::pending(), wiring, App::new(place())).await;
    ended.unwrap();
    assert!(!app.screen.quitting);
}

#[tokio::test]
async fn a_dead_task_ends_the_loop_with_a_sentence() {
    let (world, wiring) = world(8);
    drop(world.polls);
    let (ended, ..) = play(stream::pending(), wiring, App::new(place())).await;
    assert_eq!(
        ended.unwrap_err().to_string(),
        "the polling task has stopped"
    );

    let (world, wiring) = self::world(8);
    drop(world.outcomes);
    let (ended, ..) = play(stream::pending(), wiring, App::new(place())).await;
    assert_eq!(
        ended.unwrap_err().to_string(),
        "the command task has stopped"
    );
}

/// Ends when every other task has nothing left to do but wait. In a test that is started paused,
/// time stands still until then and jumps, so nothing is slept through; `millis` is how far.
async fn all_else_is_heard(millis: u64) {
    let later = tokio::time::Instant::now() + Duration::from_millis(millis);
    tokio::time::sleep_until(later).await;
}

/// Seconds by which the clock of the next test has been set back.
static SET_BACK: AtomicI64 = AtomicI64::new(0);

fn settable() -> DateTime<Utc> {
    noon() - TimeDelta::seconds(SET_BACK.load(Ordering::Relaxed))
}

#[tokio::test(start_paused = true)]
async fn a_clock_set_back_stops_neither_time_nor_the_detectors_countdown() {
    let (world, mut wiring) = world(8);
    wiring.clock = settable;
    let (detector, stop) = (world.detector.clone(), world.stop.clone());
    let events = stream::once(async move {
        SET_BACK.store(3_600, Ordering::Relaxed);
        all_else_is_heard(1_200).await;
        detector.send_replace(Status {
            next_sweep: Some(settable() + TimeDelta::seconds(90)),
            ..Status::default()
        });
        all_else_is_heard(50).await;
        stop.cancel();
        Ok(key(KeyCode::Null))
    })
    .chain(stream::pending())
    .boxed();
    let (ended, app, _) = play(events, wiring, App::new(place())).await;
    ended.unwrap();
    let passed = app.session.now - noon();
    assert!(passed >= TimeDelta::milliseconds(900), "{passed}");
    assert_eq!(
        app.session.clock().format("%H").to_string(),
        "11",
        "as it was set"
    );
    let left = app.polled.detector.next_sweep.unwrap() - app.session.now;
    assert!((80..=90).contains(&left.num_seconds()), "{left}");
}

#[tokio::test(start_paused = true)]
async fn a_dead_detector_is_shown_and_the_loop_goes_on() {
    let (world, wiring) = world(8);
    world.detector.send_replace(Status {
        phase: dlqtop::detector::status::Phase::Waiting,
        ..Status::default()
    });
    drop(world.detector);
    let stop = world.stop.clone();
    let events = stream::once(async move {
        all_else_is_heard(50).await;
        stop.cancel();
        Ok(key(KeyCode::Null))
    })
    .chain(stream::pending())
    .boxed();
    let (ended, _, screen) = play(events, wiring, App::new(place())).await;
    ended.unwrap();
    assert!(screen.contains("detector failing"), "{screen}");
}

#[tokio::test]
async fn a_broken_keyboard_is_an_error_and_a_closed_one_is_the_end() {
    let (_world, wiring) = world(8);
    let broken = stream::iter([Err(io::Error::other("the terminal is gone"))]);
    let (ended, ..) = play(broken, wiring, App::new(place())).await;
    assert_eq!(ended.unwrap_err().to_string(), "read the keyboard");

    let (_world, wiring) = world(8);
    let (ended, app, _) = play(stream::iter([]), wiring, App::new(place())).await;
    ended.unwrap();
    assert!(!app.screen.quitting);
}
