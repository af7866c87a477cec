//! *Snapshot*: what the task looked like when it was dead-lettered, as a tree;
//! what has changed is marked.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::page::Page;
use crate::app::detail::snapshot_diff::{SnapshotDiff, compare, entry};
use crate::app::detail::tree::{Kind, Node};
use crate::keymap::key_of;
use crate::ui::detail::snapshot_diff::{MISSING, differs};
use crate::ui::widgets::frame::draw_lines;
use crate::ui::widgets::text::{cut, instant, plural, width, wrap};

/// What a value keeps beside what is there now.
const KEPT: usize = 12;

/// Draws the page: what stands above the tree, and the lines around its cursor.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, page: &Page<'_>) {
    let head = head(page);
    let keys = page.screen.tree.node(0).is_some() && area.height > 8;
    let above = u16::try_from(head.len()).unwrap_or(u16::MAX);
    let above = above.min(area.height);
    let left = area.x + 1;
    let wide = area.width.saturating_sub(2);
    let line = |y| Rect::new(left, y, wide, 1);
    let indented = Rect {
        x: left,
        width: wide,
        ..area
    };
    draw_lines(frame, indented, head);
    let body = Rect {
        x: left,
        y: area.y + above,
        width: wide,
        height: area.height - above - u16::from(keys),
    };
    draw_tree(frame, body, page);
    if keys {
        let keys = Line::styled(cut(&hints(), page.room), page.theme.muted);
        frame.render_widget(keys, line(area.bottom() - 1));
    }
}

/// The lines around the cursor.
fn draw_tree(frame: &mut Frame<'_>, body: Rect, page: &Page<'_>) {
    let tree = &page.screen.tree;
    let visible = tree.visible();
    let height = usize::from(body.height);
    let view = &page.screen.views[page.screen.tab.index()];
    let place = visible.partition_point(|at| *at < tree.cursor());
    let top = view.follow(place, height, visible.len());
    // Where long ones are wrapped, those above the cursor may take its room: they give way.
    let (mut all, mut from, mut to) = (Vec::new(), 0, 0);
    for at in visible.into_iter().skip(top).take(height) {
        if at == tree.cursor() {
            from = all.len();
        }
        all.extend(lines(at, page));
        if at == tree.cursor() {
            to = all.len();
        }
    }
    let skipped = to.saturating_sub(height).min(from);
    let missing = to.saturating_sub(skipped + height);
    let mut shown: Vec<Line<'static>> = all.into_iter().skip(skipped).take(height).collect();
    if let Some(last) = shown.last_mut().filter(|_| missing > 0) {
        let copy = key_of("copy").unwrap_or_default();
        let text = format!("… {} more, {copy} copies all", plural(missing + 1, "line"));
        *last = Line::styled(text, page.theme.warning);
    }
    draw_lines(frame, body, shown);
}

