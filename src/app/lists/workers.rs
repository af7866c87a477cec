//! The rows of the panes that only some sources have: who works, and what waits where.

use std::cmp::Ordering;
use std::hash::{DefaultHasher, Hash, Hasher as _};

use super::filter::fields::FilterFields;
use super::list::Row;
use crate::app::pane::Column;
use crate::data::model::safe_text::SafeText;
use crate::data::model::{QueueDepthRow, WorkerRow};

/// What tells one named row from the others: names are all that workers and queues have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NameId(u64);

impl NameId {
    fn of(names: impl Hash) -> Self {
        let mut hasher = DefaultHasher::new();
        names.hash(&mut hasher);
        Self(hasher.finish())
    }
}

fn text(safe: Option<&SafeText>) -> &str {
    safe.map_or("", |safe| safe.as_str())
}

fn minutes(seconds: Option<f64>) -> f64 {
    seconds.unwrap_or(0.0) / 60.0
}

impl Row for WorkerRow {
    type Id = NameId;

    fn id(&self) -> NameId {
        NameId::of((&self.worker, &self.host, &self.namespace_name))
    }

    fn filter_fields(&self) -> FilterFields<'_> {
        FilterFields {
            text: [
                text(self.namespace_name.as_ref()),
                self.worker.as_str(),
                text(self.host.as_ref()),
                text(self.version.as_ref()),
            ],
            namespace: text(self.namespace_name.as_ref()),
            states: [self.health.as_str(), ""],
            health: self.health.as_str(),
            more: self.condition.as_slice(),
            age_minutes: minutes(self.seen_seconds),
            ..FilterFields::default()
        }
    }

    fn compare(&self, other: &Self, _: Column) -> Ordering {
        self.worker.cmp(&other.worker)
    }
}

impl Row for QueueDepthRow {
    type Id = NameId;

    fn id(&self) -> NameId {
        NameId::of(&self.name)
    }

    fn filter_fields(&self) -> FilterFields<'_> {
        FilterFields {
            text: [self.name.as_str(), "", "", ""],
            more: &self.routes,
            age_minutes: minutes(self.oldest_seconds),
            ..FilterFields::default()
        }
    }

    fn compare(&self, other: &Self, _: Column) -> Ordering {
        self.name.cmp(&other.name)
    }
}
