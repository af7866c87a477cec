//! The filter language of the lists: words, `reason:` `ns:` `state:` `step:` `error:` `owner:`
//! `health:`, where `none` asks for nothing to be there, `age>2h`, and a leading `!` that turns a term round. All terms must hold.

use uuid::Uuid;

use super::action::Pane;
use super::field::Field;
use super::words;
use crate::data::model::Health;
use crate::data::safe_text::SafeText;

/// What a filter can ask of a row.
#[derive(Debug, Clone, Copy, Default)]
pub struct Facts<'a> {
    /// What free text is looked for in: namespace, task, step, error.
    pub text: [&'a str; 4],
    /// The ids of its task and its entry.
    pub ids: [Option<Uuid>; 2],
    /// Why it is in the queue.
    pub reason: &'a str,
    /// Its namespace.
    pub namespace: &'a str,
    /// Its state, and that of its step.
    pub states: [&'a str; 2],
    /// Who has claimed it; empty if nobody.
    pub owner: &'a str,
    /// How it stands.
    pub health: &'a str,
    /// Minutes in its state, or in the queue.
    pub age_minutes: f64,
}

/// What one term asks.
#[derive(Debug, Clone, PartialEq)]
enum Asks {
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
}

#[derive(Debug, Clone, PartialEq)]
struct Term {
    inverted: bool,
    asks: Asks,
}

/// Why a filter cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterError {
    /// Characters before the place it is about.
    pub at: usize,
    /// What is wrong there and what to write instead.
    pub message: String,
}

/// A filter being typed or in force. A term that cannot be understood is left out, the others
/// hold, and what was typed stays typed.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// What was typed.
    pub field: Field,
    /// What is wrong with it.
    pub error: Option<FilterError>,
    terms: Vec<Term>,
}

impl Filter {
    /// Reads what was typed, for rows of `pane`.
    pub fn reread(&mut self, pane: Pane) {
        let (words, unclosed) = words(self.field.text());
        let mut errors: Vec<FilterError> = unclosed.into_iter().collect();
        self.terms.clear();
        for word in &words {
            match term(word, pane) {
                Ok(term) => self.terms.push(term),
                Err(error) => errors.push(error),
            }
        }
        self.error = errors.into_iter().min_by_key(|error| error.at);
    }

    /// Whether it lets every row through.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty() && self.error.is_none()
    }

    /// Whether a row is let through.
    #[must_use]
    pub fn admits(&self, facts: &Facts<'_>) -> bool {
        self.terms
            .iter()
            .all(|term| term.inverted != term.asks.holds(facts))
    }
}

impl Asks {
    fn holds(&self, facts: &Facts<'_>) -> bool {
        match self {
            Self::Text(part) => {
                facts.text.iter().any(|text| contains(text, part)) || is_in_id(facts, part)
            }
            // by the name that the screen shows, too
            Self::Reason(part) => {
                contains(facts.reason, part) || contains(words::reason(facts.reason), part)
            }
            Self::Namespace(part) => contains(facts.namespace, part),
            Self::State(part) => facts.states.iter().any(|state| contains(state, part)),
            Self::Owner(part) => is(facts.owner, part),
            Self::Health(part) => contains(facts.health, part),
            Self::Step(part) => is(facts.text[STEP], part),
            Self::Error(part) => is(facts.text[ERROR], part),
            Self::Older(minutes) => facts.age_minutes > *minutes,
            Self::Younger(minutes) => facts.age_minutes < *minutes,
        }
    }
}

/// Places in [`Facts::text`].
const STEP: usize = 2;
const ERROR: usize = 3;

/// As [`contains`]; `none` asks for nothing to be there.
fn is(text: &str, lower: &str) -> bool {
    if lower == "none" {
        text.is_empty()
    } else {
        contains(text, lower)
    }
}

/// Whether it is part of an id, the short one (its end) or the whole, with or without hyphens.
fn is_in_id(facts: &Facts<'_>, lower: &str) -> bool {
    // Fewer letters than this are in many ids by chance.
    const LEAST: usize = 4;
    let hex = |c: char| c.is_ascii_hexdigit() || c == '-';
    if lower.len() < LEAST || !lower.chars().all(hex) {
        return false;
    }
    let mut ids = facts.ids.iter().flatten();
    ids.any(|id| id.to_string().contains(lower) || id.simple().to_string().contains(lower))
}

/// Whether `text` has `lower` in it, whatever the case. `lower` is in lower case already.
fn contains(text: &str, lower: &str) -> bool {
    text.to_lowercase().contains(lower)
}

/// A term as typed, and how many characters stand before it.
struct Word {
    at: usize,
    text: String,
    quoted: bool,
}

/// Cuts at spaces outside double quotes. Says where a quote is not closed; what follows it is
/// left out.
fn words(typed: &str) -> (Vec<Word>, Option<FilterError>) {
    let mut words: Vec<Word> = Vec::new();
    let mut current: Option<Word> = None;
    let mut quote = None;
    for (at, c) in typed.chars().enumerate() {
        match c {
            '"' => {
                quote = if quote.is_some() { None } else { Some(at) };
                let word = current.get_or_insert_with(|| Word {
                    at,
                    text: String::new(),
                    quoted: false,
                });
                word.quoted |= word.text.is_empty() || word.text == "!";
            }
            _ if c.is_whitespace() && quote.is_none() => words.extend(current.take()),
            _ => current
                .get_or_insert_with(|| Word {
                    at,
                    text: String::new(),
                    quoted: false,
                })
                .text
                .push(c),
        }
    }
    if let Some(at) = quote {
        let message = "this quote is not closed".to_owned();
        return (words, Some(FilterError { at, message }));
    }
    words.extend(current);
    (words, None)
}

