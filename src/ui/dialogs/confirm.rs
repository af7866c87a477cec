//! The box that asks before anything is changed.

use ratatui::Frame;
use ratatui::layout::{Rect, Size};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::app::App;
use crate::app::session::Session;
use crate::app::writes::confirm::Confirm;
use crate::app::writes::confirm::field::Field;
use crate::app::writes::pace::{PaceMode, rate};
use crate::app::writes::plan::Plan;
use crate::data::fingerprint::fingerprint;
use crate::data::messages::command::{Change, EntryVerb, StepTarget, TaskVerb};
use crate::ui::dialogs::extra_fields;
use crate::ui::layout::header::named_by_database;
use crate::ui::widgets::frame::{body_area, dialog_area, draw_lines};
use crate::ui::widgets::input_field::{Label, draw_field};
use crate::ui::widgets::text::{cut, plural, width, wrap};
use crate::ui::widgets::theme::Theme;

/// Targets and excluded rows named; of the others, only how many.
const NAMED: usize = 8;
/// With fewer than these, rather the header is covered.
const FEW: usize = 3;
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
/// │              [ Cancel ]   [ Do it ]          │
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
    let text = "too small: enlarge the terminal; Esc changes nothing";
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

/// What will be changed, where and as whom, and what is left out.
fn facts(
    confirm: &Confirm,
    app: &App,
    room: usize,
    names: usize,
    theme: &Theme,
) -> Vec<Line<'static>> {
    let plan = &confirm.plan;
    let place = &app.session;
    let mut lines = vec![Line::from(vec![
        Span::styled("on ", theme.muted),
        Span::styled(place.profile.clone(), theme.heading),
        Span::styled(whose(place), theme.muted),
    ])];
    let meaning = wrap(&meaning(confirm), room);
    lines.extend(
        meaning
            .into_iter()
            .map(|line| Line::styled(line, theme.muted)),
    );
    lines.extend(way(plan, place, room, theme));
    lines.extend(extra_fields::warnings(plan, room, theme));
    if confirm.offered {
        let lead = "Done. Close the {investigation} too? Esc keeps it open.";
        let lead = place.words().fill(lead);
        lines.insert(0, Line::styled(cut(&lead, room), theme.healthy));
    }
    let seen = plan.change.seen();
    let labels = plan.change.labels();
    let top = confirm.view.at().min(labels.len().saturating_sub(names));
    for (at, label) in labels.iter().enumerate().skip(top).take(names) {
        let state = seen
            .get(at)
            .map_or_else(String::new, |state| format!(" {state}"));
        let state = cut(&state, room / 2);
        let name = cut(&format!("  {label}"), room - width(&state).min(room));
        lines.push(Line::from(vec![
            Span::styled(name, theme.text),
            Span::styled(state.clone(), theme.state(state.trim())),
        ]));
    }
    if labels.len() > names {
        lines.push(Line::styled(
            format!(
                "  {}–{} of {} · PgUp PgDn show the others",
                top + 1,
                top + names,
                labels.len()
            ),
            theme.text,
        ));
    }
    lines.extend(error_in_common(plan, room, names).map(|error| Line::styled(error, theme.muted)));
    lines.extend(extra_fields::facts(confirm, room, names, theme));
    lines.extend(left_out(plan, room, names, theme));
    lines.extend(since(confirm, room, theme));
    lines.push(Line::default());
    lines
}

/// In which database, if that is not said by the name of the place, and as whom.
fn whose(place: &Session) -> String {
    if named_by_database(place) {
        return format!(" as {}", place.actor);
    }
    format!(" ({}) as {}", place.database, place.actor)
}

/// The error that all steps have, as the first of them has it: what is being dealt with.
fn error_in_common(plan: &Plan, room: usize, names: usize) -> Option<String> {
    let Change::Steps(_, targets) = &plan.change else {
        return None;
    };
    if names < FEW {
        return None;
    }
    let error = targets.first()?.seen_error.as_ref()?;
    let alike = fingerprint(error.as_str());
    let same = |target: &StepTarget| {
        let theirs = target.seen_error.as_ref();
        theirs.is_some_and(|theirs| theirs == error || fingerprint(theirs.as_str()) == alike)
    };
    targets
        .iter()
        .all(same)
        .then(|| cut(&format!("  {}", error.first_line()), room))
}

