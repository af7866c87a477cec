//! The two lines on top: where am I and is the screen alive; how bad is it and is it getting
//! worse.

mod detector;

use std::fmt::Write as _;
use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::pieces::{Piece, ROOMY, WIDE, keep};
use crate::app::App;
use crate::app::polled::replica_lag::Lag;
use crate::app::session::Session;
use crate::app::session::read_only::Access;
use crate::data::model::Counts;
use crate::data::model::poll_cost::Pace;
use crate::ui::widgets::frame::draw_lines;
use crate::ui::widgets::text::{
    count, cut, duration, duration_of_minutes, percent, short_duration, sparkline,
};
use crate::ui::widgets::theme::Theme;

/// Cells between two pieces of the first line.
const GAP: usize = 3;
/// So much of the name of the place is always seen.
const SHORTEST_NAME: usize = 8;
/// So much of whose rows are seen: enough of an id to tell it from others.
const SEEING: usize = 16;

/// Draws as many of the two lines as `area` has.
///
/// ```text
///  dlqtop  prod-eu · tasker · rw ana@lap7        ● detector next 2:10        data 1s · db 0.3%
///  STALE 19  WARN 7  HEALTHY 412   DLQ 63 ▁▂▂▃▅▇  oldest 4h12m   +12/h −3/h   ⚠ backlog > 50
/// ```
pub(in crate::ui) fn draw(frame: &mut Frame<'_>, area: Rect, app: &App, theme: &Theme) {
    let room = usize::from(area.width);
    let lines = [first(app, room, theme), second(app, room, theme)];
    draw_lines(frame, area, lines);
}

fn first(app: &App, room: usize, theme: &Theme) -> Line<'static> {
    let space = room.saturating_sub(2);
    let mut choices = detector::pieces(app, room, theme).into_iter().peekable();
    let mut kept = Vec::new();
    while let Some(detector) = choices.next() {
        let mut pieces = place(app, detector, room, theme);
        // What must be said leaves room for the data's age, or is said in fewer words.
        let needed = pieces.iter().filter(|piece| piece.rank == 0);
        let needed: usize = needed.map(|piece| piece.width() + GAP).sum();
        let too_much = needed.saturating_sub(space + GAP);
        if too_much == 0 || choices.peek().is_none() {
            shorten(&mut pieces, &app.session, too_much);
            kept = keep(pieces, space, GAP);
            break;
        }
    }
    let used: usize = kept.iter().map(|piece| piece.width() + GAP).sum();
    let data = kept.pop().filter(|_| !kept.is_empty());
    let mut spans = vec![Span::raw(" ")];
    for (at, piece) in kept.into_iter().enumerate() {
        if at > 0 {
            spans.push(Span::styled(" · ", theme.border));
        }
        spans.extend(piece.spans);
    }
    if let Some(data) = data {
        let gap = (room + GAP).saturating_sub(used + 2) + GAP;
        spans.push(Span::raw(" ".repeat(gap)));
        spans.extend(data.spans);
    }
    Line::from(spans)
}

/// Takes so many cells off the name of the place. The beginning of a profile's name still tells it from others; of two
/// servers it may be the port alone.
fn shorten(pieces: &mut [Piece], place: &Session, cells: usize) {
    let name = place.profile.as_str();
    let is_name = |piece: &&mut Piece| piece.spans.iter().any(|span| span.content == name);
    if cells > 0
        && let Some(piece) = pieces.iter_mut().find(is_name)
    {
        let room = piece.width().saturating_sub(cells).max(SHORTEST_NAME);
        let port = name.rfind(':').filter(|_| named_by_database(place));
        let (name, port) = name.split_at(port.unwrap_or(name.len()));
        let name = cut(name, room.saturating_sub(port.len()));
        piece.spans[0].content = format!("{name}{port}").into();
    }
}

