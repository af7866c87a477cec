//! What a setting can be: its type and range, and how it is read and written.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;
use std::time::Duration;

use serde_json::{Value as Json, json};

use super::problem::shown;

pub use super::read_url::ReadUrl;
pub use crate::data::poller::schedule::Budget;

/// The type of a setting, with its range.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// On or off.
    Switch,
    /// A whole number.
    Whole(i64, i64),
    /// Any number.
    Number(f64, f64),
    /// A number of days, or for ever.
    Days(f64),
    /// The most there may be, or no limit.
    Limit(i64, i64),
    /// A time such as `2s`.
    Time(Duration, Duration),
    /// A share of one core.
    Budget,
    /// An address to listen on.
    Listen,
    /// The address of a database, or none.
    ReadUrl,
}

/// The value of a setting.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value {
    /// On or off.
    Switch(bool),
    /// A whole number.
    Whole(i64),
    /// A number.
    Number(f64),
    /// No limit: of days, for ever.
    ForEver,
    /// A time.
    Time(Duration),
    /// A share of one core.
    Budget(Budget),
    /// Where to listen.
    Listen(Listen),
    /// Where to read from.
    ReadUrl(ReadUrl),
}

impl Value {
    /// Whether it is an address with its password in it.
    pub(super) fn holds_password(self) -> bool {
        matches!(self, Self::ReadUrl(url) if url.holds_password())
    }
}

/// A value as a file or a variable has it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Raw<'a> {
    /// `true` or `false`.
    Switch(bool),
    /// `30`.
    Whole(i64),
    /// `0.8`.
    Number(f64),
    /// `"2s"`.
    Text(&'a str),
    /// `["a", "b"]`.
    Texts(&'a [String]),
    /// Another list, a table, a date: no setting is one.
    Other,
}

/// Where to listen, if anywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Listen(pub Option<SocketAddr>);

impl Listen {
    const WANTED: &str = "an address such as 127.0.0.1:9464 or [::1]:9464, or off";
}

impl FromStr for Listen {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "off" {
            return Ok(Self(None));
        }
        text.parse()
            .map(|address| Self(Some(address)))
            .map_err(|_| format!("write {}", Self::WANTED))
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(address) => write!(f, "{address}"),
            None => write!(f, "off"),
        }
    }
}

/// The times that an interval may have.
pub const INTERVALS: (Duration, Duration) = (Duration::from_millis(100), Duration::from_hours(24));

/// "2s", "5m", "1h 30m": at least 100 ms, at most a day.
///
/// # Errors
///
/// What to write instead.
pub fn interval(text: &str) -> Result<Duration, String> {
    let time = humantime::parse_duration(text)
        .map_err(|_| "write a time such as 2s, 5m or 1h30m".to_owned())?;
    let (least, most) = INTERVALS;
    if (least..=most).contains(&time) {
        Ok(time)
    } else {
        Err(format!("must be between {}", between(least, most)))
    }
}

fn between(least: Duration, most: Duration) -> String {
    let words = humantime::format_duration;
    format!("{} and {}", words(least), words(most))
}

impl Kind {
    /// What to write, in words: type and range.
    #[must_use]
    pub fn wanted(self) -> String {
        match self {
            Self::Switch => "true or false".to_owned(),
            Self::Whole(least, most) => format!("a whole number from {least} to {most}"),
            Self::Number(least, most) => format!("a number from {least} to {most}"),
            Self::Days(most) => format!("a number from 0 to {most}, or false for ever"),
            Self::Limit(least, most) => {
                format!("a whole number from {least} to {most}, or false for no limit")
            }
            Self::Time(least, most) => {
                format!("a time such as 2s or 5m, between {}", between(least, most))
            }
            Self::Budget => Budget::WANTED.to_owned(),
            Self::Listen => Listen::WANTED.to_owned(),
            Self::ReadUrl => ReadUrl::WANTED.to_owned(),
        }
    }

    /// What was given instead, as it may be repeated.
    pub(super) fn shown(self, given: &str) -> String {
        match self {
            Self::ReadUrl => "…".to_owned(),
            _ => shown(given),
        }
    }

