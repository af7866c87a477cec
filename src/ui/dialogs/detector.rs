//! The boxes about the detector: arm, disarm, confirm a sweep, undo one.

mod facts;

use ratatui::Frame;
use ratatui::layout::{Rect, Size};
use ratatui::text::{Line, Span};

use self::facts::Lines;
use crate::app::App;
use crate::app::text_input::TextInput;
use crate::app::writes::confirm::field::Field;
use crate::app::writes::detector::DetectorDialog;
use crate::ui::widgets::frame::{body_area, dialog_area, draw_lines};
use crate::ui::widgets::input_field::{Label, draw_field};
use crate::ui::widgets::theme::Theme;

/// As wide as it may be: a template's name, state and reason go on one line.
const WIDTH: u16 = 104;
/// Narrower than this, the lines cannot be told apart.
const NARROWEST: usize = 36;

/// Draws the box.
///
/// ```text
/// ┌ Arm the detector ────────────────────────────────────────────┐
/// │ on prod-eu (tasker@db1) as ana@lap7                          │
/// │ Sweeps act from then on, for everybody. The first one would  │
/// │ take 19 tasks:                                               │
/// │  tasks  template               state              oldest     │
/// │     12  payments/charge_order  waiting_for_retry  2h12m      │
/// │ Reason  deploy is through_                                   │
/// │ Type 19 to confirm                                           │
/// │                  [ Cancel ]   [ Arm ]                        │
/// └──────────────────────────────────────────────────────────────┘
/// ```
pub(super) fn draw(frame: &mut Frame<'_>, dialog: &DetectorDialog, app: &App, theme: &Theme) {
    let width = frame.area().width.min(WIDTH);
    let room = usize::from(width).saturating_sub(4);
    let asked = questions(dialog, theme);
    let Lines { head, list } = facts::lines(dialog, app, room, theme);
    let free = |high: u16| usize::from(high).saturating_sub(asked.len() + head.len() + 3);
    // One line of the list, or it could be anything; a few rather than the header.
    let wanted = list.len().min(1);
    let space = match free(body_area(frame).height) {
        space if space >= list.len().min(4) => space,
        _ => free(frame.area().height),
    };
    // The last line says how many are not shown.
    let shown = if list.len() > space {
        space.saturating_sub(1)
    } else {
        list.len()
    };
    let is_hidden = room < NARROWEST || shown < wanted || frame.area().height < 9;
    dialog.hidden.set(is_hidden);
    if is_hidden {
        let inside = dialog_area(frame, Size::new(width, 4), &dialog.title(), theme);
        let text = "too small: enlarge the terminal; Esc cancels";
        return draw_lines(frame, inside, [Line::styled(text, theme.stale)]);
    }
    let top = dialog.view.clamp(shown, list.len());
    let (all, mut lines) = (list.len(), head);
    lines.extend(list.into_iter().skip(top).take(shown));
    if shown < all {
        let text = format!(
            "{}–{} of {all} · PgUp PgDn show the others",
            top + 1,
            top + shown
        );
        lines.push(Line::styled(text, theme.text));
    }
    lines.push(Line::default());
    let offset = lines.len();
    lines.extend(asked);
    let height = u16::try_from(lines.len() + 2).unwrap_or(u16::MAX);
    let inside = dialog_area(frame, Size::new(width, height), &dialog.title(), theme);
    draw_lines(frame, inside, lines);
    draw_fields(frame, inside, offset, dialog, theme);
}

/// The fields, the buttons and how to use them.
fn questions(dialog: &DetectorDialog, theme: &Theme) -> Vec<Line<'static>> {
    let fields = dialog.fields().len().saturating_sub(2);
    let mut lines = vec![Line::default(); fields];
    lines.push(match &dialog.complaint {
        Some(complaint) => Line::styled(complaint.clone(), theme.stale),
        None => Line::default(),
    });
    let button = |text: &str, spot: Field| {
        let style = if dialog.field == spot {
            theme.selected
        } else {
            theme.text
        };
        Span::styled(format!("[ {text} ]"), style)
    };
    let cancel = button("Cancel", Field::Cancel);
    let do_it = button(dialog.button(), Field::DoIt);
    lines.push(Line::from(vec![cancel, Span::raw("   "), do_it]).centered());
    let flow = match dialog.field {
        Field::Cancel => "y: confirm · Tab: next · Enter, Esc: cancel",
        Field::DoIt => "Enter, y: confirm · Esc: cancel",
        Field::Count if dialog.production.is_some() => {
            "type the number, then Enter: to the name · Esc: cancel"
        }
        Field::Count => "type the number, then y: confirm · Esc: cancel",
        Field::Name => "type the profile's name, then Enter and y · Esc: cancel",
        _ if dialog.wants_count() => "Enter: to the count · Esc: cancel",
        _ if dialog.production.is_some() => "Enter: to the name · Esc: cancel",
        _ => "Enter: to the buttons, then y: confirm · Esc: cancel",
    };
    lines.push(Line::styled(flow, theme.muted).centered());
    lines
}

/// The fields with what was typed, and the cursor in the one that has the focus.
fn draw_fields(
    frame: &mut Frame<'_>,
    inside: Rect,
    offset: usize,
    dialog: &DetectorDialog,
    theme: &Theme,
) {
    let top = inside
        .top()
        .saturating_add(u16::try_from(offset).unwrap_or(u16::MAX));
    for (spot, y) in dialog.fields().into_iter().zip(top..inside.bottom()) {
        let (name, field): (String, &TextInput) = match spot {
            Field::Reason => ("Reason  ".to_owned(), &dialog.reason),
            Field::Count => (count_label(dialog), &dialog.count),
            Field::Name => (format!("{}  ", dialog.name_prompt()), &dialog.name),
            _ => continue,
        };
        let style = if dialog.field == spot {
            theme.focused
        } else {
            theme.muted
        };
        let area = Rect {
            y,
            height: 1,
            ..inside
        };
        let label = Label { name: &name, style };
        draw_field(frame, area, field, label, dialog.field == spot);
    }
}

fn count_label(dialog: &DetectorDialog) -> String {
    let gate = dialog.count_gate();
    gate.map_or_else(
        || "Type the number of tasks to confirm  ".to_owned(),
        |gate| format!("{}  ", gate.prompt()),
    )
}