/// Where one is, what may be done there, and how old it is.
fn place(app: &App, detector: Piece, room: usize, theme: &Theme) -> Vec<Piece> {
    let place = &app.session;
    let mut left = vec![
        Piece::one(6, "dlqtop".to_owned(), theme.focused.patch(theme.heading)),
        Piece::one(0, place.profile.clone(), theme.heading),
        Piece::one(7, place.source.name.clone(), theme.muted),
        Piece::one(5, place.database.clone(), theme.muted),
        mode(app, room, theme),
        Piece::one(3, place.actor.clone(), theme.text),
        detector,
        data(app, room, theme),
    ];
    if named_by_database(place) {
        left.remove(3);
    }
    let at = left.len() - 3;
    left.splice(at..at, replica(app, theme));
    left.splice(at..at, scope(app, room, theme));
    left.splice(at..at, own_rules(app, theme));
    if !place.source.is_native() {
        // Whoever else sweeps there, it is not this program.
        left.remove(left.len() - 2);
    }
    left.splice(1..1, production(app, theme));
    left.splice(1..1, tls_warning(app, theme));
    left
}

/// Whether the place has no name but that of its database: it need not be said twice.
pub(in crate::ui) fn named_by_database(place: &Session) -> bool {
    (place.profile.strip_prefix(&place.database)).is_some_and(|rest| rest.starts_with('@'))
}

/// That this is production, in words and reversed: no colour is needed to see it.
fn production(app: &App, theme: &Theme) -> Option<Piece> {
    let mark = || Piece::one(0, " PRODUCTION ".to_owned(), theme.loud);
    app.session.production.as_ref().map(|_| mark())
}

/// That it is not certain who answers, in words and red.
fn tls_warning(app: &App, theme: &Theme) -> Option<Piece> {
    app.session
        .tls_warning
        .map(|words| Piece::one(0, format!(" {words} "), theme.stale.patch(theme.heading)))
}

/// Whose rows are seen, and that there may be others.
pub(in crate::ui) fn scope_words(place: &Session, room: usize) -> Option<String> {
    let scope = place.scope.as_ref()?;
    let seeing = cut(scope.seeing.first_line(), SEEING);
    Some(match scope.may_hide {
        true if room >= WIDE => format!("{seeing}, others may be hidden"),
        true => format!("{seeing} only"),
        false => seeing,
    })
}

fn scope(app: &App, room: usize, theme: &Theme) -> Option<Piece> {
    let words = scope_words(&app.session, room)?;
    let hides = app
        .session
        .scope
        .as_ref()
        .is_some_and(|scope| scope.may_hide);
    Some(if hides {
        Piece::one(2, words, theme.warning)
    } else {
        Piece::one(7, words, theme.muted)
    })
}

/// That this screen groups errors by rules of its own, and not by those that all share.
fn own_rules(app: &App, theme: &Theme) -> Option<Piece> {
    let source = &app.session.source;
    (source.is_native() && source.rules.is_own())
        .then(|| Piece::one(3, "own fingerprint rules".to_owned(), theme.warning))
}

/// Whether anything can be changed, why not, and until when.
fn mode(app: &App, room: usize, theme: &Theme) -> Piece {
    match &app.session.access {
        Access::Writable => Piece::one(1, "rw".to_owned(), theme.text),
        Access::ReadOnly(why) if room >= ROOMY => {
            Piece::one(1, format!("READ-ONLY: {}", why.short()), theme.warning)
        }
        Access::ReadOnly(_) => Piece::one(1, "READ-ONLY".to_owned(), theme.warning),
        Access::Unlocked(unlocked) => {
            let left = countdown(unlocked.left(app.session.now).num_seconds());
            let text = format!(" rw {left} {} ", unlocked.incident);
            Piece::one(0, text, theme.loud)
        }
    }
}

/// `14:32`, `1:02:03`.
fn countdown(seconds: i64) -> String {
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes}:{seconds:02}")
    }
}

