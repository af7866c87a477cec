//! The main loop: the one place where keys, polls, outcomes and time meet.

use std::time::Duration;

use chrono::{DateTime, Utc};
use color_eyre::eyre::{Context as _, OptionExt as _, Result};
use crossterm::event::Event;
use futures_util::StreamExt as _;
use ratatui::Terminal;
use ratatui::backend::Backend;
use ratatui::layout::Rect;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::app::action::{Action, EditedText};
use crate::app::session::profile_switch::Switch;
use crate::data::messages::command::{Command, Report, SwitchTo};
use crate::data::model::LatestPoll;
use crate::detector::status::{Phase, Status};
use crate::keymap::{self, Mode};
use crate::ui::clock::MonotonicClock;
use crate::ui::draw::draw;
use crate::ui::input::editor::Editing;
use crate::ui::input::keyboard::Keys;
use crate::ui::input::terminal_replies::TerminalReplies;
use crate::ui::terminal::{is_blank, lock};
use crate::ui::widgets::theme::Theme;

/// What the loop is joined to. A test supplies all of it.
pub struct LoopDeps {
    /// The newest poll. If its sender is dropped, the loop ends with an error.
    pub polls: watch::Receiver<LatestPoll>,
    /// What the detector is doing. If its sender is dropped, the header says so.
    pub detector: watch::Receiver<Status>,
    /// How writes stand and what became of them. If its sender is dropped, the loop ends with an error; the wall,
    /// which writes nothing, must keep a sender too.
    pub reports: mpsc::Receiver<Report>,
    /// Where commands go. Full is news, not a reason to wait.
    pub commands: mpsc::Sender<Command>,
    /// Cancelled when the program should end, as by a signal.
    pub stop: CancellationToken,
    /// How it looks.
    pub theme: Theme,
    /// The time.
    pub clock: fn() -> DateTime<Utc>,
    /// Which profile's database is to be looked at.
    pub turn: mpsc::Sender<SwitchTo>,
    /// Whether it can be used: its name, or why not.
    pub turned: mpsc::Receiver<Result<SwitchTo, String>>,
    /// Puts text on the clipboard: [`osc52`](crate::ui::input::clipboard::osc52) outside of tests.
    pub copy: Box<dyn FnMut(&str) + Send>,
    /// Lets the operator edit a text: [`open`](crate::ui::input::editor::open) outside of tests.
    pub edit: Box<dyn FnMut(String) -> Editing + Send>,
}

/// What the loop woke for.
#[expect(
    clippy::large_enum_variant,
    reason = "there is one at a time, and it is handed on at once"
)]
enum LoopEvent {
    Act(Action),
    /// A second passed.
    Second,
    /// The screen has another size, or was covered.
    Redraw,
    Nothing,
    End,
}

/// The loop's own state.
struct EventLoop<K> {
    keys: K,
    deps: LoopDeps,
    replies: TerminalReplies,
    steady: MonotonicClock,
    detector_lives: bool,
    /// A text that is in the operator's editor: until it has ended, the terminal is not ours.
    editing: Option<Editing>,
}

/// Runs until the operator quits or `stop` is cancelled.
///
/// # Errors
///
/// If the terminal cannot be read or drawn to, or a data task has died.
pub async fn run<B>(
    terminal: &mut Terminal<B>,
    keys: impl Keys,
    deps: LoopDeps,
    app: &mut App,
) -> Result<()>
where
    B: Backend,
    B::Error: Send + Sync + 'static,
{
    let mut seconds = interval(Duration::from_secs(1));
    seconds.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut event_loop = EventLoop {
        keys,
        deps,
        replies: TerminalReplies::default(),
        steady: MonotonicClock::default(),
        detector_lives: true,
        editing: None,
    };
    let mut dirty = true;
    event_loop.begin(app);

    while !app.screen.quitting && !matches!(app.session.switch, Switch::Ready(_)) {
        if event_loop.editing.is_none() && std::mem::take(&mut dirty) {
            show(terminal, app, &event_loop.deps.theme).wrap_err("draw the screen")?;
        }
        match event_loop.next_event(&mut seconds, app).await? {
            LoopEvent::Act(action) => {
                // Rows that came within the last second are distinguished from older ones.
                event_loop.tick(app);
                event_loop.act(app, action);
            }
            LoopEvent::Second => event_loop.tick(app),
            LoopEvent::Redraw => {}
            LoopEvent::Nothing => continue,
            LoopEvent::End => break,
        }
        dirty = true;
    }
    Ok(())
}

