//! The two lines at the bottom: the news or the filter being typed, and the keys that work here.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::app::App;
use crate::app::format::{error_line, reason_in_words};
use crate::app::lists::filter::{Filter, NOT_KEPT};
use crate::app::pane::Pane;
use crate::app::text_input::TextInput;
use crate::data::model::QueueRow;
use crate::keymap::{self, Mode};
use crate::ui::panes::entry::closing_hint;
use crate::ui::widgets::frame::SMALLEST;
use crate::ui::widgets::frame::draw_lines;
use crate::ui::widgets::text::{cut, duration, plural, tail, width, wrap};
use crate::ui::widgets::theme::Theme;

/// The lines it wants: a notice too long for one line has two, above the keys.
pub(in crate::ui) fn height(app: &App, width: u16) -> u16 {
    let long = app
        .screen
        .notification
        .as_ref()
        .filter(|_| !app.lists.filtering && !app.is_searching());
    let long = long.is_some_and(|notice| {
        notice_lines(&notice.text, news_room(app, width), usize::from(width)).len() > 1
    });
    2 + u16::from(long)
}

/// Draws as many of its lines as `area` has; news before keys.
pub(in crate::ui) fn draw(frame: &mut Frame<'_>, area: Rect, app: &App, theme: &Theme) {
    if area.height == 0 {
        return;
    }
    let top = Rect {
        height: area.height.saturating_sub(1).max(1),
        ..area
    };
    let typing = app.lists.filtering || app.is_searching();
    let has_news = app.screen.notification.is_some() || app.polled.unreachable.is_some() || typing;
    if area.height >= 2 || has_news {
        draw_news(frame, top, app, theme);
    }
    if area.height >= 2 || !has_news {
        let bottom = Rect {
            y: area.bottom() - 1,
            height: 1,
            ..area
        };
        let screen = frame.area();
        // Where no pane can be seen, nothing should invite to change what is in it.
        let looking = screen.width < SMALLEST.0 || screen.height < SMALLEST.1;
        let looking = looking || app.session.access.read_only().is_some();
        frame.render_widget(hints(app, looking, bottom.width, theme), bottom);
    }
}

fn news_room(app: &App, wide: u16) -> usize {
    usize::from(wide).saturating_sub(width(&selection(app)) + 3)
}

fn draw_news(frame: &mut Frame<'_>, area: Rect, app: &App, theme: &Theme) {
    let right = selection(app);
    let room = news_room(app, area.width);
    let line = Rect { height: 1, ..area };
    if app.lists.filtering && app.screen.popup.is_none() {
        draw_filter(frame, line, room, app, theme);
    } else if app.is_searching() {
        draw_search(frame, line, room, app, theme);
    } else {
        let (text, style) = news(app, theme);
        let lines = if area.height > 1 {
            notice_lines(&text, room, usize::from(area.width))
        } else {
            vec![cut(&text, room)]
        };
        let lines = lines.into_iter();
        let lines = lines.map(|text| Line::styled(format!(" {text}"), style));
        draw_lines(frame, area, lines);
    }
    if usize::from(area.width) > width(&right) + 12 {
        frame.render_widget(
            Line::styled(format!("{right} "), theme.text).right_aligned(),
            line,
        );
    }
}

/// News in at most two lines; the second has the whole width.
fn notice_lines(text: &str, room: usize, wide: usize) -> Vec<String> {
    let mut lines = wrap(text, room);
    if lines.len() > 1 {
        let rest = lines.split_off(1).join(" ");
        lines.push(cut(&rest, wide.saturating_sub(2)));
    }
    lines
}

fn news(app: &App, theme: &Theme) -> (String, Style) {
    if let Some(notice) = &app.screen.notification {
        (notice.text.clone(), theme.tone(notice.tone))
    } else if let Some(lost) = &app.polled.unreachable {
        // Which of two servers it is must be plain.
        let which = app.session.read_replica.as_ref();
        let which = which.map_or_else(String::new, |at| format!("replica {at}: "));
        (format!("✖ {which}{}", lost.why), theme.stale)
    } else if let Some(error) = &app.polled.counts.error {
        (format!("✖ {}", error.one_line()), theme.stale)
    } else {
        (under_cursor(app), theme.muted)
    }
}

