//! Numbers and spans of time in the fewest letters that a tired reader cannot misread.

use chrono::{DateTime, Local, NaiveDateTime, Utc};

use crate::data::fingerprint::telling_line;
use crate::data::model::Total;
use crate::data::model::safe_text::SafeText;

/// The short names of the reasons, as far as they are known.
#[must_use]
pub fn reason(label: &str) -> &str {
    match label {
        "max_retries_exceeded" => "max_retries",
        "dependency_cycle_detected" => "dependency_cycle",
        "staleness_timeout" => "staleness",
        "manual_dlq" => "manual",
        other => other,
    }
}

/// A reason as words: `worker unavailable`.
#[must_use]
pub fn reason_in_words(label: &str) -> String {
    reason(label).replace('_', " ")
}

/// The line of an error that says what happened, for a table or a sentence.
#[must_use]
pub fn error_line(error: &SafeText) -> String {
    telling_line(error.as_str()).into_owned()
}

/// A span: `45s`, `3m 20s`, `22m`, `4h12m`, `3d 4h`; `?` if it is absurd.
#[must_use]
pub fn duration(seconds: f64) -> String {
    const CENTURY: f64 = 3.2e9;
    if !seconds.is_finite() || seconds.abs() > CENTURY {
        return "?".to_owned();
    }
    let sign = if seconds <= -1.0 { "-" } else { "" };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "finite, not negative, and below a century"
    )]
    let total = seconds.abs() as u64;
    let (days, hours) = (total / 86_400, total / 3_600 % 24);
    let (minutes, seconds) = (total / 60 % 60, total % 60);
    match total {
        0..60 => format!("{sign}{seconds}s"),
        60..600 => format!("{sign}{minutes}m {seconds:02}s"),
        600..3_600 => format!("{sign}{minutes}m"),
        3_600..86_400 => format!("{sign}{hours}h{minutes:02}m"),
        _ if days < 100 => format!("{sign}{days}d {hours}h"),
        _ => format!("{sign}{days}d"),
    }
}

/// `14:30`, with the day if that is another one.
#[must_use]
pub fn clock(at: DateTime<Utc>, now: DateTime<Utc>, utc: bool) -> String {
    let words = |at: NaiveDateTime, now: NaiveDateTime| {
        let format = if at.date() == now.date() {
            "%H:%M"
        } else {
            "%d %b %H:%M"
        };
        at.format(format).to_string()
    };
    if utc {
        format!("{}Z", words(at.naive_utc(), now.naive_utc()))
    } else {
        let local = |at: DateTime<Utc>| at.with_timezone(&Local).naive_local();
        words(local(at), local(now))
    }
}

/// [`duration`] of minutes, as the views give them.
#[must_use]
pub fn duration_of_minutes(minutes: f64) -> String {
    duration(minutes * 60.0)
}

/// How long something fast took: `840ms`, `4.2s`, else as [`duration`].
#[must_use]
pub fn short_duration(seconds: f64) -> String {
    match seconds {
        s if (0.0..0.9995).contains(&s) => format!("{:.0}ms", s * 1e3),
        s if (0.0..9.95).contains(&s) => format!("{s:.1}s"),
        s => duration(s),
    }
}

/// What a task is an instance of: `payments/charge_order`, or one word where both are the same.
#[must_use]
pub fn title(namespace: &str, name: &str) -> String {
    if namespace == name {
        name.to_owned()
    } else {
        format!("{namespace}/{name}")
    }
}

/// `12,400`.
#[must_use]
pub fn count(n: i64) -> String {
    let digits = n.unsigned_abs().to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if n < 0 {
        grouped.push('-');
    }
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// `12,400`, or `~12,400` if it is an estimate.
#[must_use]
pub fn count_or_estimate(total: Total) -> String {
    let about = if total.is_estimate { "~" } else { "" };
    format!("{about}{}", count(total.rows))
}

/// [`count`] of what is in memory.
#[must_use]
pub fn count_usize(n: usize) -> String {
    count(i64::try_from(n).unwrap_or(i64::MAX))
}

/// `1 step`, `3 steps`.
#[must_use]
pub fn plural(n: usize, one: &str) -> String {
    let s = if n == 1 { "" } else { "s" };
    let stem = one
        .strip_suffix('y')
        .filter(|stem| !stem.ends_with(['a', 'e', 'o', 'u']));
    if let Some(stem) = stem.filter(|_| n != 1) {
        return format!("{} {stem}ies", count_usize(n));
    }
    format!("{} {one}{s}", count_usize(n))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_called_the_same_twice_is_called_once() {
        assert_eq!(title("payments", "charge"), "payments/charge");
        assert_eq!(title("send_email", "send_email"), "send_email");
    }

    #[test]
    fn ages_at_and_around_each_unit() {
        let cases = [
            (0.0, "0s"),
            (59.9, "59s"),
            (60.0, "1m 00s"),
            (200.0, "3m 20s"),
            (600.0, "10m"),
            (3_599.0, "59m"),
            (15_120.0, "4h12m"),
            (86_400.0, "1d 0h"),
            (-90.0, "-1m 30s"),
            (-0.2, "0s"),
            (f64::NAN, "?"),
            (f64::INFINITY, "?"),
            (1e300, "?"),
        ];
        for (seconds, want) in cases {
            assert_eq!(duration(seconds), want, "{seconds} s");
        }
    }

    #[test]
    fn what_is_fast_is_said_with_its_fraction() {
        let cases = [
            (0.0, "0ms"),
            (0.9994, "999ms"),
            (0.9996, "1.0s"),
            (9.94, "9.9s"),
            (9.96, "9s"),
            (90.0, "1m 30s"),
            (-1.0, "-1s"),
        ];
        for (seconds, want) in cases {
            assert_eq!(short_duration(seconds), want, "{seconds} s");
        }
    }

    #[test]
    fn counts_are_grouped_by_thousands() {
        let cases = [
            (0, "0"),
            (999, "999"),
            (12_400, "12,400"),
            (-1_000, "-1,000"),
        ];
        for (n, want) in cases {
            assert_eq!(count(n), want);
        }
        assert_eq!(count_or_estimate(Total::exact(12_400)), "12,400");
        assert_eq!(count_or_estimate(Total::about(12_400)), "~12,400");
        assert_eq!(plural(1, "entry"), "1 entry");
        assert_eq!(plural(1_200, "entry"), "1,200 entries");
        assert_eq!(plural(2, "step"), "2 steps");
        assert_eq!(plural(2, "key"), "2 keys");
    }
}
