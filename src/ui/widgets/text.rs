//! Text that fits: cut and padded by how wide it is drawn, not by how many letters it has.

use chrono::{DateTime, Local, Utc};
use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr;

pub use crate::app::format::{
    count, count_usize, duration, duration_of_minutes, plural, reason, short_duration, title,
};
use crate::app::session::TimeFormat;

/// How many cells it takes.
#[must_use]
pub fn width(text: &str) -> usize {
    text.graphemes(true).map(UnicodeWidthStr::width).sum()
}

/// A share of one as `0.3%`, `12%`; what is less than a tenth of a percent as `<0.1%`.
#[must_use]
pub fn percent(share: f64) -> String {
    match share * 100.0 {
        p if p < 0.05 => "<0.1%".to_owned(),
        p if p < 9.95 => format!("{p:.1}%"),
        p => format!("{p:.0}%"),
    }
}

/// At most `room` cells of it; what is cut ends in `…`.
#[must_use]
pub fn cut(text: &str, room: usize) -> String {
    if width(text) <= room {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut used = 0;
    for part in text.graphemes(true) {
        if used + part.width() + 1 > room {
            break;
        }
        used += part.width();
        kept.push_str(part);
    }
    if room > 0 {
        kept.push('…');
    }
    kept
}

/// The same, of a name in a namespace. One that is a path with dots says least in its beginning, so that
/// goes first: `llm/…summarize_thread`.
#[must_use]
pub fn cut_name(name: &str, room: usize) -> String {
    if width(name) <= room || name.contains(' ') {
        return cut(name, room);
    }
    let (namespace, path) = name.split_once('/').unwrap_or(("", name));
    let start = &name[..name.len() - path.len()];
    let mut rest = path;
    while let Some((_, shorter)) = rest.split_once('.') {
        let short = format!("{start}…{shorter}");
        if width(&short) <= room {
            return short;
        }
        rest = shorter;
    }
    if rest.len() == path.len() || namespace.is_empty() {
        return cut(name, room);
    }
    cut(&format!("{start}…{rest}"), room)
}

/// Exactly `room` cells of it.
#[must_use]
pub fn fit(text: &str, room: usize) -> String {
    let mut fitted = cut(text, room);
    let missing = room - width(&fitted).min(room);
    fitted.extend(std::iter::repeat_n(' ', missing));
    fitted
}

/// Exactly `room` cells of it, pushed to the right.
#[must_use]
pub fn fit_right(text: &str, room: usize) -> String {
    let cut = cut(text, room);
    format!("{}{cut}", " ".repeat(room - width(&cut).min(room)))
}

/// The end of it, for text with the cursor at its end; what is cut begins with `…`.
#[must_use]
pub fn tail(text: &str, room: usize) -> String {
    if width(text) <= room {
        return text.to_owned();
    }
    let mut kept = Vec::new();
    let mut used = 1;
    for part in text.graphemes(true).rev() {
        used += part.width();
        if used > room {
            break;
        }
        kept.push(part);
    }
    kept.push("…");
    kept.reverse();
    if room == 0 {
        String::new()
    } else {
        kept.concat()
    }
}

/// `text` in lines of at most `room` cells, broken at spaces where there are any.
#[must_use]
pub fn wrap(text: &str, room: usize) -> Vec<String> {
    let room = room.max(1);
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split_inclusive(' ') {
            if !line.is_empty() && width(&line) + width(word.trim_end()) > room {
                lines.push(std::mem::take(&mut line));
            }
            for part in word.graphemes(true) {
                if width(&line) + part.width() > room && part != " " {
                    lines.push(std::mem::take(&mut line));
                }
                line.push_str(part);
            }
        }
        lines.push(line);
    }
    if lines.is_empty() {
        lines.push(String::new());
    }
    lines
        .into_iter()
        .map(|line| line.trim_end().to_owned())
        .collect()
}

/// A share as a bar of `room` cells with steps of an eighth.
#[must_use]
pub fn bar(share: f64, room: usize) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let share = if share.is_finite() {
        share.clamp(0.0, 1.0)
    } else {
        0.0
    };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a share of a screen's width"
    )]
    let eighths = (share * room as f64 * 8.0).round() as usize;
    let bar = "█".repeat(eighths / 8) + EIGHTHS[eighths % 8];
    fit(&bar, room)
}