/// The error of the row under the cursor, for which its column is seldom wide enough.
fn under_cursor(app: &App) -> String {
    if app.detail.is_some() || app.screen.operator_log.is_some() {
        return String::new();
    }
    let (step, error, reason) = match app.lists.focus {
        Pane::Staleness => match app.lists.staleness.selected(app.polled.stale()) {
            Some(row) if row.age_suspect => {
                let why = "impossible age: a clock was wrong when it was written";
                let native = app.session.source.is_native();
                let sweep = if native { "; no sweep takes it" } else { "" };
                return format!("{why}{sweep}");
            }
            Some(row) => (
                &row.blocking_step,
                &row.blocking_error,
                "no error".to_owned(),
            ),
            None => return String::new(),
        },
        Pane::Queue => match app.lists.entry_at_cursor(&app.polled) {
            Some(row) if closing_hint(row, app).is_some() => {
                return closing_hint(row, app).unwrap_or_default();
            }
            Some(row) if row.owner.is_some() => return in_hands(row, app),
            Some(row) => {
                let reason = reason_in_words(row.dlq_reason.first_line());
                (&row.step_name, &row.current_error, reason)
            }
            None => return String::new(),
        },
        Pane::Workers => return app.lists.worker_in_words(&app.polled),
        Pane::Queues => return app.lists.queue_in_words(&app.polled),
        Pane::Stats => return String::new(),
    };
    let steps = app.session.source.has("steps");
    match (step, error) {
        (Some(step), Some(error)) => format!("{step}: {}", error_line(error)),
        (None, Some(error)) => error_line(error),
        (Some(step), None) if steps => format!("{step}: {reason}"),
        (Some(step), None) => step.to_string(),
        (None, None) => String::new(),
    }
}

/// `owned by bob, 12m left · charge_card: card_declined`.
fn in_hands(row: &QueueRow, app: &App) -> String {
    let owner = row.owner.as_ref().map_or("", |owner| owner.first_line());
    let mut words = format!("owned by {owner}");
    if let Some(until) = row.owned_until {
        let left = (until - app.polled.database_now(app.session.now))
            .as_seconds_f64()
            .max(0.0);
        words = format!("{words}, {} left", duration(left));
    }
    let step = row
        .step_name
        .as_ref()
        .map(|step| step.first_line().to_owned());
    let error = row.current_error.as_ref().map(error_line);
    for text in [step, error].into_iter().flatten() {
        words = format!("{words} · {text}");
    }
    words
}

/// The filter, its cursor, and what is wrong with it right where it is wrong.
fn draw_filter(frame: &mut Frame<'_>, area: Rect, room: usize, app: &App, theme: &Theme) {
    let filter = match app.lists.focus {
        Pane::Queue => &app.lists.queue.filter,
        Pane::Workers => &app.lists.workers.filter,
        Pane::Queues => &app.lists.queues.filter,
        Pane::Staleness | Pane::Stats => &app.lists.staleness.filter,
    };
    let told = match &filter.error {
        Some(error) => {
            // Enter was pressed, and this is why nothing came of it.
            let refused = (app.screen.notification.as_ref())
                .is_some_and(|news| news.text.starts_with(NOT_KEPT));
            let not_kept = if refused { NOT_KEPT } else { "" };
            let text = format!("   ↑ {not_kept}{}", complaint(filter, &error.message));
            Span::styled(text, theme.stale)
        }
        None => Span::styled("   Enter keeps · Esc clears", theme.muted),
    };
    draw_typed(
        frame,
        area,
        room,
        Typed {
            field: &filter.field,
            slash: theme.focused,
        },
        told,
    );
}

/// The search of a snapshot, its cursor, and how many lines have it.
fn draw_search(frame: &mut Frame<'_>, area: Rect, room: usize, app: &App, theme: &Theme) {
    let Some(screen) = &app.detail else { return };
    let Some(search) = &screen.tree.search else {
        return;
    };
    let told = match screen.tree.match_at() {
        _ if search.field.text().is_empty() => Span::styled(
            "   type to search keys and values · Esc ends the search",
            theme.muted,
        ),
        Some((at, all)) if all > 0 => Span::styled(format!("   {at} of {all}"), theme.muted),
        _ => Span::styled("   no match", theme.stale),
    };
    draw_typed(
        frame,
        area,
        room,
        Typed {
            field: &search.field,
            slash: theme.focused,
        },
        told,
    );
}

