//! For how long, or until when, as it is typed: `15m`, `2h30m`, `14:30`, `2026-11-22 09:00`.

use chrono::{DateTime, Local, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone as _, Utc};

use crate::app::format::{clock, duration};
use crate::app::text_input::TextInput;
use crate::data::messages::command::Until;

/// The longest snooze; a claim ends sooner.
const MOST_DAYS: i64 = 30;

/// A span of time being typed.
#[derive(Debug, Clone)]
pub struct Span {
    /// What is typed.
    pub field: TextInput,
    /// What the arrow keys offer.
    pub offered: &'static [&'static str],
    /// Whether clock times are UTC, not those of where the operator is.
    pub utc: bool,
    longest: TimeDelta,
}

impl Span {
    /// How long a claim lasts.
    #[must_use]
    pub fn of_claim(utc: bool) -> Self {
        Self::new(&["30m", "1h", "4h"], TimeDelta::days(7), utc)
    }

    /// How long an entry is snoozed.
    #[must_use]
    pub fn of_snooze(utc: bool) -> Self {
        Self::new(&["15m", "1h", "4h"], TimeDelta::days(MOST_DAYS), utc)
    }

    fn new(offered: &'static [&'static str], longest: TimeDelta, utc: bool) -> Self {
        Self {
            field: TextInput::with(offered[0]),
            offered,
            utc,
            longest,
        }
    }

    /// The next or previous of what is offered.
    pub fn choose(&mut self, by: isize) {
        let typed = self.field.text().trim();
        let at = self.offered.iter().position(|one| *one == typed);
        let len = self.offered.len().cast_signed();
        let at = match at {
            Some(at) => (at.cast_signed() + by).rem_euclid(len),
            None => 0,
        };
        self.field.set(self.offered[at.cast_unsigned()]);
    }

    /// What is typed, as the database is told.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn until(&self, now: DateTime<Utc>) -> Result<Until, String> {
        let (until, ends) = read(self.field.text(), now, self.utc)?;
        if ends <= now {
            return Err(format!("{} is in the past.", self.clock(ends, now)));
        }
        if ends > now + self.longest {
            return Err(format!("At most {} days.", self.longest.num_days()));
        }
        Ok(until)
    }

    /// `until 14:30, in 45m`; nothing if it cannot be read.
    #[must_use]
    pub fn meaning(&self, now: DateTime<Utc>) -> Option<String> {
        self.until(now).ok()?;
        let (_, ends) = read(self.field.text(), now, self.utc).ok()?;
        let left = duration((ends - now).as_seconds_f64());
        Some(format!("until {}, in {left}", self.clock(ends, now)))
    }

    fn clock(&self, at: DateTime<Utc>, now: DateTime<Utc>) -> String {
        clock(at, now, self.utc)
    }
}

/// Parses what was typed, and the time it stands for.
fn read(text: &str, now: DateTime<Utc>, utc: bool) -> Result<(Until, DateTime<Utc>), String> {
    let text = text.trim();
    if let Ok(time) = NaiveTime::parse_from_str(text, "%H:%M") {
        let today = here(now, utc).date();
        // The next time that a clock shows it.
        let at = instant(today.and_time(time), utc)?;
        let at = match today.succ_opt() {
            Some(tomorrow) if at <= now => instant(tomorrow.and_time(time), utc)?,
            _ => at,
        };
        return Ok((Until::At(at), at));
    }
    if let Ok(at) = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M") {
        let at = instant(at, utc)?;
        return Ok((Until::At(at), at));
    }
    if NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok() {
        return Err(format!("At what time? {text} 09:00"));
    }
    let minutes =
        minutes(text).ok_or("How long? Use 15m, 2h30m, 1d, 14:30 or 2026-11-22 09:00.")?;
    let most = MOST_DAYS * 24 * 60;
    let minutes = i32::try_from(minutes.min(most + 1)).unwrap_or(i32::MAX);
    Ok((
        Until::Minutes(minutes),
        now + TimeDelta::minutes(minutes.into()),
    ))
}

fn here(at: DateTime<Utc>, utc: bool) -> NaiveDateTime {
    if utc {
        at.naive_utc()
    } else {
        at.with_timezone(&Local).naive_local()
    }
}

fn instant(at: NaiveDateTime, utc: bool) -> Result<DateTime<Utc>, String> {
    if utc {
        return Ok(at.and_utc());
    }
    let at = Local.from_local_datetime(&at).earliest();
    at.map(|at| at.to_utc())
        .ok_or_else(|| "That time does not exist: clocks skip it for summer time.".to_owned())
}

/// `1d2h30m` in minutes. Each unit at most once, the larger first.
fn minutes(text: &str) -> Option<i64> {
    let mut rest = text;
    let mut total: i64 = 0;
    for (unit, worth) in [('d', 1_440), ('h', 60), ('m', 1)] {
        let Some((number, after)) = rest.split_once(unit) else {
            continue;
        };
        let number: u32 = number.trim().parse().ok()?;
        total += i64::from(number) * worth;
        rest = after;
    }
    (rest.trim().is_empty() && rest.len() < text.len()).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn noon() -> DateTime<Utc> {
        at("2026-01-01T12:00:00Z")
    }

    fn typed(text: &str) -> Result<Until, String> {
        let mut span = Span::of_snooze(true);
        span.field.set(text);
        span.until(noon())
    }

    #[test]
    fn spans_and_clock_times() {
        for (text, minutes) in [
            ("15m", 15),
            (" 4h ", 240),
            ("2h30m", 150),
            ("1d 2h", 1_560),
            ("30d", 43_200),
        ] {
            assert_eq!(typed(text), Ok(Until::Minutes(minutes)), "{text}");
        }
        for (text, want) in [
            ("14:30", "2026-01-01T14:30:00Z"),
            ("09:00", "2026-01-02T09:00:00Z"),
            ("12:00", "2026-01-02T12:00:00Z"),
            ("2026-01-03 09:00", "2026-01-03T09:00:00Z"),
        ] {
            assert_eq!(typed(text), Ok(Until::At(at(want))), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_read_or_is_past_is_said() {
        for (text, why) in [
            ("", "How long?"),
            ("15", "How long?"),
            ("m", "How long?"),
            ("5m 1h", "How long?"),
            ("-5m", "How long?"),
            ("tomorrow", "How long?"),
            ("25:00", "How long?"),
            ("0m", "is in the past"),
            ("2025-12-31 09:00", "is in the past"),
            ("2026-01-03", "At what time?"),
            ("31d", "At most 30 days"),
            ("99999999d", "At most 30 days"),
            ("9999-01-01 00:00", "At most 30 days"),
        ] {
            let said = typed(text).unwrap_err();
            assert!(said.contains(why), "{text:?}: {said}");
        }
    }

    #[test]
    fn the_arrows_go_round_what_is_offered() {
        let mut span = Span::of_snooze(true);
        let mut seen = Vec::new();
        for _ in 0..4 {
            seen.push(span.field.text().to_owned());
            span.choose(1);
        }
        assert_eq!(seen, ["15m", "1h", "4h", "15m"]);
        span.field.set("90m");
        span.choose(-1);
        assert_eq!(span.field.text(), "15m");
    }

    #[test]
    fn it_says_when_that_is() {
        let mut span = Span::of_snooze(true);
        span.field.set("90m");
        assert_eq!(span.meaning(noon()).unwrap(), "until 13:30Z, in 1h30m");
        span.field.set("nonsense");
        assert_eq!(span.meaning(noon()), None);
    }
}
