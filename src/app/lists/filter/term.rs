//! One term: what it asks of a row, and what is wrong with it.

use super::fields::{ERROR, FilterError, FilterFields, STEP};
use crate::app::format;
use crate::app::group_key::GroupKey;
use crate::app::lists::filter::tokens::Token;
use crate::app::pane::Pane;
use crate::data::model::Health;
use crate::data::model::safe_text::SafeText;

/// What one term asks.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Condition {
    Text(String),
    Reason(String),
    Namespace(String),
    State(String),
    Owner(String),
    Health(String),
    Step(String),
    Error(String),
    Older(f64),
    Younger(f64),
    Group(GroupKey),
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Term {
    pub inverted: bool,
    pub asks: Condition,
}

impl Term {
    /// Whether it holds for all entries of a group that has these fields. What a value, an age or an owner
    /// decides is different for each of them.
    pub(super) fn admits_group(&self, fields: &FilterFields<'_>) -> bool {
        let decides = match &self.asks {
            Condition::Namespace(_) | Condition::Step(_) | Condition::Group(_) => true,
            // A text that is not in the fingerprint may be in a value.
            Condition::Text(_) | Condition::Error(_) => !self.inverted,
            _ => false,
        };
        decides && self.inverted != self.asks.holds(fields)
    }
}

impl Condition {
    pub(super) fn holds(&self, fields: &FilterFields<'_>) -> bool {
        match self {
            Self::Text(part) => {
                fields.text.iter().any(|text| contains(text, part))
                    || more(fields, part)
                    || is_in_id(fields, part)
            }
            // by the name that the screen shows, too
            Self::Reason(part) => {
                contains(fields.reason, part) || contains(format::reason(fields.reason), part)
            }
            Self::Namespace(part) => contains(fields.namespace, part),
            Self::State(part) => {
                fields.states.iter().any(|state| contains(state, part)) || more(fields, part)
            }
            Self::Owner(part) => is(fields.owner, part),
            Self::Health(part) => contains(fields.health, part),
            Self::Step(part) => is(fields.text[STEP], part),
            Self::Error(part) => is(fields.text[ERROR], part),
            Self::Older(minutes) => fields.age_minutes > *minutes,
            Self::Younger(minutes) => fields.age_minutes < *minutes,
            Self::Group(group) => group.holds(fields),
        }
    }
}

/// Whether anything else that is said of it has `lower` in it.
fn more(fields: &FilterFields<'_>, lower: &str) -> bool {
    let mut more = fields.more.iter();
    more.any(|text| contains(text.as_str(), lower))
}

/// As [`contains`]; `none` asks for nothing to be there.
fn is(text: &str, lower: &str) -> bool {
    if lower == "none" {
        text.is_empty()
    } else {
        contains(text, lower)
    }
}

/// Whether it is part of an id, the short one (its end) or the whole, with or without hyphens.
fn is_in_id(fields: &FilterFields<'_>, lower: &str) -> bool {
    // Fewer letters than this are in many ids by chance.
    const LEAST: usize = 4;
    let hex = |c: char| c.is_ascii_hexdigit() || c == '-';
    if lower.len() < LEAST || !lower.chars().all(hex) {
        return false;
    }
    let mut ids = fields.ids.iter().flatten();
    ids.any(|id| id.to_string().contains(lower) || id.simple().to_string().contains(lower))
}

/// Whether `text` has `lower` in it, whatever the case. `lower` is in lower case already.
fn contains(text: &str, lower: &str) -> bool {
    text.to_lowercase().contains(lower)
}

