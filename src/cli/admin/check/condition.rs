//! `pending>50`, `oldest>=4h`: a number of the header against another.

use std::fmt;
use std::str::FromStr;

use crate::app::format::{count, duration};
use crate::data::error::DataError;
use crate::data::model::Counts;
use crate::data::source::Source;

/// What can be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Name {
    /// Open investigations.
    Pending,
    /// Those that nobody has claimed.
    Unowned,
    /// Stale tasks.
    Stale,
    /// Tasks on their way there.
    Warning,
    /// Tasks and open entries whose age is impossible or not known.
    Suspect,
    /// Opened in the last hour.
    Arrived,
    /// Closed in the last hour.
    Resolved,
    /// Templates that use the defaults because theirs cannot be read.
    TemplateWarnings,
    /// How long the oldest open investigation has waited.
    Oldest,
    /// How long the oldest that nobody has claimed has.
    UnownedOldest,
    /// How long there have been more than fifty without a break.
    Backlog,
    /// How long ago any detector has swept.
    DetectorAge,
    /// Tasks that sweeps would take.
    Due,
    /// 1 if sweeps act on this database.
    Armed,
    /// 1 if the breaker holds them.
    Held,
}

const NAMES: [(&str, Name); 15] = [
    ("pending", Name::Pending),
    ("unowned", Name::Unowned),
    ("stale", Name::Stale),
    ("warning", Name::Warning),
    ("suspect", Name::Suspect),
    ("arrived", Name::Arrived),
    ("resolved", Name::Resolved),
    ("template_warnings", Name::TemplateWarnings),
    ("oldest", Name::Oldest),
    ("unowned_oldest", Name::UnownedOldest),
    ("backlog", Name::Backlog),
    ("detector_age", Name::DetectorAge),
    ("due", Name::Due),
    ("armed", Name::Armed),
    ("held", Name::Held),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Op {
    More,
    MoreOrEqual,
    Less,
    LessOrEqual,
    Equal,
}

/// The longer ones first: `>=` begins with `>`.
const OPS: [(&str, Op); 5] = [
    (">=", Op::MoreOrEqual),
    ("<=", Op::LessOrEqual),
    (">", Op::More),
    ("<", Op::Less),
    ("=", Op::Equal),
];

/// One condition.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// What is looked at.
    pub name: Name,
    op: Op,
    /// A number, or seconds.
    limit: f64,
    text: String,
}

impl Name {
    const fn is_time(self) -> bool {
        matches!(
            self,
            Self::Oldest | Self::UnownedOldest | Self::Backlog | Self::DetectorAge
        )
    }

    /// What it is now: a number, or seconds. None of a time is `None`.
    #[must_use]
    pub fn value(self, counts: &Counts) -> Option<f64> {
        #[expect(
            clippy::cast_precision_loss,
            reason = "nobody sets a limit of nine thousand billion"
        )]
        let number = |n: i64| Some(n as f64);
        let minutes = |minutes: Option<f64>| minutes.map(|minutes| minutes * 60.0);
        let detector = counts.detector.as_ref();
        match self {
            Self::Pending => number(counts.pending),
            Self::Unowned => number(counts.unowned),
            Self::Stale => number(counts.stale),
            Self::Warning => number(counts.warning),
            Self::Suspect => number(counts.suspect),
            Self::Arrived => number(counts.arrived_last_hour),
            Self::Resolved => counts.resolved_last_hour.and_then(number),
            Self::TemplateWarnings => number(counts.template_warnings),
            Self::Oldest => minutes(counts.oldest_pending_minutes),
            Self::UnownedOldest => minutes(counts.oldest_unowned_minutes),
            Self::Backlog => minutes(counts.backlog_minutes),
            Self::DetectorAge => counts.seconds_since_sweep,
            Self::Due => detector.and_then(|state| number(state.due)),
            Self::Armed => detector.and_then(|state| number(state.is_armed().into())),
            Self::Held => {
                detector.and_then(|state| number((state.is_armed() && state.holds).into()))
            }
        }
    }

    /// That the source counts such things: what is always nothing must not pass for fine.
    ///
    /// # Errors
    ///
    /// [`DataError::Unsupported`], if it does not.
    pub fn demand(self, source: &Source) -> Result<(), DataError> {
        source.require(match self {
            Self::Stale | Self::Warning | Self::Suspect => "staleness",
            Self::Unowned | Self::UnownedOldest => "own_entry",
            Self::TemplateWarnings => "stats_templates",
            Self::DetectorAge => "stats_sweeps",
            Self::Due | Self::Armed | Self::Held => "detector",
            Self::Pending | Self::Arrived | Self::Resolved | Self::Oldest | Self::Backlog => {
                "queue"
            }
        })
    }

    /// Whether it is known now: of some sources nothing but samples tells.
    #[must_use]
    pub fn is_known(self, counts: &Counts) -> bool {
        self != Self::Resolved || counts.resolved_last_hour.is_some()
    }

    /// How much more its value could be, because there are ages that cannot be or are not known: what has one
    /// may be stale, or older than the oldest that is known.
    fn hidden(self, counts: &Counts) -> f64 {
        let suspect = |n: i64| f64::from(i32::try_from(n.max(0)).unwrap_or(i32::MAX));
        match self {
            Self::Stale | Self::Warning => suspect(counts.suspect),
            Self::Oldest | Self::UnownedOldest | Self::Backlog if counts.suspect_entries > 0 => {
                f64::INFINITY
            }
            _ => 0.0,
        }
    }

    /// The same in words.
    #[must_use]
    pub fn said(self, counts: &Counts) -> String {
        match self.value(counts) {
            None if self == Self::DetectorAge => "more than a week".to_owned(),
            None if self.hidden(counts) > 0.0 => "not known".to_owned(),
            None => "none".to_owned(),
            Some(seconds) if self.is_time() => duration(seconds),
            #[expect(clippy::cast_possible_truncation, reason = "it was a whole number")]
            Some(number) => count(number as i64),
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = NAMES.iter().find(|(_, name)| name == self);
        f.write_str(named.map_or("", |(text, _)| text))
    }
}

