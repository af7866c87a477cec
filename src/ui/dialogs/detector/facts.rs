//! What a box about the detector says: what would be changed, where and as whom.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::app::App;
use crate::app::action::DetectorAsk;
use crate::app::format::{count_usize, duration_of_minutes, plural, reason, title};
use crate::app::session::Session;
use crate::app::writes::detector::DetectorDialog;
use crate::app::writes::detector::facts::{Facts, UndoPlan};
use crate::data::model::detector::{DetectorState, PreviewRow};
use crate::ui::layout::header::named_by_database;
use crate::ui::widgets::text::{count, cut, cut_name, fit, fit_right, instant, wrap};
use crate::ui::widgets::theme::Theme;

/// What is always seen, and what scrolls.
pub(super) struct Lines {
    pub(super) head: Vec<Line<'static>>,
    pub(super) list: Vec<Line<'static>>,
}

/// What would be changed, where and as whom.
pub(super) fn lines(dialog: &DetectorDialog, app: &App, room: usize, theme: &Theme) -> Lines {
    let place = &app.session;
    let mut head = vec![Line::from(vec![
        Span::styled("on ", theme.muted),
        Span::styled(place.profile.clone(), theme.heading),
        Span::styled(whose(place), theme.muted),
    ])];
    let mut say = |text: &str, style: Style| {
        let lines = wrap(text, room).into_iter();
        head.extend(lines.map(|line| Line::styled(line, style)));
    };
    if let Some(sweep) = &dialog.sweep {
        let now = app.polled.database_now(place.now);
        let when = instant(sweep.started, now, place.view.times);
        let (moved, by) = (count(sweep.moved), sweep.instance.first_line());
        say(&format!("{when}, by {by}: {moved} moved"), theme.text);
        if let Some(by) = &sweep.undone_by {
            let text = format!("{} has undone it already.", by.first_line());
            say(&text, theme.warning);
        }
    }
    say(meaning(dialog.ask), theme.muted);
    let mut list = Vec::new();
    match &dialog.facts {
        Facts::Waiting => say("asking the database…", theme.warning),
        Facts::Failed(why) => say(why, theme.stale),
        Facts::Armed(state) => say(&armed(state, app), theme.text),
        Facts::Preview(rows) => {
            let number = dialog.facts.number().unwrap_or(0);
            let which = match dialog.ask {
                DetectorAsk::Arm => "The first sweep would take",
                _ => "A sweep would take",
            };
            say(
                &format!("{which} {}:", plural(number, "task")),
                theme.heading,
            );
            if !rows.is_empty() {
                head.push(columns(room, theme));
            }
            list.extend(rows.iter().map(|row| preview_line(row, room, theme)));
        }
        Facts::Undo(plan) => list.extend(undo_lines(plan, room, theme)),
    }
    Lines { head, list }
}

/// In which database, if that is not said by the name of the place, and as whom.
fn whose(place: &Session) -> String {
    if named_by_database(place) {
        return format!(" as {}", place.actor);
    }
    format!(" ({}) as {}", place.database, place.actor)
}

const fn meaning(ask: DetectorAsk) -> &'static str {
    match ask {
        DetectorAsk::Arm => {
            "Sweeps act on this database from now on, for everybody: what they take goes to the \
             dead-letter queue, and to error unless its template says otherwise."
        }
        DetectorAsk::Disarm => {
            "Every sweep on this database is dry from now on, for everybody and at once."
        }
        DetectorAsk::ConfirmSweep => {
            "The breaker holds sweeps because so many tasks are due. One sweep within ten minutes may \
             take at most that many."
        }
        DetectorAsk::UndoSweep(_) => {
            "Puts back to work what nobody has touched since, for one full threshold; closes those \
             entries as cancelled; disarms the detector for everybody."
        }
    }
}

/// `armed 2h10m ago by ana: deploy is through`.
fn armed(state: &DetectorState, app: &App) -> String {
    let Some(at) = state.armed_at else {
        return "Whether it is armed is not known.".to_owned();
    };
    let now = app.polled.database_now(app.session.now);
    let when = instant(at, now, app.session.view.times);
    let by = state.armed_by.as_ref();
    let by = by.map_or("somebody", |by| by.first_line());
    let why = state.armed_reason.as_ref();
    let why = why.map_or_else(String::new, |why| format!(": {}", why.first_line()));
    format!("Armed {when} by {by}{why}. {} due now.", count(state.due))
}

/// The widths of the columns in this much room: state, reason, template.
struct Widths {
    state: usize,
    reason: usize,
    template: usize,
}

const TASKS: usize = 6;
const AGE: usize = 7;
/// From this many cells on, states are whole and the version is named.
const FULL: usize = 96;

impl Widths {
    const fn of(room: usize) -> Self {
        let (state, reason) = if room >= FULL { (24, 18) } else { (17, 16) };
        Self {
            state,
            reason,
            template: room.saturating_sub(TASKS + state + reason + AGE + 8),
        }
    }
}

fn columns(room: usize, theme: &Theme) -> Line<'static> {
    let widths = Widths::of(room);
    Line::styled(
        format!(
            "{}  {}  {}  {}  {}",
            fit_right("tasks", TASKS),
            fit("template", widths.template),
            fit("state", widths.state),
            fit("reason", widths.reason),
            fit_right("oldest", AGE),
        ),
        theme.muted,
    )
}

/// `    12  payments/charge_order  waiting_for_retry  staleness  2h12m`.
fn preview_line(row: &PreviewRow, room: usize, theme: &Theme) -> Line<'static> {
    let widths = Widths::of(room);
    let mut template = title(row.namespace.first_line(), row.task_name.first_line());
    if room >= FULL {
        template = format!("{template} {}", row.task_version.first_line());
    }
    let template = cut_name(&template, widths.template);
    let state = row.state.first_line();
    let oldest = row.oldest_minutes.map(duration_of_minutes);
    Line::from(vec![
        Span::styled(fit_right(&count(row.tasks), TASKS), theme.heading),
        Span::styled(format!("  {}", fit(&template, widths.template)), theme.text),
        Span::styled(
            format!("  {}", fit(state, widths.state)),
            theme.state(state),
        ),
        Span::styled(
            format!(
                "  {}",
                fit(reason(row.dlq_reason.first_line()), widths.reason)
            ),
            theme.text,
        ),
        Span::styled(
            format!("  {}", fit_right(&oldest.unwrap_or_default(), AGE)),
            theme.text,
        ),
    ])
}

/// What would become of the tasks of a sweep, one outcome a line.
fn undo_lines(plan: &UndoPlan, room: usize, theme: &Theme) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    let mut add = |number: usize, words: &str, style: Style| {
        if number > 0 {
            let text = format!("{}  {words}", fit_right(&count_usize(number), TASKS));
            lines.push(Line::styled(cut(&text, room), style));
        }
    };
    add(plan.put_back, "put back to work", theme.healthy);
    add(
        plan.entry_closed,
        "entry closed; still at work",
        theme.healthy,
    );
    for (by, number) in &plan.touched {
        let words = format!("left alone: touched since by {by}");
        add(*number, &words, theme.warning);
    }
    let blocked = "left alone: their steps let them do nothing";
    add(plan.blocked, blocked, theme.warning);
    add(plan.gone, "left alone: gone", theme.muted);
    add(plan.busy, "left alone: busy", theme.warning);
    if plan.changes() == 0 {
        let text = "Nothing of this sweep can be put back any more.";
        lines.push(Line::styled(text, theme.warning));
    }
    lines
}
