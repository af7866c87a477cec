//! The log: what operators did from any dashboard, newest first, one's own marked. A bulk run is one line.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::app::App;
use crate::app::screen::operator_log::{LogEntry, LogScreen, ends, subjects};
use crate::data::model::LogRow;
use crate::data::model::safe_text::SafeText;
use crate::ui::widgets::frame::{block, failure, placeholder};
use crate::ui::widgets::table;
use crate::ui::widgets::table::{Cell, Column, Gone, Sheet, Shown, cell, words};
use crate::ui::widgets::text::{instant, plural};
use crate::ui::widgets::theme::Theme;

const COLUMNS: [Column; 8] = [
    words("when", 12, 16, 0),
    words("who", 10, 20, 1),
    words("db user", 7, 16, 6),
    words("did", 12, 18, 0),
    words("to", 18, 48, 2),
    words("from → to", 16, 34, 4),
    words("outcome", 8, 30, 3),
    words("reason", 12, 120, 5),
];

/// Draws the log into `area`.
///
/// ```text
/// ┌ Log · what was done, newest first · ● is ana@lap7 ─────────────────────────────────────────────┐
/// │   when    who      did                to                       outcome           reason        │
/// │▸● 2m ago  ana@lap7 + reset_for_retry  120 × payments/charge…   118 done, 2 changed gateway is up│
/// │   9m ago  bo@desk  close_entry        payments/charge_order    done              dealt with    │
/// └────────────────────────────────────────────────────────────────────────────────────────────────┘
/// ```
pub(super) fn draw(
    frame: &mut Frame<'_>,
    area: Rect,
    app: &App,
    screen: &LogScreen,
    theme: &Theme,
) {
    let held = &app.polled.log;
    // There is an end to what is read: say so.
    let window = if screen.has_more() {
        format!("the newest {}", plural(screen.acts(), "act"))
    } else {
        "newest first".to_owned()
    };
    let title = format!("Log · what was done, {window} · ● is {}", app.session.actor);
    let area = block(frame, area, &title, true, theme);
    let area = failure(frame, area, held.error.as_ref(), theme);
    if held.rows.is_none() {
        return placeholder(frame, area, "waiting for the first answer…", theme);
    }
    let entries = screen.entries();
    if entries.is_empty() {
        return placeholder(frame, area, "nobody has changed anything yet", theme);
    }
    let height = usize::from(area.height.saturating_sub(1));
    let window = screen.cursor.window(&screen.view, height);
    let on_screen = window.rows.clone().zip(&entries[window.rows.clone()]);
    let rows = on_screen.map(|(place, entry)| {
        let row = newest(*entry);
        Shown {
            cells: cells(*entry, screen, app, theme),
            at_cursor: Some(place) == screen.cursor.row(),
            marked: row.actor == app.session.actor.as_str(),
        }
    });
    let sheet = Sheet {
        columns: &COLUMNS,
        rows: rows.collect(),
        focused: true,
        gone: Gone::of(&window, Some("older than what is shown".to_owned())),
    };
    table::draw(frame, area, &sheet, theme);
}

/// The line that stands for a row: of a bulk run its newest.
fn newest(entry: LogEntry<'_>) -> &LogRow {
    match entry {
        LogEntry::Bulk(act) => act.newest(),
        LogEntry::Line(row) => row,
    }
}

fn first_line(safe: Option<&SafeText>) -> &str {
    safe.map_or("", |safe| safe.first_line())
}

/// `pending → complete`.
fn from_to(row: &LogRow) -> String {
    let (before, after) = (row.before.as_ref(), row.after.as_ref());
    format!("{} → {}", first_line(before), first_line(after))
}

fn cells(entry: LogEntry<'_>, screen: &LogScreen, app: &App, theme: &Theme) -> Vec<Cell> {
    let row = newest(entry);
    let did = row.action.first_line();
    let (did, to, states, outcome, all_done) = match entry {
        LogEntry::Bulk(act) => {
            let fold = if screen.is_open(act) { "-" } else { "+" };
            let states = from_to(row);
            let same = act.lines.iter().all(|line| from_to(line) == states);
            (
                format!("{fold} {did}"),
                subjects(act),
                if same { states } else { String::new() },
                ends(act),
                act.ends().done == act.lines.len(),
            )
        }
        LogEntry::Line(_) => {
            let is_inside = row.batch.is_some_and(|batch| screen.is_open_batch(batch));
            (
                format!("{}{did}", if is_inside { "  " } else { "" }),
                row.subject.first_line().to_owned(),
                from_to(row),
                row.outcome.first_line().to_owned(),
                row.outcome == "done",
            )
        }
    };
    let now = app.polled.database_now(app.session.now);
    vec![
        cell(instant(row.at, now, app.session.view.times), theme.muted),
        cell(row.actor.first_line(), theme.text),
        cell(first_line(row.other_user()), theme.muted),
        cell(did, theme.text),
        cell(to, theme.text),
        cell(states, theme.muted),
        cell(outcome, if all_done { theme.healthy } else { theme.stale }),
        cell(first_line(row.reason.as_ref()), theme.text),
    ]
}