/// A line being typed, and the style of the slash before it.
#[derive(Clone, Copy)]
struct Typed<'a> {
    field: &'a TextInput,
    slash: Style,
}

/// A line being typed, its cursor, and a word on it.
fn draw_typed(
    frame: &mut Frame<'_>,
    area: Rect,
    room: usize,
    typed: Typed<'_>,
    told: Span<'static>,
) {
    let Typed { field, slash } = typed;
    let (before, after) = field.around_cursor();
    let before = tail(&before.to_string(), room.saturating_sub(2));
    let column = 2 + width(&before);
    let line = vec![
        Span::styled(" /", slash),
        Span::raw(before),
        Span::raw(after.to_string()),
        told,
    ];
    frame.render_widget(
        Line::from(line),
        Rect {
            width: area.width.min(u16::try_from(room + 2).unwrap_or(u16::MAX)),
            ..area
        },
    );
    let x = area.x
        + u16::try_from(column)
            .unwrap_or(u16::MAX)
            .min(area.width.saturating_sub(1));
    frame.set_cursor_position(Position { x, y: area.y });
}

/// `at "age>2x": an age looks like …`.
fn complaint(filter: &Filter, message: &str) -> String {
    let at = filter.error.as_ref().map_or(0, |error| error.at);
    let rest = filter.word_at(at);
    let place = crate::data::model::safe_text::SafeText::new(&rest);
    if rest.is_empty() {
        message.to_owned()
    } else {
        format!("{place}: {message}")
    }
}

/// What is marked and how much is shown of how much.
fn selection(app: &App) -> String {
    if app.detail.is_some() || app.screen.operator_log.is_some() {
        return String::new();
    }
    let mut parts = Vec::new();
    if app.lists.marked() > 0 {
        parts.push(format!("{} marked", app.lists.marked()));
    }
    let in_range = match app.lists.focus {
        Pane::Staleness => app.lists.staleness.in_range(),
        Pane::Queue => app.lists.queue.in_range(),
        Pane::Stats | Pane::Workers | Pane::Queues => false,
    };
    if in_range {
        parts.push("range".to_owned());
    }
    parts.extend(app.lists.counted(app.lists.focus, &app.polled));
    parts.join(" · ")
}

/// `Enter open  / filter  R retry …`, as many as fit; whatever happens, `? help` is among them.
fn hints(app: &App, looking: bool, room: u16, theme: &Theme) -> Line<'static> {
    let mut all: Vec<(String, &str)> =
        keymap::hints(Mode::of(app), looking, &app.session.source).collect();
    let wide = |hints: &[(String, &str)]| -> usize {
        hints
            .iter()
            .map(|(key, word)| width(key) + width(word) + 3)
            .sum()
    };
    while wide(&all) > usize::from(room) && all.len() > 1 {
        let last = all.len() - 2; // the last one is the way to all the others
        all.remove(last);
    }
    let mut spans = vec![Span::raw(" ")];
    for (key, word) in all {
        spans.push(Span::styled(key, theme.focused));
        spans.push(Span::styled(format!(" {word}  "), theme.muted));
    }
    Line::from(spans)
}

/// One line for a terminal too small for panes.
pub(in crate::ui) fn summary(app: &App, room: usize, theme: &Theme) -> Line<'static> {
    let Some(counts) = app.polled.counts.rows.as_deref() else {
        return Line::styled(cut("waiting for the first answer…", room), theme.muted);
    };
    let style = if counts.stale > 0 {
        theme.stale
    } else {
        theme.text
    };
    let late = format!("{} stale", crate::ui::widgets::text::count(counts.stale));
    let words = app.session.words();
    let pending = crate::ui::widgets::text::count(counts.pending);
    let queue = if words.backlog(false) == "DLQ" {
        format!("{pending} in the DLQ")
    } else {
        format!("{pending} {}", words.entries)
    };
    let text = format!("{late} · {queue} · terminal too small for panes");
    let short = format!("{late} · {pending} {}", words.backlog(false));
    let all = [text, format!("{late} · {queue}"), short.clone()];
    let fits = all.into_iter().find(|text| width(text) <= room);
    Line::styled(fits.unwrap_or_else(|| cut(&short, room)), style)
}

/// `3 rows more below`, for boxes that scroll.
pub(in crate::ui) fn below(n: usize) -> String {
    if n == 0 {
        String::new()
    } else {
        format!("{} more below", plural(n, "line"))
    }
}