/// How many of `values` must share a bar for all of them to fit, so that bars are alike.
#[must_use]
pub fn per_bar(values: usize, room: usize) -> usize {
    values.div_ceil(room.max(1)).max(1)
}

/// The last `room` values as a curve one line high, against `top` or their own highest.
#[must_use]
pub fn sparkline(values: &[i64], room: usize, top: Option<i64>) -> String {
    let known: Vec<Option<i64>> = values.iter().copied().map(Some).collect();
    broken_sparkline(&known, room, top)
}

/// The same of values of which some are not known: a dot for each.
#[must_use]
pub fn broken_sparkline(values: &[Option<i64>], room: usize, top: Option<i64>) -> String {
    const LEVELS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let values = &values[values.len().saturating_sub(room)..];
    let top = top
        .unwrap_or(0)
        .max(values.iter().copied().flatten().max().unwrap_or(0))
        .max(1);
    let level = |value: i64| {
        let level = i128::from(value.clamp(0, top)) * 7 / i128::from(top);
        LEVELS[usize::try_from(level).unwrap_or(0).min(7)]
    };
    values
        .iter()
        .map(|value| value.map_or('·', level))
        .collect()
}

/// An instant as the operator wants it: `4h12m ago`, `in 6m`, `14:02:11`, `12 Jan 14:02`.
#[must_use]
pub fn instant(at: DateTime<Utc>, now: DateTime<Utc>, times: TimeFormat) -> String {
    let far = (now - at).abs() > chrono::TimeDelta::hours(18);
    let format = if far { "%d %b %H:%M" } else { "%H:%M:%S" };
    match times {
        TimeFormat::Relative => {
            let ago = (now - at).as_seconds_f64();
            if ago < -0.5 {
                format!("in {}", duration(-ago))
            } else {
                format!("{} ago", duration(ago.max(0.0)))
            }
        }
        TimeFormat::Local => at.with_timezone(&Local).format(format).to_string(),
        TimeFormat::Utc => format!("{}Z", at.format(format)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_by_width() {
        for (text, room, want) in [
            ("charge_card", 20, "charge_card"),
            ("charge_card", 7, "charge…"),
            ("日本語", 5, "日本…"),
            ("日本語", 4, "日…"),
            ("日本語", 1, "…"),
            ("abc", 0, ""),
            ("", 3, ""),
        ] {
            assert_eq!(cut(text, room), want);
            assert_eq!(width(&fit(text, room)), room);
            assert_eq!(width(&fit_right(text, room)), room);
            assert!(width(&tail(text, room)) <= room);
        }
    }

    #[test]
    fn a_name_with_dots_loses_its_beginning_first() {
        for (name, room, want) in [
            ("llm/app.tasks.llm.embed", 23, "llm/app.tasks.llm.embed"),
            ("llm/app.tasks.llm.embed", 22, "llm/…tasks.llm.embed"),
            ("llm/app.tasks.llm.embed", 12, "llm/…embed"),
            ("llm/app.tasks.llm.embed", 8, "llm/…em…"),
            ("openai.RateLimitError", 16, "…RateLimitError"),
            ("openai.RateLimitError", 8, "openai.…"),
            ("orders/fulfill", 10, "orders/fu…"),
            ("v1.2.0 of the api", 8, "v1.2.0 …"),
        ] {
            assert_eq!(cut_name(name, room), want, "{name} in {room}");
        }
    }

    #[test]
    fn bars_and_curves() {
        assert_eq!(bar(0.5, 4), "██  ");
        assert_eq!(bar(0.53, 4), "██▏ ");
        assert_eq!(bar(7.0, 3), "███");
        assert_eq!(bar(f64::NAN, 3), "   ");
        assert_eq!(sparkline(&[0, 1, 2, 4, 8], 4, None), "▁▂▄█");
        assert_eq!(sparkline(&[0, 0], 4, None), "▁▁");
        assert_eq!(sparkline(&[i64::MAX, i64::MIN], 4, None), "█▁");
    }

    #[test]
    fn long_words_are_broken_and_spaces_respected() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(wrap("", 3), [""]);
        assert_eq!(wrap("日本語", 1), ["", "日", "本", "語"]);
    }
}