fn head(page: &Page<'_>) -> Vec<Line<'static>> {
    let theme = page.theme;
    let then = compare(page.detail);
    let mut lines = Vec::new();
    match &then {
        SnapshotDiff::Never => {
            let text = "no snapshot: nobody has sent it to the DLQ";
            return vec![Line::styled(text, theme.muted)];
        }
        SnapshotDiff::TooLarge(size) => {
            let text = format!("the snapshot is too large to show: {size}");
            lines.extend(page.prose("", &text, theme.warning));
        }
        SnapshotDiff::Missing => return vec![Line::styled(MISSING, theme.muted)],
        SnapshotDiff::Unreadable(why) => {
            let text = format!("the snapshot cannot be read: {why}");
            lines.extend(page.prose("", &text, theme.warning));
        }
        SnapshotDiff::Incomparable(_) | SnapshotDiff::Known(_) => {}
    }
    let marked = page.screen.marks.len();
    let (changed, style) = match then {
        SnapshotDiff::Known(known) if marked == 0 && known.is_unchanged() => {
            (" · nothing has changed since".to_owned(), theme.healthy)
        }
        SnapshotDiff::Known(_) if marked == 0 => {
            (" · no line differs from now".to_owned(), theme.text)
        }
        // Where there are no steps, nothing is ever compared.
        SnapshotDiff::Incomparable(why) if marked == 0 && page.app.session.source.has("steps") => {
            (format!(" · not compared with now: {why}"), theme.muted)
        }
        SnapshotDiff::Known(_) | SnapshotDiff::Incomparable(_) if marked > 0 => {
            let verb = if marked == 1 { "differs" } else { "differ" };
            let lines = plural(marked, "line");
            let mark = differs(theme).trim_end();
            (
                format!(" · {lines} {verb} from now ({mark})"),
                theme.warning,
            )
        }
        _ => (String::new(), theme.text),
    };
    lines.push(Line::from(vec![
        Span::styled(as_of(page), theme.focused),
        Span::styled(changed, style),
    ]));
    lines.extend(searched(page));
    lines.push(Line::default());
    lines
}

/// What was searched for, once it is no longer typed.
fn searched(page: &Page<'_>) -> Option<Line<'static>> {
    let tree = &page.screen.tree;
    let search = tree.search.as_ref().filter(|search| !search.typing)?;
    let (before, after) = search.field.around_cursor();
    let found = match tree.match_at()? {
        (_, 0) => "no match".to_owned(),
        (0, all) => format!("{all} have it"),
        (at, all) => format!("{at} of {all}"),
    };
    let text = format!("/{before}{after}  {found} · n N next, previous · Esc ends");
    Some(Line::styled(cut(&text, page.room), page.theme.marked))
}

/// `As of 10:27 UTC, 1h33m ago`.
fn as_of(page: &Page<'_>) -> String {
    let Some(entry) = entry(page.detail) else {
        return "As of the time it was sent to the DLQ".to_owned();
    };
    let clock = entry.dlq_timestamp.format("%H:%M");
    let now = page.app.polled.database_now(page.app.session.now);
    let ago = instant(
        entry.dlq_timestamp,
        now,
        crate::app::session::TimeFormat::Relative,
    );
    let status = match entry.resolution_status.as_str() {
        "pending" => String::new(),
        closed => format!(" (entry {closed})"),
    };
    format!("As of {clock} UTC, {ago}{status}")
}

/// The keys of this page, from the table.
fn hints() -> String {
    let key = |name| key_of(name).unwrap_or_default();
    format!(
        "{} fold · {} {} out, in · {} {} outer keys · {} search · {} copy",
        key("fold"),
        key("walk-out"),
        key("walk-in"),
        key("fold-previous"),
        key("fold-next"),
        key("search"),
        key("copy"),
    )
}

/// One line of the tree; more of them where long ones are wrapped.
fn lines(at: usize, page: &Page<'_>) -> Vec<Line<'static>> {
    let (theme, tree) = (page.theme, &page.screen.tree);
    let Some(node) = tree.node(at) else {
        return Vec::new();
    };
    let here = at == tree.cursor();
    let folded = tree.is_folded(at);
    let now = page.screen.marks.get(&at);
    let hides = folded && tree.has_within(at, page.screen.marks.keys().copied());
    let cursor = if here { "›" } else { " " };
    let mark = match (now, hides) {
        (None, false) => "  ",
        _ => differs(theme),
    };
    let fold = match (node.folds(), folded) {
        (false, _) => "  ",
        (true, true) => "▸ ",
        (true, false) => "▾ ",
    };
    let indent = "  ".repeat(node.depth.min(page.room / 4));
    let now = match (now, hides) {
        (Some(now), _) => format!("  now: {now}"),
        (None, true) => "  changed".to_owned(),
        (None, false) => String::new(),
    };
    let name = cut(&node.name, page.room / 2);
    let taken = width(cursor) + width(mark) + width(&indent) + width(fold) + width(&name);
    let room = page.room.saturating_sub(taken);
    let name_style = match (here, tree.is_match(at)) {
        (true, _) => theme.selected,
        (false, true) => theme.marked,
        (false, false) => theme.focused,
    };
    let value_style = if tree.is_match(at) {
        theme.marked
    } else {
        theme.text
    };
    let (first, more) = values(node, room, taken, width(&now), page);
    let mut lines = vec![Line::from(vec![
        Span::styled(cursor, theme.focused),
        Span::styled(mark, theme.warning),
        Span::styled(format!("{indent}{fold}"), theme.muted),
        Span::styled(name, name_style),
        Span::styled(first.clone(), value_style),
    ])];
    lines.extend(more.into_iter().map(|line| Line::styled(line, value_style)));
    add_now(&mut lines, &now, page, theme.warning);
    lines
}

/// The value on the name's line, and below it where it is too long for that and to be wrapped.
/// `room`: beside the name, and what stands before that.
fn values(
    node: &Node,
    room: usize,
    before: usize,
    now: usize,
    page: &Page<'_>,
) -> (String, Vec<String>) {
    let colon = if node.name.is_empty() { "" } else { ": " };
    let text = match &node.kind {
        Kind::Object(n) => format!("{colon}({})", plural(*n, "key")),
        Kind::Array(n) => format!("{colon}({})", plural(*n, "item")),
        Kind::Scalar(value) => format!("{colon}{value}"),
    };
    if !page.app.session.view.wrap {
        // What is there now is worth more than the end of what was.
        let least = KEPT.min(room);
        return (cut(&text, room.saturating_sub(now).max(least)), Vec::new());
    }
    if width(&text) <= room {
        return (text, Vec::new());
    }
    let indent = before.min(page.room / 2);
    let wrapped = wrap(&text[colon.len()..], page.room.saturating_sub(indent));
    let wrapped = wrapped.into_iter();
    let below = wrapped.map(|line| format!("{}{line}", " ".repeat(indent)));
    (colon.trim_end().to_owned(), below.collect())
}

/// What is there now, beside the last line or below it.
fn add_now(lines: &mut Vec<Line<'static>>, now: &str, page: &Page<'_>, style: Style) {
    let Some(last) = lines.last_mut().filter(|_| !now.is_empty()) else {
        return;
    };
    let room = page.room.saturating_sub(last.width());
    if !page.app.session.view.wrap || width(now) <= room {
        last.push_span(Span::styled(cut(now, room), style));
    } else {
        let wrapped = wrap(now.trim_start(), page.room.saturating_sub(6));
        let below = wrapped.into_iter().map(|line| format!("      {line}"));
        lines.extend(below.map(|line| Line::styled(line, style)));
    }
}
