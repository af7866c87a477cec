//! The box that asks before anything is changed.

mod facts;

use ratatui::Frame;
use ratatui::layout::{Rect, Size};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use self::facts::{FEW, facts};
use crate::app::App;
use crate::app::writes::confirm::Confirm;
use crate::app::writes::confirm::field::Field;
use crate::app::writes::pace::{PaceMode, rate};
use crate::app::writes::verb_plan::Plan;
use crate::data::messages::command::{Change, EntryVerb, TaskVerb};
use crate::ui::dialogs::extra_fields;
use crate::ui::widgets::frame::{body_area, dialog_area, draw_lines};
use crate::ui::widgets::input_field::{Label, draw_field};
use crate::ui::widgets::text::{width, wrap};
use crate::ui::widgets::theme::Theme;

/// Targets and excluded rows named; of the others, only how many.
const NAMED: usize = 8;
const WIDTH: u16 = 78;
/// Narrower than this, targets cannot be told apart.
const NARROWEST: usize = 36;

/// Draws the box.
///
/// ```text
/// ┌ Retry 2 steps ───────────────────────────────┐
/// │ on prod-eu (tasker@db1) as ana@lap7          │
/// │   payments/charge_order · charge_card  error │
/// │ Reason  card processor is back_              │
/// │           [ Cancel ]   [ Retry step ]        │
/// └──────────────────────────────────────────────┘
/// ```
pub(super) fn draw(frame: &mut Frame<'_>, confirm: &Confirm, app: &App, theme: &Theme) {
    let room = usize::from(frame.area().width.min(WIDTH)).saturating_sub(4);
    let asked = questions(confirm, theme);
    // On a small screen the names give way first: the questions must be seen to be answered.
    let free = |high: u16| usize::from(high).saturating_sub(asked.len() + 2);
    let needs = |names: usize| facts(confirm, app, room, names, theme).len();
    // At least one name, or it could be anything; a few rather than the header.
    let clear = free(body_area(frame).height);
    let names = (FEW..=NAMED).rev().find(|names| needs(*names) <= clear);
    let all = free(frame.area().height);
    let names = names.or_else(|| (1..=NAMED).rev().find(|names| needs(*names) <= all));
    let Some(names) = names.filter(|_| room >= NARROWEST) else {
        confirm.hidden.set(true);
        return too_small(frame, confirm, theme);
    };
    confirm.hidden.set(false);
    let _ = confirm
        .view
        .clamp(names, confirm.plan.change.labels().len());
    let mut lines = facts(confirm, app, room, names, theme);
    let offset = lines.len();
    let height = u16::try_from(lines.len() + asked.len() + 2).unwrap_or(u16::MAX);
    let inside = dialog_area(frame, Size::new(WIDTH, height), &confirm.title(), theme);
    lines.extend(asked);
    draw_lines(frame, inside, lines);
    draw_fields(frame, inside, offset, confirm, theme);
}

/// Half a box could be agreed to unread: none is drawn.
fn too_small(frame: &mut Frame<'_>, confirm: &Confirm, theme: &Theme) {
    let inside = dialog_area(frame, Size::new(WIDTH, 4), &confirm.title(), theme);
    let text = "too small: enlarge the terminal; Esc cancels";
    let lines = wrap(text, usize::from(inside.width));
    for (text, y) in lines.into_iter().zip(inside.top()..inside.bottom()) {
        let line = Rect {
            y,
            height: 1,
            ..inside
        };
        frame.render_widget(Line::styled(text, theme.stale), line);
    }
}

/// What the button does, without the number: `Retry steps`.
fn button_label(plan: &Plan) -> String {
    let title = plan.title();
    let title = title.split(':').next().unwrap_or_default();
    let is_number = |word: &&str| word.starts_with(|c: char| c.is_ascii_digit());
    let words: Vec<&str> = title.split(' ').filter(|word| !is_number(word)).collect();
    words.join(" ")
}

/// The fields, the buttons and how to use them.
fn questions(confirm: &Confirm, theme: &Theme) -> Vec<Line<'static>> {
    let mut lines: Vec<Line<'static>> = confirm
        .fields()
        .iter()
        .filter(|spot| !matches!(spot, Field::Cancel | Field::DoIt))
        .map(|_| Line::default())
        .collect();
    lines.push(match &confirm.complaint {
        Some(complaint) => Line::styled(complaint.clone(), theme.stale),
        None => Line::default(),
    });
    let button = |text: &str, spot: Field| {
        let style = if confirm.field == spot {
            theme.selected
        } else {
            theme.text
        };
        Span::styled(format!("[ {text} ]"), style)
    };
    let cancel = button("Cancel", Field::Cancel);
    let do_it = button(&button_label(&confirm.plan), Field::DoIt);
    lines.push(Line::from(vec![cancel, Span::raw("   "), do_it]).centered());
    let flow = match confirm.field {
        Field::Cancel => "y: confirm · Tab: next · Enter, Esc: cancel",
        Field::DoIt => "Enter, y: confirm · Esc: cancel",
        Field::What | Field::Resolution | Field::Pace => {
            "← → choose · Enter: to the reason · Esc: cancel"
        }
        Field::Attempts | Field::Timeout | Field::Span | Field::Result => {
            extra_fields::next_field_hint(confirm.field)
        }
        Field::Count if confirm.is_counted() => "y: confirm · Enter: to the buttons · Esc: cancel",
        Field::Count => "type the number, then y: confirm · Esc: cancel",
        Field::Name => "type the profile's name, then Enter and y · Esc: cancel",
        Field::Reason if confirm.production.is_some() => "Enter: to the name · Esc: cancel",
        Field::Reason if confirm.wants_count() => "Enter: to the count · Esc: cancel",
        Field::Reason => "Enter: to the buttons, then y: confirm · Esc: cancel",
    };
    lines.push(Line::styled(flow, theme.muted).centered());
    lines
}