impl Condition {
    /// Whether it is so. Where nothing waits, nothing has waited for any time at all; where no detector
    /// has swept, the last sweep is longer ago than any limit.
    #[must_use]
    pub fn holds(&self, counts: &Counts) -> bool {
        self.holds_of(self.value(counts))
    }

    /// How many have an age that is impossible or not known, if that leaves open whether the condition holds: it
    /// does not, but would if they were old.
    #[must_use]
    pub fn undecided(&self, counts: &Counts) -> Option<i64> {
        let hidden = self.name.hidden(counts);
        let value = self.value(counts);
        let between = self.op == Op::Equal && (value..=value + hidden).contains(&self.limit);
        let could_hold = between || self.holds_of(value + hidden);
        let suspect = match self.name {
            Name::Stale | Name::Warning => counts.suspect,
            _ => counts.suspect_entries,
        };
        (hidden > 0.0 && could_hold && !self.holds_of(value)).then_some(suspect)
    }

    fn value(&self, counts: &Counts) -> f64 {
        let none = if self.name == Name::DetectorAge {
            f64::INFINITY
        } else {
            0.0
        };
        self.name.value(counts).unwrap_or(none)
    }

    fn holds_of(&self, value: f64) -> bool {
        match self.op {
            Op::More => value > self.limit,
            Op::MoreOrEqual => value >= self.limit,
            Op::Less => value < self.limit,
            Op::LessOrEqual => value <= self.limit,
            Op::Equal => value.total_cmp(&self.limit).is_eq(),
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Condition {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let like_this = "write NAME OP VALUE, as in 'pending>50' or 'oldest>=4h'";
        let at = compact.find(['>', '<', '=']).ok_or(like_this)?;
        let (name, rest) = compact.split_at(at);
        let name = NAMES.iter().find(|(known, _)| *known == name);
        let (_, name) = name.ok_or_else(|| {
            let names: Vec<&str> = NAMES.iter().map(|(name, _)| *name).collect();
            format!("the names are {}", names.join(", "))
        })?;
        let op = OPS.iter().find(|(op, _)| rest.starts_with(op));
        let (op_text, op) = op.ok_or(like_this)?;
        let value = &rest[op_text.len()..];
        let limit = if name.is_time() {
            humantime::parse_duration(value)
                .map_err(|_| "a time is written as 90s, 10m or 4h".to_owned())?
                .as_secs_f64()
        } else {
            let number: u32 = value
                .parse()
                .map_err(|_| "a number is whole and not negative, as in 50".to_owned())?;
            f64::from(number)
        };
        Ok(Self {
            name: *name,
            op: *op,
            limit,
            text: compact,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::model::detector::DetectorState;

    fn holds(condition: &str, counts: &Counts) -> bool {
        condition.parse::<Condition>().unwrap().holds(counts)
    }

    #[test]
    fn numbers_and_times_are_compared() {
        let counts = Counts {
            pending: 51,
            oldest_pending_minutes: Some(240.0),
            oldest_unowned_minutes: None,
            seconds_since_sweep: None,
            detector: Some(DetectorState {
                armed_at: Some(chrono::DateTime::UNIX_EPOCH),
                due: 60,
                holds: true,
                ..DetectorState::default()
            }),
            ..Counts::default()
        };
        for (condition, want) in [
            ("pending>50", true),
            ("pending > 51", false),
            ("pending>=51", true),
            ("pending=51", true),
            ("pending<=50", false),
            ("stale<1", true),
            ("oldest>=4h", true),
            ("oldest>4h", false),
            ("unowned_oldest>0s", false),
            // nobody has ever looked
            ("detector_age>1000days", true),
            ("due>=60", true),
            ("armed=0", false),
            ("held=1", true),
        ] {
            assert_eq!(holds(condition, &counts), want, "{condition}");
        }
    }

    #[test]
    fn ages_that_nobody_knows_leave_a_condition_open() {
        let counts = Counts {
            pending: 60,
            stale: 2,
            suspect: 5,
            suspect_entries: 3,
            oldest_pending_minutes: Some(30.0),
            ..Counts::default()
        };
        let undecided = |condition: &str| {
            let condition = condition.parse::<Condition>().unwrap();
            condition.undecided(&counts)
        };
        for (condition, want) in [
            ("oldest>4h", Some(3)),
            ("oldest>=10m", None),
            ("unowned_oldest>1m", Some(3)),
            ("backlog>2h", Some(3)),
            // Five more would not be enough.
            ("stale>7", None),
            ("stale>=7", Some(5)),
            ("warning>0", Some(5)),
            ("warning=3", Some(5)),
            ("stale<9", None),
            ("pending>60", None),
            ("suspect>5", None),
            ("detector_age>1h", None),
        ] {
            assert_eq!(undecided(condition), want, "{condition}");
        }
        assert_eq!(Name::UnownedOldest.said(&counts), "not known");
        assert_eq!(Name::UnownedOldest.said(&Counts::default()), "none");
    }

    #[test]
    fn what_is_not_understood_is_said() {
        for wrong in [
            "",
            "pending",
            "pending>",
            ">5",
            "pendings>5",
            "pending>4h",
            "oldest>4",
            "pending>-1",
            "pending>>5",
            "pending=>5",
            "pending>1e9",
        ] {
            assert!(wrong.parse::<Condition>().is_err(), "{wrong}");
        }
    }
}