/// How far the replica is behind that the screen is read from.
fn replica(app: &App, theme: &Theme) -> Option<Piece> {
    let lag = |lag: Duration| format!("replica · lag {}", short_lag(lag));
    match app.polled.lag(&app.session) {
        Lag::None => None,
        Lag::NoStandby => {
            let text = "reads: no standby".to_owned();
            Some(Piece::one(2, text, theme.warning))
        }
        Lag::Fine(by) => Some(Piece::one(4, lag(by), theme.muted)),
        Lag::Behind(by) => Some(Piece::one(1, lag(by), theme.warning)),
        Lag::Lost(by) => {
            let cut_off = app.polled.replica.is_some_and(|replica| !replica.receiving);
            let text = match (by, cut_off) {
                (Some(by), false) => format!(" REPLICA · lag {} ", short_lag(by)),
                (Some(by), true) => format!(" REPLICA CUT OFF · lag {} ", short_lag(by)),
                (None, _) => " REPLICA · lag unknown ".to_owned(),
            };
            Some(Piece::one(0, text, theme.loud))
        }
    }
}

/// `0.4s`, `12s`, `3m 20s`.
fn short_lag(lag: Duration) -> String {
    let seconds = lag.as_secs_f64();
    if seconds < 9.95 {
        format!("{seconds:.1}s")
    } else {
        duration(seconds)
    }
}

/// How old the data is: the one thing that must never be overlooked.
fn data(app: &App, room: usize, theme: &Theme) -> Piece {
    let old = app.polled.age(app.session.now).map(duration);
    let (text, style) = match (&app.polled.unreachable, old) {
        (Some(lost), old) => {
            let left = (lost.retry_at - app.session.now).num_seconds().max(0);
            let old = old.map_or_else(|| "no data yet".to_owned(), |old| format!("data {old} old"));
            (
                format!(" NOT CONNECTED · {old} · retry in {left}s "),
                theme.loud,
            )
        }
        (None, None) if app.polled.is_outdated(&app.session) => {
            (" NO ANSWER YET ".to_owned(), theme.loud)
        }
        (None, None) => ("connecting…".to_owned(), theme.warning),
        (None, Some(old)) if app.polled.frozen.is_some() => {
            (format!(" FROZEN · data {old} old · f resumes "), theme.loud)
        }
        (None, Some(old)) if app.polled.is_outdated(&app.session) => {
            (format!(" data {old} old "), theme.loud)
        }
        (None, Some(old)) => {
            let (pace, style) = pace(app, room, theme);
            (
                format!("data {old} · {}{pace}", poll_cost_label(app, room)),
                style,
            )
        }
    };
    Piece::one(0, text, style)
}

/// `db 0.3%` of one core, and where there is room how long the poll took.
pub(in crate::ui) fn poll_cost_label(app: &App, room: usize) -> String {
    let share = percent(app.polled.effort.share);
    if room >= WIDE {
        format!("db {share} ({}ms)", app.polled.took.as_millis())
    } else {
        format!("db {share}")
    }
}

/// Why polls are farther apart than they should be, if they are.
fn pace(app: &App, room: usize, theme: &Theme) -> (String, Style) {
    let every = match app.polled.poll_gap(&app.session).as_secs_f64() {
        gap if gap < 1.0 => short_duration(gap),
        gap => duration(gap),
    };
    let budget = |words: &str| {
        if room < ROOMY {
            return String::new();
        }
        format!(" ({words} {})", app.polled.effort.budget)
    };
    match app.polled.effort.pace {
        Pace::AsAsked => (String::new(), theme.muted),
        Pace::WithinBudget => (
            format!(" · every {every}{}", budget("db budget")),
            theme.text,
        ),
        Pace::OverBudget => (
            format!(" · every {every}{}", budget("over the db budget")),
            theme.warning,
        ),
        Pace::SlowAnswers => (format!(" · slow: every {every}"), theme.warning),
    }
}

