//! What became of steps and tasks that were retried. A retry is *sent*; later it has *passed* or *failed
//! again*. What counts as which is said by a source's `retried_steps` and `retried_tasks`.

use serde::{Serialize, Serializer};
use sqlx::FromRow;
use uuid::Uuid;

use crate::data::model::safe_text::SafeText;

/// How a retry turned out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// What was retried has completed.
    Passed,
    /// It has failed since.
    FailedAgain,
    /// It was cancelled since.
    Cancelled,
    /// It is no longer there.
    Gone,
}

impl Verdict {
    /// The word of a source's statement and of a receipt.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::FailedAgain => "failed_again",
            Self::Cancelled => "cancelled",
            Self::Gone => "gone",
        }
    }

    /// The verdict of this word; `None` while it is not known.
    fn of(word: &str) -> Option<Self> {
        let all = [Self::Passed, Self::FailedAgain, Self::Cancelled, Self::Gone];
        all.into_iter().find(|verdict| verdict.as_str() == word)
    }
}

impl Serialize for Verdict {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// A retried step or task, as it is read.
#[derive(Debug, FromRow)]
pub(in crate::data) struct RetriedRow {
    pub(in crate::data) id: Uuid,
    pub(in crate::data) state: SafeText,
    pub(in crate::data) verdict: Option<SafeText>,
    pub(in crate::data) error: Option<SafeText>,
    pub(in crate::data) settled: bool,
}

/// A step or task that was retried, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retried {
    /// The step or task.
    pub id: Uuid,
    /// The state it is in; `gone` if it is no longer there.
    pub state: SafeText,
    /// How it turned out; `None` while it is on its way.
    pub verdict: Option<Verdict>,
    /// Its newest error, if it has failed again.
    pub error: Option<SafeText>,
    /// Whether that is final: nothing changes any more unless somebody acts. What has failed again with
    /// attempts left may still pass.
    pub settled: bool,
}

impl From<RetriedRow> for Retried {
    fn from(row: RetriedRow) -> Self {
        Self {
            id: row.id,
            state: row.state,
            verdict: row.verdict.and_then(|word| Verdict::of(word.as_str())),
            error: row.error,
            settled: row.settled,
        }
    }
}

/// How many retries turned out how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct VerdictTally {
    /// Completed.
    pub passed: usize,
    /// Failed since.
    pub failed_again: usize,
    /// Those of them that have attempts left, and are tried again by the system itself.
    pub tried_again: usize,
    /// Cancelled since.
    pub cancelled: usize,
    /// No longer there.
    pub gone: usize,
    /// On their way.
    pub running: usize,
}

impl VerdictTally {
    /// Counts them; `None` is one of which nothing has been heard.
    pub fn of<'a>(retried: impl IntoIterator<Item = Option<&'a Retried>>) -> Self {
        let mut tally = Self::default();
        for one in retried {
            let settled = one.is_some_and(|one| one.settled);
            *match one.and_then(|one| one.verdict) {
                Some(Verdict::Passed) => &mut tally.passed,
                Some(Verdict::FailedAgain) => {
                    tally.tried_again += usize::from(!settled);
                    &mut tally.failed_again
                }
                Some(Verdict::Cancelled) => &mut tally.cancelled,
                Some(Verdict::Gone) => &mut tally.gone,
                None => &mut tally.running,
            } += 1;
        }
        tally
    }

    /// How many there are.
    #[must_use]
    pub const fn all(&self) -> usize {
        self.passed + self.failed_again + self.cancelled + self.gone + self.running
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_is_read_by_its_word_and_no_other_word_is_one() {
        for verdict in [
            Verdict::Passed,
            Verdict::FailedAgain,
            Verdict::Cancelled,
            Verdict::Gone,
        ] {
            assert_eq!(Verdict::of(verdict.as_str()), Some(verdict));
        }
        assert_eq!(Verdict::of("well"), None);
    }
}
