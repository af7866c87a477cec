//! The groups of the whole queue: how many open entries fail alike, whether or not they are on a page.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::data::model::any_instant::{AnyInstant, SomeInstant};
use crate::data::model::ids::EntryId;
use crate::data::model::pg_timestamp::PgTimestamp;
use crate::data::model::safe_text::SafeText;
use crate::data::redaction;

/// Names a group while the program runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct GroupId(u64);

/// What the entries of a group have in common.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct ErrorKey {
    /// The namespace of their template.
    pub namespace_name: SafeText,
    /// The name of their template.
    pub task_name: SafeText,
    /// The step that needs an operator; empty if none does.
    pub step_name: SafeText,
    /// Why they are in the queue, if they have no error; else empty.
    pub dlq_reason: SafeText,
    /// The fingerprint of their error; empty if they have none.
    pub fingerprint: String,
}

impl ErrorKey {
    /// The reason tells entries apart only where no error does.
    #[must_use]
    pub fn new(of: Cause, fingerprint: String) -> Self {
        Self {
            namespace_name: of.namespace_name,
            task_name: of.task_name,
            step_name: of.step_name.unwrap_or_default(),
            dlq_reason: if fingerprint.is_empty() {
                of.dlq_reason
            } else {
                SafeText::default()
            },
            fingerprint,
        }
    }

    /// A short name for it.
    #[must_use]
    pub fn id(&self) -> GroupId {
        let mut hasher = DefaultHasher::new();
        self.hash(&mut hasher);
        GroupId(hasher.finish())
    }
}

/// What makes the group of an entry, but for its error.
#[derive(Debug, Clone, Default)]
pub struct Cause {
    /// The namespace of its template.
    pub namespace_name: SafeText,
    /// The name of its template.
    pub task_name: SafeText,
    /// The step that needs an operator.
    pub step_name: Option<SafeText>,
    /// Why it is in the queue.
    pub dlq_reason: SafeText,
}

/// Open entries that fail alike.
#[derive(Debug, Clone, PartialEq)]
pub struct ErrorGroup {
    /// What they have in common.
    pub key: Arc<ErrorKey>,
    /// How many they are.
    pub entries: i64,
    /// How many of them are claimed; `None` if only a row tells.
    pub claimed: Option<i64>,
    /// Who has claimed them, if one person has all that are.
    pub owner: Option<SafeText>,
    /// When the first of them was opened.
    pub first_seen: DateTime<Utc>,
    /// When the last of them was opened.
    pub last_seen: DateTime<Utc>,
}

impl ErrorGroup {
    /// Adds the entries of another part of the same group.
    pub fn add(&mut self, other: &Self) {
        self.entries += other.entries;
        self.claimed = self.claimed.zip(other.claimed).map(|(one, two)| one + two);
        if self.owner != other.owner {
            self.owner = None;
        }
        self.first_seen = self.first_seen.min(other.first_seen);
        self.last_seen = self.last_seen.max(other.last_seen);
    }
}

/// The groups of the queue, as far as it was read.
#[derive(Debug, Clone, Default)]
pub struct ErrorGroups {
    /// The groups, in no order.
    pub groups: Vec<ErrorGroup>,
    /// How many entries they are of.
    pub read: i64,
    /// They are of the whole queue.
    pub whole: bool,
    /// Fingerprints are missing in the store, so whoever may write has something to do.
    pub unread: bool,
}

/// How far the stored fingerprints are.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct ErrorStore {
    /// The version of the program's own rules among them.
    pub algorithm: i32,
    /// The version of the rules that made them.
    pub rules: String,
    /// How many entries have one.
    pub entries: i64,
    /// How many changes nobody has looked at; more than a thousand are not counted.
    pub changes: i64,
    /// Some were made by earlier rules.
    pub outdated: bool,
}

/// A group as it is stored: one of each version of a template.
#[derive(Debug, Clone, FromRow)]
pub struct StoredGroup {
    /// Its id in the database.
    pub group_id: i64,
    /// The namespace of its template.
    pub namespace_name: SafeText,
    /// The name of its template.
    pub task_name: SafeText,
    /// The step that needs an operator.
    pub step_name: Option<SafeText>,
    /// Why its entries are in the queue.
    pub dlq_reason: SafeText,
    /// The fingerprint of their error.
    pub fingerprint: String,
    /// How many they are.
    pub entries: i64,
    /// How many of them are claimed.
    pub claimed: i64,
    /// Who has claimed them, if it is one person.
    pub owner: Option<SafeText>,
    /// When the first of them was opened.
    #[sqlx(try_from = "SomeInstant")]
    pub first_seen: DateTime<Utc>,
    /// When the last of them was opened.
    #[sqlx(try_from = "SomeInstant")]
    pub last_seen: DateTime<Utc>,
}

impl StoredGroup {
    /// What its entries have in common.
    #[must_use]
    pub fn key(&self) -> ErrorKey {
        let cause = Cause {
            namespace_name: self.namespace_name.clone(),
            task_name: self.task_name.clone(),
            step_name: self.step_name.clone(),
            dlq_reason: self.dlq_reason.clone(),
        };
        ErrorKey::new(cause, redaction::text(&self.fingerprint).into_owned())
    }
}

/// An entry that has changed since its fingerprint was stored.
#[derive(Debug, Clone, FromRow)]
pub struct UnreadError {
    /// The entry.
    pub dlq_entry_uuid: EntryId,
    /// The stored group in which it is counted.
    pub counted_in: Option<i64>,
    /// The namespace of its template.
    pub namespace_name: Option<SafeText>,
    /// The name of its template.
    pub task_name: Option<SafeText>,
    /// The step that needs an operator.
    pub step_name: Option<SafeText>,
    /// Why it is in the queue; `None` if it is closed.
    pub dlq_reason: Option<SafeText>,
    /// That step's error.
    pub current_error: Option<SafeText>,
    /// When it was opened.
    #[sqlx(try_from = "AnyInstant")]
    pub dlq_timestamp: Option<DateTime<Utc>>,
}

/// An open entry as a scan finds it.
#[derive(Debug, Clone, FromRow)]
pub struct ScannedError {
    /// The entry.
    pub dlq_entry_uuid: EntryId,
    /// Its place in the scan: when it was opened.
    pub place: PgTimestamp,
    /// The same on the calendar.
    #[sqlx(try_from = "SomeInstant")]
    pub dlq_timestamp: DateTime<Utc>,
    /// The namespace of its template.
    pub namespace_name: SafeText,
    /// The name of its template.
    pub task_name: SafeText,
    /// The step that needs an operator.
    pub step_name: Option<SafeText>,
    /// Why it is in the queue.
    pub dlq_reason: SafeText,
    /// That step's error.
    pub current_error: Option<SafeText>,
}
