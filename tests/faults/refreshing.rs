//! Row 31: what stands in the box is what is acted upon, however the list changes under it.

use chrono::TimeDelta;
use dlqtop::app::App;
use dlqtop::app::action::{Action, Edit, Mark, Move, Verb};
use dlqtop::app::pane::Pane;
use dlqtop::app::screen::popup::Popup;
use dlqtop::data::messages::command::{Change, Command};
use dlqtop::data::model::{QueueRow, Snapshot};
use fastrand::Rng;
use support::report::Row;
use support::rows::{heard, listed, queued, showing, snapshot};
use uuid::Uuid;

const SCRIPTS: usize = 500;

/// A list that changes as a database's does: rows go, come, move and become something else.
struct Fleet {
    rows: Vec<QueueRow>,
    next: u128,
}

impl Fleet {
    fn new(rng: &mut Rng) -> Self {
        let mut fleet = Self {
            rows: Vec::new(),
            next: 1,
        };
        for _ in 0..rng.usize(3..15) {
            fleet.arrive(rng);
        }
        fleet
    }

    fn arrive(&mut self, rng: &mut Rng) {
        let reason = rng
            .choice(["max_retries_exceeded", "staleness_timeout", "manual_dlq"])
            .unwrap();
        self.rows.push(queued(
            self.next,
            ("pay", "charge"),
            reason,
            rng.f64() * 500.0,
        ));
        self.next += 1;
    }

    fn change(&mut self, rng: &mut Rng) {
        for _ in 0..rng.usize(1..5) {
            match rng.u8(0..5) {
                0 if self.rows.len() < 18 => self.arrive(rng),
                1 if self.rows.len() > 2 => {
                    let gone = rng.usize(..self.rows.len());
                    self.rows.remove(gone);
                }
                2 => rng.shuffle(&mut self.rows),
                _ => {
                    let at = rng.usize(..self.rows.len());
                    let row = &mut self.rows[at];
                    row.version += 1;
                    row.step_state = Some(
                        rng.choice(["error", "pending", "in_progress"])
                            .unwrap()
                            .into(),
                    );
                }
            }
        }
    }

    fn poll(&self) -> Action {
        let total = i64::try_from(self.rows.len()).unwrap();
        heard(Snapshot {
            queue: listed(self.rows.clone(), total),
            ..snapshot()
        })
    }
}

/// The rows that the operator sees chosen: the marked ones, else the one under the cursor.
fn chosen<'r>(app: &App, rows: &'r [QueueRow]) -> Vec<&'r QueueRow> {
    let list = &app.lists.queue;
    if list.marks.is_empty() {
        let at = list.shown().get(list.at());
        return at.map(|at| &rows[*at]).into_iter().collect();
    }
    rows.iter()
        .filter(|row| list.marks.contains(&row.dlq_entry_uuid))
        .collect()
}

/// Each target as an id and what was seen of it.
fn targets(change: &Change) -> Vec<(Uuid, String)> {
    match change {
        Change::Steps(_, all) => all
            .iter()
            .map(|t| (t.step.0, t.seen_state.to_string()))
            .collect(),
        Change::Entries(_, all) => all
            .iter()
            .map(|t| (t.entry.0, t.seen_version.to_string()))
            .collect(),
        Change::Tasks(_, all) => all
            .iter()
            .map(|t| (t.task.0, t.seen_state.to_string()))
            .collect(),
    }
}

/// Whether a target is one of the rows that were chosen, as it was then.
fn was_chosen((id, seen): &(Uuid, String), rows: &[QueueRow]) -> bool {
    rows.iter().any(|row| {
        let step = row.workflow_step_uuid.is_some_and(|step| step.0 == *id)
            && row
                .step_state
                .as_ref()
                .is_some_and(|state| state.as_str() == seen);
        let entry = row.dlq_entry_uuid.0 == *id && row.version.to_string() == *seen;
        step || entry || (row.task_uuid.0 == *id && row.current_state.as_str() == seen)
    })
}

fn refreshed(app: &mut App, fleet: &mut Fleet, rng: &mut Rng) {
    if rng.u8(0..3) > 0 {
        fleet.change(rng);
        let poll = fleet.poll();
        app.update(poll);
        // Keys at once are for the rows before; this one comes sooner or later.
        let later = app.session.now + TimeDelta::milliseconds(rng.i64(0..4_000));
        app.update(Action::Tick(later));
    }
}

/// One script; how many targets were wrong, or none if no box opened.
fn script(rng: &mut Rng) -> Option<usize> {
    let mut fleet = Fleet::new(rng);
    let mut app = showing(snapshot());
    app.update(Action::Focus(Pane::Queue));
    let poll = fleet.poll();
    app.update(poll);
    for _ in 0..rng.usize(0..12) {
        let action = match rng.u8(0..8) {
            0 => Action::Mark(Mark::Cursor),
            1 => Action::Mark(Mark::Range),
            2 if rng.bool() => Action::Mark(Mark::Shown),
            3 => Action::Move(Move::Bottom),
            4 | 5 => Action::Move(Move::Up),
            _ => Action::Move(Move::Down),
        };
        app.update(action);
        refreshed(&mut app, &mut fleet, rng);
    }
    let seen: Vec<QueueRow> = chosen(&app, &fleet.rows).into_iter().cloned().collect();
    let verb = rng
        .choice([
            Verb::Retry,
            Verb::Resolve,
            Verb::Close,
            Verb::Note,
            Verb::Cancel,
        ])
        .unwrap();
    app.update(Action::Ask(verb));
    let Some(Popup::Confirm(asked)) = &app.screen.popup else {
        return None;
    };
    let shown = targets(&asked.plan.change);
    for letter in "because".chars() {
        app.update(Action::Edit(Edit::Insert(letter)));
        refreshed(&mut app, &mut fleet, rng);
    }
    app.update(Action::Accept);
    refreshed(&mut app, &mut fleet, rng);
    let Some(Command::Write(write)) = app.update(Action::ConfirmYes) else {
        panic!(
            "it was agreed to, and nothing came of it: {:?}",
            app.screen.notification
        );
    };
    let acted = targets(&write.change);
    let whole = !matches!(verb, Verb::Close | Verb::Note) || acted.len() == seen.len();
    let strangers = acted
        .iter()
        .filter(|target| !was_chosen(target, &seen))
        .count();
    Some(strangers + usize::from(acted != shown) + usize::from(!whole))
}

#[test]
fn an_act_is_upon_what_the_box_showed_whatever_is_polled_meanwhile() {
    let seed = 31;
    let row = Row::begin("31", seed);
    let mut rng = Rng::with_seed(seed);
    let (mut wrong, mut acted) = (0, 0);
    for number in 0..SCRIPTS {
        if let Some(strange) = script(&mut rng) {
            acted += 1;
            assert_eq!(strange, 0, "seed {seed}, script {number}");
            wrong += strange;
        }
    }
    row.found(
        SCRIPTS,
        format!("wrong-row actions {wrong}; boxes that were agreed to {acted}"),
    );
    assert!(acted > SCRIPTS / 2, "hardly a box was opened");
}