    /// The value, if it is of this type and in range.
    #[must_use]
    pub fn accept(self, raw: Raw<'_>) -> Option<Value> {
        match (self, raw) {
            (Self::Switch, Raw::Switch(on)) => Some(Value::Switch(on)),
            (Self::Whole(least, most) | Self::Limit(least, most), Raw::Whole(number)) => (least
                ..=most)
                .contains(&number)
                .then_some(Value::Whole(number)),
            (Self::Number(least, most), raw) => number(raw, least, most).map(Value::Number),
            (Self::Days(_) | Self::Limit(..), Raw::Switch(false)) => Some(Value::ForEver),
            (Self::Days(most), raw) => number(raw, 0.0, most).map(Value::Number),
            (Self::Time(least, most), Raw::Text(text)) => humantime::parse_duration(text)
                .ok()
                .filter(|time| (least..=most).contains(time))
                .map(Value::Time),
            (Self::Budget, Raw::Text(text)) => text.parse().ok().map(Value::Budget),
            (Self::Listen, Raw::Text(text)) => text.parse().ok().map(Value::Listen),
            (Self::ReadUrl, Raw::Text(text)) => text.parse().ok().map(Value::ReadUrl),
            _ => None,
        }
    }

    /// The value of an environment variable, where everything is text.
    #[must_use]
    pub fn accept_text(self, text: &str) -> Option<Value> {
        let text = text.trim();
        let raw = match self {
            Self::Time(..) | Self::Budget | Self::Listen | Self::ReadUrl => Raw::Text(text),
            _ => bare(text),
        };
        self.accept(raw)
    }

    /// The value that a column of `dlqtop.settings` stands for.
    #[must_use]
    pub fn from_column(self, json: &Json, factor: f64) -> Option<Value> {
        match (self, json) {
            (Self::Switch, Json::Bool(on)) => Some(Value::Switch(*on)),
            (Self::Days(_) | Self::Limit(..), Json::Null) => Some(Value::ForEver),
            (Self::Whole(..) | Self::Limit(..), json) => json.as_i64().map(Value::Whole),
            (Self::Days(_) | Self::Number(..), json) => {
                json.as_f64().map(|number| Value::Number(number / factor))
            }
            _ => None,
        }
    }
}

fn number(raw: Raw<'_>, least: f64, most: f64) -> Option<f64> {
    let number = match raw {
        // Beyond any range long before it is no longer exact.
        #[expect(clippy::cast_precision_loss, reason = "a range is checked next")]
        Raw::Whole(number) => number as f64,
        Raw::Number(number) => number,
        _ => return None,
    };
    (least..=most).contains(&number).then_some(number)
}

/// What a file would hold without quotes.
fn bare(text: &str) -> Raw<'_> {
    let switch = text.parse().map(Raw::Switch);
    switch
        .or_else(|_| text.parse().map(Raw::Whole))
        .or_else(|_| text.parse().map(Raw::Number))
        .unwrap_or(Raw::Text(text))
}

impl Value {
    /// As JSON, for other programs.
    #[must_use]
    pub fn to_json(self) -> Json {
        match self {
            Self::Switch(on) => json!(on),
            Self::Whole(number) => json!(number),
            Self::Number(number) => json!(number),
            Self::ForEver => json!(false),
            Self::Time(time) => json!(humantime::format_duration(time).to_string()),
            Self::Budget(budget) => json!(budget.to_string()),
            Self::Listen(listen) => json!(listen.to_string()),
            Self::ReadUrl(url) => json!(url.to_string()),
        }
    }

    /// As a column of `dlqtop.settings` holds it.
    #[must_use]
    pub fn to_column(self, factor: f64) -> Json {
        match self {
            Self::Number(number) => json!(number * factor),
            Self::ForEver => Json::Null,
            value => value.to_json(),
        }
    }
}

