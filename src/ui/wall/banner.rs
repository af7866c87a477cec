//! What is wrong, on top of the wall.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::app::App;
use crate::app::format::count;
use crate::app::polled::arming::Arming;
use crate::app::polled::replica_lag::Lag;
use crate::ui::widgets::frame::draw_lines;
use crate::ui::widgets::text::{duration, fit};
use crate::ui::widgets::theme::Theme;

/// What is wrong, over the whole width if the screen itself cannot be trusted.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, app: &App, theme: &Theme) {
    let room = usize::from(area.width);
    let mut lines = Vec::new();
    if let Some(lost) = &app.polled.unreachable {
        let since = duration((app.session.now - lost.since).as_seconds_f64().max(0.0));
        lines.push((
            format!(" NOT CONNECTED for {since}: what is shown is old"),
            theme.loud,
        ));
    } else if app.polled.is_outdated(&app.session) {
        lines.push((
            " NO ANSWER for two polls: this data is old".to_owned(),
            theme.loud,
        ));
    }
    if let Some(old) = app.polled.overdue(app.polled.counts_read, &app.session) {
        let text = format!(" THE NUMBERS ARE {} OLD", duration(old));
        lines.push((text, theme.loud));
    }
    let doubt = |words: &str| (format!(" {}", words.to_uppercase()), theme.stale);
    lines.extend(app.session.tls_warning.map(doubt));
    lines.extend(lost_replica(app).map(|text| (text, theme.loud)));
    lines.extend(dry(app).map(|text| (text, theme.warning)));
    for alert in app.polled.alerts(&app.session.source) {
        let silent = ["no detector", "detector failing", "detector holds"];
        let silent = silent.iter().any(|words| alert.text.contains(words));
        let text = if alert.text.starts_with("detector failing") {
            " DETECTOR FAILING".to_owned() // its error may quote data
        } else {
            format!(" {}", alert.text.to_uppercase())
        };
        lines.push((
            text,
            if silent {
                theme.loud
            } else {
                theme.alert(alert.severity)
            },
        ));
    }
    let counts = app.polled.counts.rows.as_deref();
    if let Some(counts) = counts.filter(|counts| counts.suspect > 0) {
        let suspect = count(counts.suspect);
        let text = if counts.suspect_entries > 0 {
            format!(" AGE? {suspect}: AGES THAT ARE IMPOSSIBLE OR NOT KNOWN")
        } else {
            format!(" AGE? {suspect}: IMPOSSIBLE AGES, A CLOCK IS WRONG")
        };
        lines.push((text, theme.warning));
    }
    if lines.is_empty() && app.polled.counts.rows.is_some() {
        lines.push((" no alerts".to_owned(), theme.healthy));
    }
    let lines = lines.into_iter();
    let lines = lines.map(|(text, style)| Line::styled(fit(&text, room), style));
    draw_lines(frame, area, lines);
}

/// That sweeps change nothing here, where they are this program's.
fn dry(app: &App) -> Option<String> {
    let Arming::Dry { due } = app.polled.arming() else {
        return None;
    };
    let due = due.filter(|due| *due > 0);
    let due = due.map_or_else(String::new, |due| format!(": WOULD TAKE {}", count(due)));
    (app.session.source.is_native()).then(|| format!(" DETECTOR DRY{due}"))
}

/// What the wall is read from is far behind what is written, or nobody knows how far.
fn lost_replica(app: &App) -> Option<String> {
    let Lag::Lost(by) = app.polled.lag(&app.session) else {
        return None;
    };
    let by = by.map_or_else(
        || "LOST".to_owned(),
        |by| format!("{} BEHIND", duration(by.as_secs_f64())),
    );
    Some(format!(" THE REPLICA IS {by}: what is shown is old"))
}
