//! The keys of a template file: one table for reading, for complaints and for writing back.

use std::fmt;

/// Ten years, as `lifecycle_minutes` has it.
pub(super) const MOST_MINUTES: f64 = 5_256_000.0;

/// How alike a word must be to a key to be taken for it.
pub(super) const ALIKE: f64 = 0.7;

/// A key, and what may stand behind it.
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) required: bool,
    /// Other programs read it and this one does not: it is kept as it was written, even if nothing stands
    /// behind it.
    pub(super) carried: bool,
}

/// What may stand behind a key.
pub(super) enum Kind {
    /// Any text.
    Text,
    /// A text of so many characters, none of these among them.
    Name {
        most: usize,
        without: &'static [char],
    },
    Flag,
    /// What `lifecycle_minutes` believes.
    Minutes,
    Whole {
        least: i64,
        most: i64,
    },
    OneOf(&'static [&'static str]),
    /// These keys and no others.
    Map(&'static [Key]),
    /// A mapping of whatever.
    Free,
    /// A mapping or a list of whatever.
    Structure,
    /// Whatever.
    Anything,
    List(&'static Self),
    /// The second if a mapping stands there.
    Either(&'static Self, &'static Self),
}

impl fmt::Display for Kind {
    /// What to write.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text => f.write_str("a text"),
            Self::Name { most, without: [] } => write!(f, "a name of 1 to {most} characters"),
            Self::Name { most, without } => {
                let without = without.iter().map(|c| format!("{c:?}"));
                let without = without.collect::<Vec<_>>().join(", ");
                write!(f, "a name of 1 to {most} characters without {without}")
            }
            Self::Flag => f.write_str("true or false"),
            Self::Minutes => f.write_str("a number of minutes from 0.01 to 5256000"),
            Self::Whole { least, most } => write!(f, "a whole number from {least} to {most}"),
            Self::OneOf(words) => f.write_str(&words.join(" or ")),
            Self::Map(keys) => {
                let names = keys.iter().map(|key| key.name);
                write!(f, "a mapping with {}", names.collect::<Vec<_>>().join(", "))
            }
            Self::Free => f.write_str("a mapping"),
            Self::Structure => f.write_str("a mapping or a list"),
            Self::Anything => f.write_str("anything"),
            Self::List(Self::Map(_)) => f.write_str("a list of mappings"),
            Self::List(_) => f.write_str("a list of texts"),
            Self::Either(one, other) => write!(f, "{one} or {other}"),
        }
    }
}

const fn may(name: &'static str, kind: Kind) -> Key {
    Key {
        name,
        kind,
        required: false,
        carried: false,
    }
}

/// For other programs.
const fn carries(name: &'static str, kind: Kind) -> Key {
    Key {
        name,
        kind,
        required: false,
        carried: true,
    }
}

const fn must(name: &'static str, kind: Kind) -> Key {
    Key {
        name,
        kind,
        required: true,
        carried: false,
    }
}

/// The largest number that the steps' columns hold.
const MOST_INT: i64 = i32::MAX as i64;

/// A template. Names are as long as the tables allow, and can be told apart in
/// `NAMESPACE/NAME@VERSION`.
pub(super) const TEMPLATE: &[Key] = &[
    must(
        "name",
        Kind::Name {
            most: 128,
            without: &['@'],
        },
    ),
    must(
        "namespace_name",
        Kind::Name {
            most: 64,
            without: &['/'],
        },
    ),
    must(
        "version",
        Kind::Name {
            most: 64,
            without: &['@'],
        },
    ),
    carries("description", Kind::Text),
    carries("metadata", Kind::Map(METADATA)),
    carries("task_handler", HANDLER),
    carries("system_dependencies", Kind::Structure),
    carries("domain_events", EVENTS),
    carries("input_schema", Kind::Free),
    carries("environments", Kind::Structure),
    may("lifecycle", Kind::Map(LIFECYCLE)),
    must("steps", Kind::List(&Kind::Map(STEP))),
];

pub(super) const METADATA: &[Key] = &[
    carries("author", Kind::Text),
    carries("tags", Kind::List(&Kind::Text)),
    carries("documentation_url", Kind::Anything),
    carries("created_at", Kind::Anything),
    carries("updated_at", Kind::Anything),
    carries("notes", Kind::Anything),
];

/// A handler is its name, or a mapping where it needs more than that.
const HANDLER: Kind = Kind::Either(
    &Kind::Text,
    &Kind::Map(&[
        must("callable", Kind::Text),
        carries("method", Kind::Anything),
        carries("resolver", Kind::Anything),
        carries("initialization", Kind::Free),
    ]),
);

/// An event is its name, or a mapping that says more about it.
const EVENTS: Kind = Kind::List(&Kind::Either(&Kind::Text, &Kind::Free));

pub(super) const LIFECYCLE: &[Key] = &[
    may("max_waiting_for_dependencies_minutes", Kind::Minutes),
    may("max_waiting_for_retry_minutes", Kind::Minutes),
    may("max_steps_in_process_minutes", Kind::Minutes),
    may("max_duration_minutes", Kind::Minutes),
    may("staleness_action", Kind::OneOf(&["dlq", "alert"])),
    may("auto_fail_on_timeout", Kind::Flag),
    may("auto_dlq_on_timeout", Kind::Flag),
];

pub(super) const STEP: &[Key] = &[
    must(
        "name",
        Kind::Name {
            most: 128,
            without: &[],
        },
    ),
    carries("description", Kind::Text),
    carries("type", Kind::Anything),
    carries("handler", HANDLER),
    carries("system_dependency", Kind::Anything),
    may("dependencies", Kind::List(&Kind::Text)),
    may("retry", Kind::Map(RETRY)),
    may(
        "timeout_seconds",
        Kind::Whole {
            least: 1,
            most: MOST_INT,
        },
    ),
    carries("publishes_events", EVENTS),
    carries("batch_config", Kind::Anything),
    carries("result_schema", Kind::Anything),
    carries("composition", Kind::Anything),
];

pub(super) const RETRY: &[Key] = &[
    may("retryable", Kind::Flag),
    may(
        "max_attempts",
        Kind::Whole {
            least: 1,
            most: 1_000,
        },
    ),
    // The engine doubles the pause up to a limit. A fixed pause is one whose limit is its
    // beginning; one that grows by the same amount each time there is no way to say.
    may("backoff", Kind::OneOf(&["exponential", "fixed"])),
    may(
        "backoff_base_ms",
        Kind::Whole {
            least: 0,
            most: MOST_INT,
        },
    ),
    may(
        "max_backoff_ms",
        Kind::Whole {
            least: 0,
            most: MOST_INT,
        },
    ),
];