pub(super) fn term(word: &Token, pane: Pane) -> Result<Term, FilterError> {
    let (inverted, body) = match word.text.strip_prefix('!') {
        Some(rest) => (true, rest),
        None => (false, word.text.as_str()),
    };
    let at = word.at + usize::from(inverted);
    let wrong = |message: String| Err(FilterError { at, message });
    if body.is_empty() {
        return wrong("nothing to look for here".to_owned());
    }
    if word.quoted {
        let asks = Condition::Text(body.to_lowercase());
        return Ok(Term { inverted, asks });
    }
    if let Some(asks) = age_term(&body.to_lowercase()) {
        return match asks {
            Ok(asks) => Ok(Term { inverted, asks }),
            Err(message) => wrong(message),
        };
    }
    let Some((key, value)) = body.split_once(':') else {
        let asks = Condition::Text(body.to_lowercase());
        return Ok(Term { inverted, asks });
    };
    let (key, written) = (key.to_lowercase(), value);
    let (key, value) = (key.as_str(), written.to_lowercase());
    if let Some(why) = unknown_of_fleet(key, &value, pane) {
        return wrong(why);
    }
    let asks = match (key, pane) {
        ("group", _) => match GroupKey::read(written) {
            // Whatever its error ends in.
            Some(group) => {
                let asks = Condition::Group(group);
                return Ok(Term { inverted, asks });
            }
            None => return wrong("a group is \"template · step · error\"".to_owned()),
        },
        ("health", Pane::Staleness) if !is_health(&value) => {
            return wrong("health: must be stale, warning, healthy or unknown".to_owned());
        }
        ("reason", Pane::Queue) => Condition::Reason(value),
        ("owner", Pane::Queue) => Condition::Owner(value),
        ("health", Pane::Staleness | Pane::Workers) => Condition::Health(value),
        ("ns", _) => Condition::Namespace(value),
        ("step", _) => Condition::Step(value),
        ("error", _) => Condition::Error(value),
        ("state", _) => Condition::State(value),
        ("reason" | "owner", _) => return wrong(format!("rows here have no {key}")),
        ("health", _) => return wrong("entries have no health; try state:".to_owned()),
        _ => {
            let keys = keys(pane);
            let quoted = SafeText::new(body);
            return wrong(format!(
                "known are {keys}; quote it to look for \"{quoted}\""
            ));
        }
    };
    if body.ends_with(':') {
        return wrong(format!("{key}: wants a word right after the colon"));
    }
    Ok(Term { inverted, asks })
}

/// Why workers and queues cannot be asked for this, if they cannot.
fn unknown_of_fleet(key: &str, value: &str, pane: Pane) -> Option<String> {
    const HEALTHS: [&str; 3] = ["alive", "late", "dead"];
    match (key, pane) {
        ("health", Pane::Workers) => {
            (!is_among(&HEALTHS, value)).then(|| "health: is alive, late or dead".to_owned())
        }
        ("step" | "error" | "group" | "reason" | "owner", Pane::Workers | Pane::Queues)
        | ("ns" | "state" | "health", Pane::Queues) => Some(format!("rows here have no {key}")),
        _ => None,
    }
}

/// Whether it is one of these, or the beginning of it.
fn is_among(all: &[&str], value: &str) -> bool {
    all.iter().any(|one| one.starts_with(value))
}

/// Whether it is how a task can stand, or the beginning of it.
fn is_health(value: &str) -> bool {
    let all = [
        Health::Stale,
        Health::Warning,
        Health::Healthy,
        Health::Unknown,
    ];
    is_among(&all.map(Health::as_str), value)
}

const fn keys(pane: Pane) -> &'static str {
    match pane {
        Pane::Queue => "reason: ns: state: step: error: owner: group: age> age<",
        Pane::Workers => "health: ns: state: age> age<",
        Pane::Queues => "age> age<",
        Pane::Staleness | Pane::Stats => "health: ns: state: step: error: group: age> age<",
    }
}

/// `age>2h`, or `None` if it is not about age at all.
fn age_term(body: &str) -> Option<Result<Condition, String>> {
    let rest = body.strip_prefix("age")?;
    let older = rest.starts_with('>');
    let span = rest.strip_prefix(['>', '<'])?;
    let split = span.find(|c: char| !c.is_ascii_digit() && c != '.');
    let (number, unit) = span.split_at(split.unwrap_or(span.len()));
    let minutes = match unit {
        "s" => 1.0 / 60.0,
        "m" => 1.0,
        "h" => 60.0,
        "d" => 1_440.0,
        _ => return Some(Err("an age looks like 30m, 2h or 1d".to_owned())),
    };
    let Ok(number) = number.parse::<f64>() else {
        return Some(Err("an age looks like 30m, 2h or 1d".to_owned()));
    };
    let limit = number * minutes;
    Some(Ok(if older {
        Condition::Older(limit)
    } else {
        Condition::Younger(limit)
    }))
}