/// As `config.toml` has it.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Switch(on) => write!(f, "{on}"),
            Self::Whole(number) => write!(f, "{number}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::ForEver => write!(f, "false"),
            Self::Time(time) => write!(f, "\"{}\"", humantime::format_duration(*time)),
            Self::Budget(budget) => write!(f, "\"{budget}\""),
            Self::Listen(listen) => write!(f, "\"{listen}\""),
            Self::ReadUrl(url) => write!(f, "\"{url}\""),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_taken_up_to_its_limits_and_not_beyond() {
        let cases = [
            (Kind::Whole(1, 10), "1", Some(Value::Whole(1))),
            (Kind::Whole(1, 10), "10", Some(Value::Whole(10))),
            (Kind::Whole(1, 10), "0", None),
            (Kind::Whole(1, 10), "11", None),
            (Kind::Whole(1, 10), "2.0", None),
            (Kind::Whole(1, 10), "99999999999999999999", None),
            (Kind::Number(0.5, 2.0), "0.5", Some(Value::Number(0.5))),
            (Kind::Number(0.5, 2.0), " 2 ", Some(Value::Number(2.0))),
            (Kind::Number(0.5, 2.0), "0.49", None),
            (Kind::Number(0.5, 2.0), "NaN", None),
            (Kind::Number(0.5, 2.0), "inf", None),
            (Kind::Number(0.5, 2.0), "30m", None),
            (Kind::Number(0.5, 2.0), "true", None),
            (Kind::Days(9.0), "0", Some(Value::Number(0.0))),
            (Kind::Days(9.0), "false", Some(Value::ForEver)),
            (Kind::Days(9.0), "true", None),
            (Kind::Days(9.0), "-1", None),
            (Kind::Limit(1, 9), "9", Some(Value::Whole(9))),
            (Kind::Limit(1, 9), "false", Some(Value::ForEver)),
            (Kind::Limit(1, 9), "0", None),
            (Kind::Limit(1, 9), "1.5", None),
            (Kind::Switch, "false", Some(Value::Switch(false))),
            (Kind::Switch, "yes", None),
            (Kind::Switch, "1", None),
            (Kind::Budget, "off", Some(Value::Budget(Budget::Off))),
            (
                Kind::Budget,
                "0.1%",
                Some(Value::Budget(Budget::Percent(0.1))),
            ),
            (
                Kind::Budget,
                "100 %",
                Some(Value::Budget(Budget::Percent(100.0))),
            ),
            (Kind::Budget, "0.09%", None),
            (Kind::Budget, "101%", None),
            (Kind::Budget, "NaN%", None),
            (Kind::Budget, "1", None),
            (Kind::Listen, "off", Some(Value::Listen(Listen(None)))),
            (Kind::Listen, "9187", None),
            (Kind::Listen, "db.example:9187", None),
        ];
        for (kind, text, wanted) in cases {
            assert_eq!(kind.accept_text(text), wanted, "{kind:?} {text:?}");
        }
    }

    #[test]
    fn an_interval_is_a_time_between_its_limits() {
        let (least, most) = INTERVALS;
        let kind = Kind::Time(least, most);
        for (text, wanted) in [
            ("100ms", least),
            ("1day", most),
            ("90s", Duration::from_secs(90)),
        ] {
            assert_eq!(kind.accept_text(text), Some(Value::Time(wanted)), "{text}");
            assert_eq!(interval(text), Ok(wanted), "{text}");
        }
        for text in ["99ms", "25h", "5", "5x", ""] {
            assert_eq!(kind.accept_text(text), None, "{text}");
            assert!(interval(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_written_to_a_column_is_read_back() {
        let cases = [
            (
                Kind::Number(0.0, 9e9),
                Value::Number(24.0),
                60.0,
                json!(1440.0),
            ),
            (Kind::Days(9.0), Value::ForEver, 1.0, Json::Null),
            (Kind::Days(9.0), Value::Number(0.5), 1.0, json!(0.5)),
            (Kind::Switch, Value::Switch(true), 1.0, json!(true)),
            (Kind::Whole(1, 9), Value::Whole(7), 1.0, json!(7)),
        ];
        for (kind, value, factor, column) in cases {
            assert_eq!(value.to_column(factor), column, "{value:?}");
            assert_eq!(kind.from_column(&column, factor), Some(value), "{column}");
        }
        assert_eq!(Kind::Switch.from_column(&json!("true"), 1.0), None);
    }
}
