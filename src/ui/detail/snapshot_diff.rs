//! The task when it was sent to the DLQ, compared with now.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::page::Page;
use crate::app::detail::snapshot_diff::{Comparison, DiffValue, Row, SnapshotDiff, compare};
use crate::ui::widgets::text::{cut, fit, instant, plural, width};
use crate::ui::widgets::theme::Theme;

/// Cells for the names of the rows, and before them for the mark.
const NAMES: usize = 12;
/// A column wider than this is no easier to read.
const WIDEST: usize = 56;
/// Steps that have changed besides the one in the table, before the rest is only counted.
const ALSO: usize = 3;

/// What is said of an entry that was saved without a snapshot.
pub(super) const MISSING: &str = "no snapshot: the entry was saved without one";

/// The mark of a changed line; two cells.
pub(super) const fn differs(theme: &Theme) -> &'static str {
    if theme.ascii { "!=" } else { "≠ " }
}

/// The table, or why there is none.
pub(super) fn lines(page: &Page<'_>) -> Vec<Line<'static>> {
    let theme = page.theme;
    let source = &page.app.session.source;
    if !(source.has("snapshot") && source.has("steps")) {
        return Vec::new();
    }
    let why = match compare(page.detail) {
        SnapshotDiff::Known(known) => return table(&known, page),
        SnapshotDiff::Never => "no snapshot: nobody has sent it to the DLQ".to_owned(),
        SnapshotDiff::TooLarge(size) => format!("the snapshot is too large to compare: {size}"),
        SnapshotDiff::Missing => MISSING.to_owned(),
        SnapshotDiff::Unreadable(why) => format!("the snapshot cannot be read: {why}"),
        SnapshotDiff::Incomparable(why) => format!("the snapshot cannot be compared: {why}"),
    };
    let mut lines = vec![Line::styled("Then and now", theme.focused)];
    lines.extend(page.prose("  ", &why, theme.muted));
    lines.push(Line::default());
    lines
}

fn table(known: &Comparison, page: &Page<'_>) -> Vec<Line<'static>> {
    let theme = page.theme;
    let times = page.app.session.view.times;
    let now = page.app.polled.database_now(page.app.session.now);
    let then = known.taken.map_or_else(
        || "then".to_owned(),
        |at| format!("then ({})", instant(at, now, times)),
    );
    let then = if known.closed {
        format!("{then}, entry closed")
    } else {
        then
    };
    let wide = page.room.saturating_sub(NAMES + 5) / 2;
    let wide = wide.min(WIDEST);
    if known.is_unchanged() {
        return vec![
            Line::from(vec![
                Span::styled("Then and now  ", theme.focused),
                Span::styled(
                    format!(
                        "nothing has changed since {}",
                        then.trim_start_matches("then ")
                    ),
                    theme.healthy,
                ),
            ]),
            Line::default(),
        ];
    }
    let mut lines = vec![Line::from(vec![
        Span::styled(fit("Then and now", NAMES + 3), theme.focused),
        Span::styled(format!("{} ", fit(&then, wide)), theme.heading),
        Span::styled("now", theme.heading),
    ])];
    let shown = known.rows.iter().filter(|row| tells(row));
    lines.extend(shown.map(|row| side_by_side(row, wide, page)));
    for text in known.also.iter().take(ALSO) {
        let text = cut(text, page.room.saturating_sub(3));
        lines.push(marked(true, Span::styled(text, theme.warning), page));
    }
    let rest = known.also.len().saturating_sub(ALSO);
    if rest > 0 {
        let text = format!("{} more: 3 shows the snapshot", plural(rest, "change"));
        lines.push(marked(true, Span::styled(text, theme.warning), page));
    }
    lines.push(Line::default());
    lines
}

/// Whether a row says anything: two times nothing is nothing.
fn tells(row: &Row) -> bool {
    let is_empty = |fact: &DiffValue| matches!(fact, DiffValue::Unknown | DiffValue::Nothing);
    !(is_empty(&row.then) && is_empty(&row.now))
}

fn side_by_side(row: &Row, wide: usize, page: &Page<'_>) -> Line<'static> {
    let theme = page.theme;
    let then = words(&row.then, page);
    let mut now = words(&row.now, page);
    if row.differs && then == now {
        "the same first line, the rest differs".clone_into(&mut now);
    }
    let style = if row.differs {
        theme.warning
    } else {
        theme.text
    };
    let mut line = marked(
        row.differs,
        Span::styled(fit(row.what, NAMES), theme.muted),
        page,
    );
    line.push_span(Span::styled(
        format!("{} ", fit(&then, wide)),
        if row.differs { theme.text } else { theme.muted },
    ));
    let room = page.room.saturating_sub(line.width());
    line.push_span(Span::styled(cut(&now, room), style));
    line
}

/// A line with or without the mark of a changed line.
fn marked(differs_now: bool, text: Span<'static>, page: &Page<'_>) -> Line<'static> {
    let (mark, style) = if differs_now {
        (differs(page.theme), page.theme.warning)
    } else {
        ("  ", Style::new())
    };
    let gap = " ".repeat(3 - width(mark));
    Line::from(vec![Span::styled(mark, style), Span::raw(gap), text])
}

fn words(fact: &DiffValue, page: &Page<'_>) -> String {
    match fact {
        DiffValue::Unknown => "not written down".to_owned(),
        DiffValue::Nothing => "none".to_owned(),
        DiffValue::Text(text) => text.first_line().to_owned(),
        DiffValue::At(at) => instant(
            *at,
            page.app.polled.database_now(page.app.session.now),
            page.app.session.view.times,
        ),
    }
}