fn term(word: &Word, pane: Pane) -> Result<Term, FilterError> {
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
        let asks = Asks::Text(body.to_lowercase());
        return Ok(Term { inverted, asks });
    }
    if let Some(asks) = age_term(&body.to_lowercase()) {
        return match asks {
            Ok(asks) => Ok(Term { inverted, asks }),
            Err(message) => wrong(message),
        };
    }
    let Some((key, value)) = body.split_once(':') else {
        let asks = Asks::Text(body.to_lowercase());
        return Ok(Term { inverted, asks });
    };
    let (key, value) = (key.to_lowercase(), value.to_lowercase());
    let key = key.as_str();
    let asks = match (key, pane) {
        ("health", Pane::Staleness) if !is_health(&value) => {
            return wrong("health: is stale, warning, healthy or unknown".to_owned());
        }
        ("reason", Pane::Queue) => Asks::Reason(value),
        ("owner", Pane::Queue) => Asks::Owner(value),
        ("health", Pane::Staleness) => Asks::Health(value),
        ("ns", _) => Asks::Namespace(value),
        ("step", _) => Asks::Step(value),
        ("error", _) => Asks::Error(value),
        ("state", _) => Asks::State(value),
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

/// Whether it is how a task can stand, or the beginning of it.
fn is_health(value: &str) -> bool {
    let all = [
        Health::Stale,
        Health::Warning,
        Health::Healthy,
        Health::Unknown,
    ];
    all.iter().any(|one| one.as_str().starts_with(value))
}

const fn keys(pane: Pane) -> &'static str {
    match pane {
        Pane::Queue => "reason: ns: state: step: error: owner: age> age<",
        Pane::Staleness | Pane::Stats => "health: ns: state: step: error: age> age<",
    }
}

/// `age>2h`, or `None` if it is not about age at all.
fn age_term(body: &str) -> Option<Result<Asks, String>> {
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
        Asks::Older(limit)
    } else {
        Asks::Younger(limit)
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROW: Facts<'static> = Facts {
        text: [
            "payments",
            "charge_order",
            "charge_card",
            "card_declined: Insufficient Funds",
        ],
        ids: [
            Some(Uuid::from_u128(0x0198_0000_0000_7000_8000_0000_7a00_000c)),
            None,
        ],
        reason: "max_retries_exceeded",
        namespace: "payments",
        states: ["blocked_by_failures", "error"],
        owner: "ana",
        health: "",
        age_minutes: 90.0,
    };

    fn admits(typed: &str) -> Result<bool, FilterError> {
        let mut filter = Filter::default();
        filter.field.set(typed);
        filter.reread(Pane::Queue);
        match filter.error.clone() {
            Some(error) => Err(error),
            None => Ok(filter.admits(&ROW)),
        }
    }

    #[test]
    fn a_reason_is_found_by_the_name_on_the_screen_and_by_its_own() {
        for typed in ["reason:worker_gone", "reason:worker_unavailable"] {
            let mut filter = Filter::default();
            filter.field.set(typed);
            filter.reread(Pane::Queue);
            let row = Facts {
                reason: "worker_unavailable",
                ..ROW
            };
            assert!(filter.admits(&row), "{typed}");
            assert!(!filter.admits(&ROW), "{typed}");
        }
    }

    #[test]
    fn terms_and_their_opposites() {
        let cases = [
            ("", true),
            ("CARD_DECLINED", true),
            ("nothing-like-it", false),
            ("!charge", false),
            ("reason:max_retries", true),
            ("!reason:staleness", true),
            ("ns:pay state:error", true),
            ("ns:pay state:complete", false),
            ("owner:ana", true),
            ("owner:none", false),
            ("step:charge error:declined", true),
            ("error:none", false),
            ("!owner:none", true),
            ("age>1h", true),
            ("age>2h", false),
            ("age<2h", true),
            ("AGE>1H", true),
            ("NS:pay", true),
            ("7a00000c", true),
            ("7A00000C", true),
            ("01980000-0000-7000-8000-00007a00000c", true),
            ("019800000000700080000000", true),
            ("7a00000d", false),
            ("00c", false),
            ("!age>90m", true),
            ("age>1.4h", true),
            ("age>1d", false),
            ("\"insufficient funds\"", true),
            ("!\"insufficient funds\"", false),
            ("\"declined: ins\"", true),
            (".*", false),
            ("a*", false),
        ];
        for (typed, want) in cases {
            assert_eq!(admits(typed), Ok(want), "{typed}");
        }
    }

    #[test]
    fn errors_point_at_the_place() {
        let cases = [
            ("reason:", 0),
            ("charge age>2x", 7),
            ("charge age>", 7),
            ("age>h", 0),
            ("a !age<..m", 3),
            ("x colour:red", 2),
            ("x !", 3),
            ("say \"no", 4),
            ("health:stale", 0),
        ];
        for (typed, at) in cases {
            assert_eq!(admits(typed).unwrap_err().at, at, "{typed}");
        }
        let mut filter = Filter::default();
        for (typed, wrong) in [("health:stale", false), ("x health:xyz", true)] {
            filter.field.set(typed);
            filter.reread(Pane::Staleness);
            assert_eq!(filter.error.is_some(), wrong, "{typed}");
        }
    }

    #[test]
    fn a_term_that_cannot_be_read_is_left_out_and_stays_typed() {
        let mut filter = Filter::default();
        filter.field.set("ns:billing age>");
        filter.reread(Pane::Queue);

        assert!(filter.error.is_some());
        assert_eq!(filter.field.text(), "ns:billing age>");
        assert!(!filter.admits(&ROW), "ns:billing is still in force");
    }
}
