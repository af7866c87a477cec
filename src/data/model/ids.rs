//! The ids of tasks, steps and entries: one type each.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Makes a `uuid` newtype that sqlx can bind and read, so that a step's id can never be passed
/// where an entry's is wanted.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, sqlx::Type)]
        #[sqlx(transparent)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// The last eight hex digits, to read aloud on a call. The first eight of a version 7
            /// id are only the time, and alike for a minute's worth of rows.
            #[must_use]
            pub fn short(self) -> String {
                self.0.simple().to_string()[24..].to_owned()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id!(
    /// One run of a template.
    TaskId
);
id!(
    /// One node of a task's graph.
    StepId
);
id!(
    /// One entry of a stuck task.
    EntryId
);
