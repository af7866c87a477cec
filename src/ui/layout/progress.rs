//! A write that takes a while, docked at the bottom of the pane that keys act on: it takes no
//! keys, so that one can go on working.

use ratatui::Frame;
use ratatui::layout::{Margin, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::app::App;
use crate::app::writes::in_flight::{Run, done_word};
use crate::app::writes::pace::rate;
use crate::keymap;
use crate::ui::widgets::frame::{block, draw_lines};
use crate::ui::widgets::text::{bar, count_usize, cut, duration, width};
use crate::ui::widgets::theme::Theme;

/// Below this many rows there is no border around it.
const BORDERED: u16 = 12;
/// Below this many rows there is one line of it.
const TIGHT: u16 = 6;

/// Draws what is under way at the bottom of `area`, if anything is; returns what is left of it.
///
/// ```text
/// ┌ Retry 500 steps · S stops ──────────────────────────────────────────┐
/// │ ███████▍        211 of 500 · 204 done · 5 changed    5/s · 58s left │
/// │ canary passed after 12s · halts when card_declined co… │
/// └─────────────────────────────────────────────────────────────────────┘
/// ```
pub(in crate::ui) fn dock(frame: &mut Frame<'_>, area: Rect, app: &App, theme: &Theme) -> Rect {
    let Some(run) = app.writes.under_way() else {
        let area = dock_rest(frame, area, app, theme);
        return dock_retries(frame, area, app, theme);
    };
    let height = match area.height {
        0..TIGHT => 1,
        TIGHT..BORDERED => 2,
        BORDERED.. => 4,
    };
    if area.height <= height {
        return area;
    }
    let above = Rect {
        height: area.height - height,
        ..area
    };
    let strip = Rect {
        y: above.bottom(),
        height,
        ..area
    };
    let title = title(app, run);
    let (inside, title) = if height == 4 {
        let inside = block(frame, strip, &title, false, theme);
        (inside.inner(Margin::new(1, 0)), None)
    } else {
        (strip.inner(Margin::new(1, 0)), Some(title))
    };
    let room = usize::from(inside.width);
    let lines = [
        tally_line(run, app, room, title.as_deref(), theme),
        Line::styled(phase_line(run, app, room), theme.text),
    ];
    draw_lines(frame, inside, lines);
    above
}

/// One line about what was interrupted, if anything was.
fn dock_rest(frame: &mut Frame<'_>, area: Rect, app: &App, theme: &Theme) -> Rect {
    let rest = app
        .writes
        .interrupted_summary(&app.session, &app.polled)
        .filter(|_| area.height >= TIGHT);
    let Some(rest) = rest else {
        return area;
    };
    let text = format!(" ⚠ {rest} · :resume asks about the rest");
    dock_line(frame, area, &text, theme.warning)
}

/// One line about what was retried, while it is not known how it turns out.
fn dock_retries(frame: &mut Frame<'_>, area: Rect, app: &App, theme: &Theme) -> Rect {
    let retries = app.writes.retries.summary();
    let Some(retries) = retries.filter(|_| area.height >= TIGHT) else {
        return area;
    };
    let each =
        keymap::key_of("results").map_or_else(String::new, |key| format!(" · {key} shows each"));
    dock_line(frame, area, &format!(" {retries}{each}"), theme.text)
}

/// Draws a line at the bottom of `area`; returns what is left of it.
fn dock_line(frame: &mut Frame<'_>, area: Rect, text: &str, style: Style) -> Rect {
    let above = Rect {
        height: area.height - 1,
        ..area
    };
    let line = Rect {
        y: above.bottom(),
        height: 1,
        ..area
    };
    let text = cut(text, usize::from(line.width));
    frame.render_widget(Line::styled(text, style), line);
    above
}

/// `Retry 500 steps · 1 more waits · S stops`.
fn title(app: &App, run: &Run) -> String {
    let mut parts = vec![run.plan.title()];
    match app.writes.runs().len() {
        0 | 1 => {}
        2 => parts.push("1 more waits".to_owned()),
        n => parts.push(format!("{} more wait", count_usize(n - 1))),
    }
    if !run.stopping
        && let Some(key) = keymap::key_of("stop")
    {
        parts.push(format!("{key} stops"));
    }
    parts.join(" · ")
}

/// The bar and the numbers. Where there is no border, what it is comes first.
fn tally_line(
    run: &Run,
    app: &App,
    room: usize,
    title: Option<&str>,
    theme: &Theme,
) -> Line<'static> {
    let of = format!(
        "{} of {}",
        count_usize(run.tried()),
        count_usize(run.count())
    );
    let mut counts = vec![of];
    let tally = run.tally();
    for (number, word) in [
        (tally.done, done_word(&run.plan.change)),
        (tally.changed, "changed"),
        (tally.failed, "failed"),
        (tally.unknown, "unknown"),
    ] {
        if number > 0 {
            counts.push(format!("{} {word}", count_usize(number)));
        }
    }
    if let (Some(now), Some(left)) = (run.rate(app.session.now), run.left(app.session.now)) {
        counts.push(rate((now * 10.0).round() / 10.0));
        counts.push(format!("{} left", duration(left)));
    }
    let counts = counts.join(" · ");
    let title = title.map_or_else(String::new, |title| format!("{title}  "));
    let free = room.saturating_sub(width(&counts) + width(&title) + 1);
    let drawn = bar(share(run), free.min(40)).replace(' ', "░");
    Line::from(vec![
        Span::styled(title, theme.heading),
        Span::styled(drawn, theme.chart),
        Span::styled(cut(&format!(" {counts}"), room), theme.text),
    ])
}

fn share(run: &Run) -> f64 {
    let whole = |n: usize| u32::try_from(n).map_or(f64::from(u32::MAX), f64::from);
    whole(run.tried()) / whole(run.count()).max(1.0)
}

fn phase_line(run: &Run, app: &App, room: usize) -> String {
    let mut text = run.phase(app.session.now);
    if let Some(halts) = run.halts().filter(|_| !run.stopping) {
        text = format!("{text} · {halts}");
    }
    cut(&text, room)
}