fn second(app: &App, room: usize, theme: &Theme) -> Line<'static> {
    let Some(counts) = app.polled.counts.rows.as_deref() else {
        let text = match &app.polled.counts.error {
            Some(error) => format!(" ✖ {}", error.one_line()),
            None => " waiting for the first answer…".to_owned(),
        };
        return Line::styled(cut(&text, room), theme.muted);
    };
    let mut pieces = numbers(app, counts, room, theme);
    if let Some(old) = app.polled.overdue(app.polled.counts_read, &app.session) {
        let text = format!(" counts {} old ", duration(old));
        pieces.insert(0, Piece::one(0, text, theme.loud));
    }
    let mut rank = 4;
    for alert in app.polled.alerts(&app.session.source) {
        let text = format!("⚠ {}", alert.text);
        pieces.push(Piece::one(rank, text, theme.alert(alert.severity)));
        rank += 8;
    }
    let mut spans = vec![Span::raw(" ")];
    for (at, piece) in keep(pieces, room.saturating_sub(1), 2)
        .into_iter()
        .enumerate()
    {
        if at > 0 {
            spans.push(Span::raw("  "));
        }
        spans.extend(piece.spans);
    }
    Line::from(spans)
}

fn numbers(app: &App, counts: &Counts, room: usize, theme: &Theme) -> Vec<Piece> {
    let number = |rank, name: &str, n: i64, style: Style| {
        let style = if n > 0 { style } else { theme.muted };
        Piece {
            rank,
            spans: vec![
                Span::styled(format!("{name} "), theme.muted),
                Span::styled(count(n), style.patch(theme.heading)),
            ],
        }
    };
    let suspect = number(2, "AGE?", counts.suspect, theme.warning);
    let source = &app.session.source;
    let queue = source.manifest.words.backlog(room >= 110);
    let mut pieces = Vec::new();
    if source.has("staleness") {
        pieces.push(number(0, "STALE", counts.stale, theme.stale));
        pieces.push(number(3, "WARN", counts.warning, theme.warning));
        if counts.suspect > 0 {
            pieces.push(suspect);
        }
        pieces.push(number(9, "HEALTHY", counts.healthy, theme.healthy));
    }
    if source.has("queue") {
        pieces.push(number(1, &queue, counts.pending, theme.stale));
    }
    if let Some(stats) = app.polled.stats.rows.as_deref() {
        let pending: Vec<i64> = stats.flow.iter().map(|bucket| bucket.pending).collect();
        if !pending.is_empty() {
            pieces.push(Piece::one(8, sparkline(&pending, 12, None), theme.chart));
        }
    }
    match counts.oldest_pending_minutes {
        Some(minutes) => {
            let oldest = format!("oldest {}", duration_of_minutes(minutes));
            pieces.push(Piece::one(5, oldest, theme.text));
        }
        None if counts.suspect_entries > 0 => {
            pieces.push(Piece::one(5, "oldest unknown".to_owned(), theme.warning));
        }
        None => {}
    }
    let worse = (counts.resolved_last_hour).is_some_and(|it| counts.arrived_last_hour > it);
    let style = if worse { theme.warning } else { theme.text };
    let mut rates = format!("+{}/h", count(counts.arrived_last_hour));
    if let Some(resolved) = counts.resolved_last_hour {
        let _ = write!(rates, " −{}/h", count(resolved));
    }
    pieces.push(Piece::one(6, rates, style));
    if counts.unowned > 0 && source.has("own_entry") {
        pieces.push(Piece::one(
            7,
            format!("{} unowned", count(counts.unowned)),
            theme.text,
        ));
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::source::Source;

    #[test]
    fn of_a_server_that_no_profile_names_the_port_is_kept() {
        for (profile, wanted) in [
            ("work@…/main:5433", "wo…:5433"),
            ("work@db.example:5432", "wo…:5432"),
            ("production-of-europe:1", "product…"),
        ] {
            let mut place = Session::new(Source::native());
            place.database = "work".to_owned();
            place.profile = profile.to_owned();
            let mut pieces = [Piece::one(0, profile.to_owned(), Style::new())];
            shorten(&mut pieces, &place, 40);
            assert_eq!(pieces[0].spans[0].content, wanted);
        }
    }
}