impl<K: Keys> EventLoop<K> {
    /// Waits for something to happen.
    async fn next_event(&mut self, seconds: &mut Interval, app: &App) -> Result<LoopEvent> {
        let Self {
            keys,
            deps,
            replies,
            steady,
            detector_lives,
            editing,
        } = self;
        // Keys first: a flood of polls must never make the program feel stuck.
        let woken = tokio::select! {
            biased;
            () = deps.stop.cancelled() => LoopEvent::End,
            event = keys.next(), if editing.is_none() => match event {
                Some(event) => pressed(&event.wrap_err("read the keyboard")?, replies, app),
                None => LoopEvent::End,
            },
            written = editor_closed(editing.as_mut()) => {
                *editing = None;
                keys.resume();
                LoopEvent::Act(Action::EditorClosed(written))
            }
            report = deps.reports.recv() => {
                LoopEvent::Act(match report.ok_or_eyre("the command task has stopped")? {
                    Report::Progress(progress) => Action::Progress(progress),
                    Report::Ended(outcome) => Action::WriteFinished(outcome),
                    Report::Decided(outcome) => Action::Decided(outcome),
                    Report::Answer(answer) => Action::QueryAnswered(answer),
                    Report::Unfinished(runs) => Action::Interrupted(runs),
                    Report::Message(what) => Action::Message(what),
                })
            }
            changed = deps.polls.changed() => {
                changed.wrap_err("the polling task has stopped")?;
                let latest = deps.polls.borrow_and_update().clone();
                latest.map_or(LoopEvent::Nothing, |heard| LoopEvent::Act(Action::Polled(heard)))
            }
            changed = deps.detector.changed(), if *detector_lives => {
                *detector_lives = changed.is_ok();
                LoopEvent::Act(Action::Detector(status(&mut deps.detector, *detector_lives, steady)))
            }
            Some(answer) = deps.turned.recv() => LoopEvent::Act(Action::SwitchChecked(answer)),
            _ = seconds.tick() => LoopEvent::Second,
        };
        Ok(woken)
    }

    /// Tells `app` what is known already, and asks for what it has open.
    fn begin(&mut self, app: &mut App) {
        self.tick(app);
        let status = status(&mut self.deps.detector, true, &self.steady);
        self.act(app, Action::Detector(status));
        let latest = self.deps.polls.borrow_and_update().clone();
        if let Some(heard) = latest {
            self.act(app, Action::Polled(heard));
        }
        if let Some(task) = app.following() {
            self.carry_out(app, Command::Follow(Some(task)));
        }
    }

    /// Tells the time to go by, and if the clock was set back since, by how much it differs from
    /// that.
    fn tick(&mut self, app: &mut App) {
        let before = self.steady.offset();
        let now = self.steady.now((self.deps.clock)(), Instant::now());
        if self.steady.offset() != before {
            self.act(app, Action::ClockStepped(self.steady.offset()));
        }
        self.act(app, Action::Tick(now));
    }

    fn act(&mut self, app: &mut App, action: Action) {
        if let Some(command) = app.update(action) {
            self.carry_out(app, command);
        }
    }

    /// Hands a command on. Never waits for the database.
    fn carry_out(&mut self, app: &mut App, command: Command) {
        match command {
            Command::Copy(text) => (self.deps.copy)(&text),
            Command::Edit(text) => {
                self.keys.pause();
                self.editing = Some((self.deps.edit)(text));
            }
            Command::Switch(to) => {
                if self.deps.turn.try_send(to.clone()).is_err() {
                    app.update(Action::CommandRejected(Command::Switch(to)));
                }
            }
            // A closed channel is noticed by the next `recv` of reports, with a better sentence.
            command => {
                if let Err(TrySendError::Full(command)) = self.deps.commands.try_send(command) {
                    app.update(Action::CommandRejected(command));
                }
            }
        }
    }
}

/// Waits for the editor's end; for ever if there is none.
async fn editor_closed(editing: Option<&mut Editing>) -> EditedText {
    match editing {
        Some(editing) => editing.await,
        None => std::future::pending().await,
    }
}

/// Draws a frame: what has changed since the last one, or all of it if that one is gone.
fn show<B: Backend>(terminal: &mut Terminal<B>, app: &App, theme: &Theme) -> Result<(), B::Error> {
    let _ours = lock();
    if is_blank() {
        // Forgets what was drawn. Not `clear`: that asks the terminal for its cursor, and the
        // answer would arrive among the keys.
        let size = terminal.size()?;
        terminal.resize(Rect::from(size))?;
    }
    terminal.draw(|frame| draw(frame, app, theme))?;
    Ok(())
}

fn pressed(event: &Event, replies: &mut TerminalReplies, app: &App) -> LoopEvent {
    if matches!(event, Event::Resize(..) | Event::FocusGained) {
        return LoopEvent::Redraw;
    }
    if replies.swallow(event, Instant::now()) {
        return LoopEvent::Nothing;
    }
    keymap::action(event, Mode::of(app)).map_or(LoopEvent::Nothing, LoopEvent::Act)
}

/// What the detector last said, in the time that `app` goes by; if its task has died, that.
fn status(detector: &mut watch::Receiver<Status>, lives: bool, steady: &MonotonicClock) -> Status {
    let mut status = detector.borrow_and_update().clone();
    // It goes by the clock as it is.
    status.next_sweep = status.next_sweep.map(|at| at + steady.offset());
    if !lives && status.phase != Phase::Off {
        status.phase = Phase::Failing("the detector task has stopped".into());
        status.next_sweep = None;
    }
    status
}