/// Which way it goes, where there is more than one.
fn way(plan: &Plan, place: &Session, room: usize, theme: &Theme) -> Vec<Line<'static>> {
    let way = place.source.route_note(&plan.change).unwrap_or_default();
    let lines = wrap(&way, room).into_iter();
    lines
        .filter(|line| !line.is_empty())
        .map(|line| Line::styled(line, theme.text))
        .collect()
}

/// What it means to do it.
fn meaning(confirm: &Confirm) -> String {
    let plan = confirm.plan.meaning();
    match &confirm.left {
        Some(left) if left.give_up => {
            format!(
                "{}\nWhat was not tried is left as it is, for good.",
                left.story
            )
        }
        Some(left) => format!("{}\n{plan} Nothing is done twice.", left.story),
        None if confirm.how == Some(PaceMode::Canary) => {
            let why = confirm.no_canary();
            format!(
                "{plan} {}",
                confirm.pacing.meaning(why.as_deref(), confirm.halts())
            )
        }
        None => plan,
    }
}

/// The rows it does not apply to.
fn left_out(plan: &Plan, room: usize, names: usize, theme: &Theme) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    if plan.excluded.is_empty() {
        return lines;
    }
    let rows = plural(plan.excluded.len(), "row");
    lines.push(Line::styled(
        format!("Left out: {rows} it does not apply to"),
        theme.warning,
    ));
    for one in plan.excluded.iter().take(names / 2) {
        lines.push(Line::styled(
            cut(&format!("  {}: {}", one.label, one.why), room),
            theme.muted,
        ));
    }
    if names >= 2 && plan.excluded.len() > names / 2 {
        let more = plan.excluded.len() - names / 2;
        lines.push(Line::styled(format!("  and {more} more"), theme.muted));
    }
    lines
}

/// What has happened to the targets while the box was open.
fn since(confirm: &Confirm, room: usize, theme: &Theme) -> Vec<Line<'static>> {
    let lines = confirm.drift.sentences().into_iter();
    let lines = lines.flat_map(|words| wrap(&words, room));
    lines
        .map(|line| Line::styled(line, theme.warning))
        .collect()
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
    let do_it = button("Do it", Field::DoIt);
    lines.push(Line::from(vec![cancel, Span::raw("   "), do_it]).centered());
    let flow = match confirm.field {
        Field::Cancel => "y does it · Tab: to [ Do it ] · Enter, Esc: nothing",
        Field::DoIt => "Enter, y: does it · Esc: nothing",
        Field::What | Field::Resolution | Field::Pace => {
            "← → choose · Enter: to the reason · Esc: nothing"
        }
        Field::Attempts | Field::Timeout | Field::Span | Field::Result => {
            extra_fields::next_field_hint(confirm.field)
        }
        Field::Count if confirm.is_counted() => "y does it · Enter: to the buttons · Esc: nothing",
        Field::Count => "the number, then y does it · Esc: nothing",
        Field::Name => "the profile's name, then Enter and y · Esc: nothing",
        Field::Reason if confirm.production.is_some() => "Enter: to the name · Esc: nothing",
        Field::Reason if confirm.wants_count() => "Enter: to the count · Esc: nothing",
        Field::Reason => "Enter: to the buttons, then y does it · Esc: nothing",
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
                let task = matches!(confirm.plan.change, Change::Tasks(TaskVerb::Cancel, _));
                let words = &confirm.plan.source.manifest.words;
                let (one, whole) = (words.fill("the {step}"), words.fill("the whole {task}"));
                let all = [(one.as_str(), !task), (whole.as_str(), task)];
                let focused = confirm.field == spot;
                let room = usize::from(area.width);
                let line = choice(
                    Label {
                        name: "What",
                        style: label,
                    },
                    &all,
                    focused,
                    room,
                    theme,
                );
                frame.render_widget(line, area);
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
