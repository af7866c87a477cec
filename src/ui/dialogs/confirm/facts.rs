//! What the confirm box says: what will be changed, where, as whom, and what is left out.

use crate::app::App;
use crate::app::format::error_line;
use crate::app::session::Session;
use crate::app::writes::confirm::Confirm;
use crate::app::writes::pace::PaceMode;
use crate::app::writes::verb_plan::Plan;
use crate::data::fingerprint::rules::{ErrorText, Rules};
use crate::data::messages::command::{Change, StepTarget};
use crate::data::model::safe_text::SafeText;
use crate::data::model::shown_fingerprint::shown_fingerprint;
use crate::ui::dialogs::extra_fields;
use crate::ui::layout::header::named_by_database;
use crate::ui::widgets::text::{cut, plural, width, wrap};
use crate::ui::widgets::theme::Theme;
use ratatui::text::{Line, Span};

/// With fewer than these, rather the header is covered.
pub(super) const FEW: usize = 3;

/// What will be changed, where and as whom, and what is left out.
pub(super) fn facts(
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
    if let Some(lead) = &confirm.offered {
        let lead = wrap(lead, room).into_iter();
        let lead = lead.map(|line| Line::styled(line, theme.healthy));
        drop(lines.splice(0..0, lead));
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
    lines.extend(
        error_in_common(plan, &place.source.rules.current(), room, names)
            .map(|error| Line::styled(error, theme.muted)),
    );
    lines.extend(extra_fields::facts(confirm, room, names, theme));
    lines.extend(left_out(plan, room, names, theme));
    lines.extend(drift(confirm, room, theme));
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

/// The error that all steps share, in the words of the first.
fn error_in_common(plan: &Plan, rules: &Rules, room: usize, names: usize) -> Option<String> {
    let Change::Steps(_, targets) = &plan.change else {
        return None;
    };
    if names < FEW {
        return None;
    }
    let error = targets.first()?.seen_error.as_ref()?;
    let print = |target: &StepTarget, error: &SafeText| {
        shown_fingerprint(rules, &ErrorText::of(target.template(), error.unredacted()))
    };
    let alike = print(targets.first()?, error);
    let same = |target: &StepTarget| {
        let theirs = target.seen_error.as_ref();
        theirs.is_some_and(|theirs| print(target, theirs) == alike)
    };
    targets
        .iter()
        .all(same)
        .then(|| cut(&format!("  {}", error_line(error)), room))
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
                "{}\nTargets not tried yet stay unchanged, and the run cannot be resumed.",
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
        format!("Skipped: {rows} this does not apply to"),
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
fn drift(confirm: &Confirm, room: usize, theme: &Theme) -> Vec<Line<'static>> {
    let lines = confirm.drift.sentences().into_iter();
    let lines = lines.flat_map(|words| wrap(&words, room));
    lines
        .map(|line| Line::styled(line, theme.warning))
        .collect()
}