/// The fields with what was typed, and the cursor in the one that has the focus.
fn draw_fields(
    frame: &mut Frame<'_>,
    inside: Rect,
    offset: usize,
    confirm: &Confirm,
    theme: &Theme,
) {
    let top = inside
        .top()
        .saturating_add(u16::try_from(offset).unwrap_or(u16::MAX));
    for (spot, y) in confirm.fields().into_iter().zip(top..inside.bottom()) {
        let area = Rect {
            y,
            height: 1,
            ..inside
        };
        let label = if confirm.field == spot {
            theme.focused
        } else {
            theme.muted
        };
        match spot {
            Field::What => {
                let room = usize::from(area.width);
                frame.render_widget(step_or_task(confirm, room, label, theme), area);
            }
            Field::Resolution => {
                let room = usize::from(area.width);
                frame.render_widget(resolutions(confirm, room, label, theme), area);
            }
            Field::Pace => {
                let room = usize::from(area.width);
                frame.render_widget(how(confirm, room, label, theme), area);
            }
            Field::Reason => draw_reason(frame, area, confirm, label, theme),
            Field::Count | Field::Name => {
                let name = format!("{}  ", confirm.typed_confirmation().prompt());
                draw_field(
                    frame,
                    area,
                    &confirm.count,
                    Label {
                        name: &name,
                        style: label,
                    },
                    confirm.field == spot,
                );
            }
            Field::Attempts | Field::Timeout | Field::Span | Field::Result => {
                extra_fields::draw(frame, area, confirm, spot, theme);
            }
            Field::Cancel | Field::DoIt => {}
        }
    }
}

/// Whether the step is meant or the whole task.
fn step_or_task(confirm: &Confirm, room: usize, label: Style, theme: &Theme) -> Line<'static> {
    let task = matches!(confirm.plan.change, Change::Tasks(TaskVerb::Cancel, _));
    let words = &confirm.plan.source.manifest.words;
    let (one, whole) = (words.fill("the {step}"), words.fill("the whole {task}"));
    let all = [(one.as_str(), !task), (whole.as_str(), task)];
    let focused = confirm.field == Field::What;
    choice(
        Label {
            name: "What",
            style: label,
        },
        &all,
        focused,
        room,
        theme,
    )
}

fn draw_reason(frame: &mut Frame<'_>, area: Rect, confirm: &Confirm, label: Style, theme: &Theme) {
    let name = format!("{:<8}", confirm.plan.reason_label());
    draw_field(
        frame,
        area,
        &confirm.reason,
        Label {
            name: &name,
            style: label,
        },
        confirm.field == Field::Reason,
    );
    if confirm.reason.text().is_empty() {
        let hint = Line::styled(confirm.plan.reason_hint(), theme.muted);
        let x = (area.x + 8).min(area.right());
        let width = area.right() - x;
        frame.render_widget(hint, Rect { x, width, ..area });
    }
}

fn how(confirm: &Confirm, room: usize, label: Style, theme: &Theme) -> Line<'static> {
    let rate = rate(confirm.pacing.per_second);
    let canary = match confirm.no_canary() {
        None => format!("canary, then {rate}"),
        Some(_) => format!("one after the other, {rate}"),
    };
    let is = |how: PaceMode| confirm.how == Some(how);
    let all = [
        (canary.as_str(), is(PaceMode::Canary)),
        ("all at once", is(PaceMode::AllAtOnce)),
    ];
    let focused = confirm.field == Field::Pace;
    choice(
        Label {
            name: "How",
            style: label,
        },
        &all,
        focused,
        room,
        theme,
    )
}

fn resolutions(confirm: &Confirm, room: usize, label: Style, theme: &Theme) -> Line<'static> {
    let Change::Entries(EntryVerb::Close(chosen), _) = &confirm.plan.change else {
        return Line::default();
    };
    let source = &confirm.plan.source;
    let all: Vec<(&str, bool)> = (source.resolutions().into_iter())
        .map(|one| (source.resolution(one), one == *chosen))
        .collect();
    let focused = confirm.field == Field::Resolution;
    choice(
        Label {
            name: "As",
            style: label,
        },
        &all,
        focused,
        room,
        theme,
    )
}

/// `As      ● this one  ○ that one`, closer together where there is little room: all are to be
/// seen, or nobody knows that there is a choice.
fn choice(
    label: Label<'_>,
    all: &[(&str, bool)],
    focused: bool,
    room: usize,
    theme: &Theme,
) -> Line<'static> {
    let Label { name, style: label } = label;
    let needed: usize = all.iter().map(|(one, _)| width(one) + 4).sum();
    let (name, gap) = if 8 + needed > room + 2 {
        (format!("{name} "), " ")
    } else {
        (format!("{name:<8}"), "  ")
    };
    if needed > room {
        let at = all.iter().position(|(_, chosen)| *chosen).unwrap_or(0);
        let place = format!(" ({} of {}, ← →)", at + 1, all.len());
        let one = Span::styled(all[at].0.to_owned(), theme.heading);
        return Line::from(vec![Span::styled(name, label), one, Span::raw(place)]);
    }
    let mut spans = vec![Span::styled(name, label)];
    for (one, chosen) in all {
        let (mark, style) = match (*chosen, focused) {
            (true, true) => ("●", theme.selected),
            (true, false) => ("●", theme.heading),
            (false, _) => ("○", theme.muted),
        };
        spans.push(Span::styled(format!("{mark} {one}"), style));
        spans.push(Span::raw(gap));
    }
    Line::from(spans)
}
