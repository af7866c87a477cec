//! The keys that work where the operator is, from the key table.

use ratatui::Frame;
use ratatui::layout::{Rect, Size};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::app::App;
use crate::app::pane::Tab;
use crate::app::screen::command_support;
use crate::app::viewport::Viewport;
use crate::keymap::{self, KeyHelp, Mode};
use crate::ui::layout::footer::below;
use crate::ui::widgets::frame::{body_area, dialog_area};
use crate::ui::widgets::text::{fit, wrap};
use crate::ui::widgets::theme::Theme;

const KEYS: usize = 15;
const WIDTH: u16 = 76;

/// Draws the help.
pub(super) fn draw(frame: &mut Frame<'_>, app: &App, view: &Viewport, theme: &Theme) {
    let mode = match (app.screen.operator_log.is_some(), app.detail.is_some()) {
        (true, _) => Mode::Log,
        (_, true) => Mode::Detail,
        _ => Mode::Dashboard,
    };
    let room = room(frame);
    let mut lines = Vec::new();
    let mut help = keymap::help(mode);
    // Folding and searching are for one page only; on the others their keys do nothing.
    let on_snapshot = app
        .detail
        .as_ref()
        .is_some_and(|it| it.tab == Tab::Snapshot);
    let is_its_own =
        |name: &str| name == "search" || name.starts_with("fold") || name.starts_with("match-");
    help.retain(|key| on_snapshot || !is_its_own(key.command.name));
    help.retain(|key| command_support::supports(&app.session.source, key.command));
    let (writes, looks): (Vec<_>, Vec<_>) = help.into_iter().partition(|key| key.command.writes());
    if let (Some(why), false) = (app.session.access.read_only(), writes.is_empty()) {
        let head = format!(
            "Changes nothing here: read-only, {}; {}",
            why.sentence(),
            why.way_out()
        );
        lines.extend(wrapped("", &head, room, theme.warning));
        lines.push(Line::default());
    } else if !writes.is_empty() {
        lines.push(Line::styled("Actions (with confirmation)", theme.heading));
        lines.extend(
            writes
                .iter()
                .flat_map(|key| explained(key, room, app, theme)),
        );
        lines.push(Line::default());
    }
    lines.push(Line::styled("View", theme.heading));
    lines.extend(
        looks
            .iter()
            .flat_map(|key| explained(key, room, app, theme)),
    );
    lines.push(Line::default());
    for text in closing(mode) {
        // Nobody but the native detector tells what it will take next.
        let text = if app.session.source.is_native() {
            text
        } else {
            text.trim_start_matches(SWEPT)
        };
        let text = app.session.words().fill(text);
        lines.extend(wrapped("", &text, room, theme.muted));
    }
    if mode == Mode::Dashboard && app.session.source.is_native() {
        lines.extend(wrapped("", DETECTOR, room, theme.muted));
    }
    draw_lines(frame, lines, "Keys", view, theme);
}

/// The commands that have no key: nobody decides that by a slip.
const DETECTOR: &str = "Sweeps: :arm lets them act on this database, :disarm makes them dry, \
                        :confirm-sweep lets a held one act, :sweeps undoes one.";
const SWEPT: &str = "» the next sweep takes it · ";

/// What is worth knowing besides the keys.
fn closing(mode: Mode) -> &'static [&'static str] {
    const ALL: &str = "^C quits from anywhere. Lower case looks, capitals write.";
    match mode {
        Mode::Dashboard => &[
            ALL,
            "db 0.3% is the share of one core that polls cost the database (--db-budget); 200 of \
             ~12,400: the rest is read as the cursor goes down, ~ is an estimate.",
            "» the next sweep takes it · ● marked · ×4 the fourth {entry} of the {task} · ✎2 two notes",
            "Filters: words, \"two words\", ids, ns: state: step: error: age>2h, ! inverts; in the \
             queue also reason: owner: (owner:none), in Staleness health:.",
        ],
        _ => &[ALL],
    }
}

/// One action with its keys.
fn explained(key: &KeyHelp, room: usize, app: &App, theme: &Theme) -> Vec<Line<'static>> {
    let about = command_support::describe(&app.session.source, key.command);
    let about = wrap(&about, room.saturating_sub(KEYS + 1));
    let keys = std::iter::once(key.keys.as_str()).chain(std::iter::repeat(""));
    let lines = keys.zip(about).map(|(keys, about)| {
        Line::from(vec![
            Span::styled(fit(keys, KEYS), theme.focused),
            Span::styled(format!(" {about}"), theme.text),
        ])
    });
    lines.collect()
}

/// Cells of a line of such a box.
pub(super) fn room(frame: &Frame<'_>) -> usize {
    usize::from(frame.area().width.min(WIDTH + 6)).saturating_sub(4)
}

/// A text in lines that fit.
pub(super) fn wrapped(indent: &str, text: &str, room: usize, style: Style) -> Vec<Line<'static>> {
    let lines = wrap(text, room.saturating_sub(indent.len()));
    lines
        .into_iter()
        .map(|line| Line::styled(format!("{indent}{line}"), style))
        .collect()
}

/// A box of lines that scrolls if they do not fit.
pub(super) fn draw_lines(
    frame: &mut Frame<'_>,
    lines: Vec<Line<'static>>,
    title: &str,
    view: &Viewport,
    theme: &Theme,
) {
    let wanted = u16::try_from(lines.len() + 2).unwrap_or(u16::MAX);
    let room = body_area(frame).height;
    let fits = wanted <= room;
    let inside = dialog_area(frame, Size::new(WIDTH + 6, wanted.min(room)), title, theme);
    let height = usize::from(inside.height).saturating_sub(usize::from(!fits));
    let top = view.clamp(height, lines.len());
    let hidden = lines.len().saturating_sub(top + height);
    let mut shown: Vec<Line<'static>> = lines.into_iter().skip(top).take(height).collect();
    if !fits {
        shown.push(Line::styled(below(hidden), theme.warning));
    }
    for (line, y) in shown.into_iter().zip(inside.top()..inside.bottom()) {
        frame.render_widget(
            line,
            Rect {
                y,
                height: 1,
                ..inside
            },
        );
    }
}
