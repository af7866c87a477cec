//! Long lists, read page by page.
//!
//! A page is what follows a key: `where (key, id) > ($2, $3) order by key, id limit $1`. It costs the
//! same at any depth, and rows that come and go above it do not shift it.
//!
//! The rows in memory are one ordered map, not a list of pages. A page replaces the rows between the key
//! it was read after and its own last row, and nothing else. Rows that newer ones push out of the first
//! page stay in the map until their part is read again, and a row that has moved is shown once, because
//! rows have ids.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;
use std::hash::Hash;
use std::ops::Bound::{Excluded, Unbounded};

use sqlx::postgres::PgConnection;

use super::queries;
use crate::data::error::DataError;
pub use crate::data::messages::query::SearchResult;
use crate::data::model::{
    EntryId, FILTER_SCAN, MAX_ROWS, PAGE_SIZE, Page, QueueKey, QueueRow, StalenessKey,
    StalenessRow, TaskId, Total,
};
use crate::data::source::Source;

/// The most pages that one poll fetches when more rows are wanted.
const AT_ONCE: usize = 10;
/// Pages below the first that each poll reads again, in turn.
const IN_TURN: usize = 2;

/// A row of a list that is read by key.
pub trait Keyed: Clone + Send + Sync {
    /// The type of its id.
    type Id: Copy + Eq + Hash + Send + Sync;
    /// The type of its key; a key ends with the id, so no two rows have the same.
    type Key: Clone + Ord + Debug + Send + Sync;
    /// The key before every row.
    const START: Self::Key;
    /// How many statements a page may take.
    const STATEMENTS: u32;

    /// Its id.
    fn id(&self) -> Self::Id;

    /// Its key.
    fn key(&self) -> Self::Key;

    /// The rows after `after`, at most `limit`.
    fn page(
        db: &mut PgConnection,
        source: &Source,
        after: &Self::Key,
        limit: i64,
    ) -> impl Future<Output = Result<Vec<Self>, DataError>> + Send;

    /// How many there are in all.
    fn total(
        db: &mut PgConnection,
        source: &Source,
    ) -> impl Future<Output = Result<Total, DataError>> + Send;
}

impl Keyed for StalenessRow {
    type Id = TaskId;
    type Key = StalenessKey;
    const START: StalenessKey = StalenessKey::START;
    const STATEMENTS: u32 = 1;

    fn id(&self) -> TaskId {
        self.task_uuid
    }

    fn key(&self) -> Self::Key {
        StalenessKey {
            breaches_at: self.breaches_at,
            task: self.task_uuid,
        }
    }

    async fn page(
        db: &mut PgConnection,
        source: &Source,
        after: &Self::Key,
        limit: i64,
    ) -> Result<Vec<Self>, DataError> {
        queries::staleness(db, source, after, limit).await
    }

    async fn total(db: &mut PgConnection, source: &Source) -> Result<Total, DataError> {
        queries::staleness_total(db, source).await
    }
}

impl Keyed for QueueRow {
    type Id = EntryId;
    type Key = QueueKey;
    const START: QueueKey = QueueKey::START;
    const STATEMENTS: u32 = 2;

    fn id(&self) -> EntryId {
        self.dlq_entry_uuid
    }

    fn key(&self) -> Self::Key {
        QueueKey {
            snoozed: self.snoozed_until.is_some(),
            instant: self.priority_instant,
            entry: self.dlq_entry_uuid,
        }
    }

    async fn page(
        db: &mut PgConnection,
        source: &Source,
        after: &Self::Key,
        limit: i64,
    ) -> Result<Vec<Self>, DataError> {
        queries::queue(db, source, after, limit).await
    }

    async fn total(db: &mut PgConnection, source: &Source) -> Result<Total, DataError> {
        queries::queue_total(db, source).await
    }
}

/// The rows of one list that are in memory.
#[derive(Debug)]
pub struct Pages<R: Keyed> {
    rows: BTreeMap<R::Key, R>,
    keys: HashMap<R::Id, R::Key>,
    /// The list ends with the last of them.
    whole: bool,
    /// How far the pages below the first have been read again in this turn.
    turn: Option<R::Key>,
    total: Option<Total>,
    statements: u32,
    cut_short: bool,
}

impl<R: Keyed> Default for Pages<R> {
    fn default() -> Self {
        Self {
            rows: BTreeMap::new(),
            keys: HashMap::new(),
            whole: false,
            turn: None,
            total: None,
            statements: 0,
            cut_short: false,
        }
    }
}

/// How far down a list is to be read.
struct FetchPlan {
    /// Rows in all.
    wanted: usize,
    /// Rows a page.
    page: usize,
    /// Pages at most.
    pages: usize,
}

/// The first `wanted` rows of a list, in pages of this size, and how long it is.
///
/// # Errors
///
/// The first statement that fails.
pub async fn top<R: Keyed>(
    db: &mut PgConnection,
    source: &Source,
    wanted: usize,
    page: usize,
) -> Result<Page<R>, DataError> {
    let mut pages = Pages::default();
    pages.fetch(db, source, R::START, page.min(wanted)).await?;
    pages
        .reach_down(
            db,
            source,
            FetchPlan {
                wanted,
                page,
                pages: usize::MAX,
            },
        )
        .await?;
    pages.keep(wanted);
    pages.listed(db, source).await
}

/// How much a search may read and return.
#[derive(Debug, Clone, Copy)]
pub struct SearchLimits {
    /// Rows it returns at most.
    pub matches: usize,
    /// Rows it reads at most.
    pub scanned: usize,
}

/// Searches a list for rows, in one go.
///
/// # Errors
///
/// The first statement that fails.
pub async fn search<R: Keyed>(
    db: &mut PgConnection,
    source: &Source,
    wants: impl Fn(&R) -> bool,
    limits: SearchLimits,
) -> Result<SearchResult<R>, DataError> {
    let mut rows: Vec<R> = Vec::new();
    let (mut matching, mut looked_at, mut ended) = (0, 0, false);
    let mut after = R::START;
    while !ended && looked_at < limits.scanned {
        let limit = FILTER_SCAN.min(limits.scanned - looked_at);
        let page = R::page(db, source, &after, i64::try_from(limit).unwrap_or(i64::MAX)).await?;
        looked_at += page.len();
        ended = page.len() < limit;
        if let Some(last) = page.last() {
            after = last.key();
        }
        for row in page.into_iter().filter(|row| wants(row)) {
            matching += 1;
            if rows.len() < limits.matches {
                rows.push(row);
            }
        }
    }
    let total = if ended {
        Total::exact(i64::try_from(looked_at).unwrap_or(i64::MAX))
    } else {
        R::total(db, source).await?
    };
    Ok(SearchResult {
        rows,
        matching,
        looked_at,
        total,
        whole: ended,
    })
}

impl<R: Keyed> Pages<R> {
    /// Reads the first page, wanted pages that are missing, and one or two of the others in turn. `count`
    /// also counts the list again, unless all of it is in memory.
    ///
    /// # Errors
    ///
    /// The first statement that fails; the rows read before it are kept.
    pub async fn read(
        &mut self,
        db: &mut PgConnection,
        source: &Source,
        wanted: usize,
        count: bool,
    ) -> Result<Page<R>, DataError> {
        let wanted = wanted.clamp(PAGE_SIZE, MAX_ROWS);
        self.statements = 0;
        self.cut_short = false;
        self.fetch(db, source, R::START, PAGE_SIZE).await?;
        let top = self.rows.keys().nth(PAGE_SIZE - 1).cloned();
        if let Some(top) = top {
            self.read_in_turn(db, source, top).await?;
        }
        self.reach_down(
            db,
            source,
            FetchPlan {
                wanted,
                page: PAGE_SIZE,
                pages: AT_ONCE,
            },
        )
        .await?;
        self.keep(wanted);
        if count && !self.whole {
            self.total = None;
        }
        self.listed(db, source).await
    }

    /// How many statements the last [`Pages::read`] has sent.
    #[must_use]
    pub const fn statements(&self) -> u32 {
        self.statements
    }

    /// How many statements [`Pages::read`] may send.
    #[must_use]
    pub fn ahead(&self, wanted: usize) -> u32 {
        let missing = wanted.saturating_sub(self.rows.len().max(PAGE_SIZE));
        let in_turn = if self.rows.len() > PAGE_SIZE {
            IN_TURN
        } else {
            0
        };
        let deeper = missing.div_ceil(PAGE_SIZE).min(AT_ONCE) + in_turn;
        // how long the list is, and the first page
        1 + (1 + u32::try_from(deeper).unwrap_or(0)) * R::STATEMENTS
    }

    /// Whether the last [`Pages::read`] stopped at its page limit although more rows are wanted.
    #[must_use]
    pub const fn is_cut_short(&self) -> bool {
        self.cut_short
    }

    async fn reach_down(
        &mut self,
        db: &mut PgConnection,
        source: &Source,
        fetch: FetchPlan,
    ) -> Result<(), DataError> {
        let mut left = fetch.pages;
        while left > 0 && !self.whole && self.rows.len() < fetch.wanted {
            let missing = fetch.wanted - self.rows.len();
            self.fetch(db, source, self.last(), fetch.page.min(missing))
                .await?;
            left -= 1;
        }
        self.cut_short = left == 0 && !self.whole && self.rows.len() < fetch.wanted;
        Ok(())
    }

    /// Reads the next of the pages below `top` again.
    async fn read_in_turn(
        &mut self,
        db: &mut PgConnection,
        source: &Source,
        top: R::Key,
    ) -> Result<(), DataError> {
        for nth in 0..IN_TURN {
            let last = self.last();
            let from = self.turn.take().filter(|turn| *turn > top && *turn < last);
            let from = match from {
                Some(from) => from,
                None if nth == 0 && top < last => top.clone(),
                None => return Ok(()),
            };
            self.fetch(db, source, from.clone(), PAGE_SIZE).await?;
            let read = self.rows.range((Excluded(from), Unbounded)).take(PAGE_SIZE);
            self.turn = read.last().map(|(key, _)| key.clone());
        }
        Ok(())
    }

    async fn fetch(
        &mut self,
        db: &mut PgConnection,
        source: &Source,
        after: R::Key,
        limit: usize,
    ) -> Result<(), DataError> {
        self.statements += R::STATEMENTS;
        let page = R::page(db, source, &after, i64::try_from(limit).unwrap_or(i64::MAX)).await?;
        self.take(&after, limit, page);
        Ok(())
    }

    /// Replaces a part of the list by a page.
    fn take(&mut self, after: &R::Key, limit: usize, page: Vec<R>) {
        let bottom = self.last();
        let upto = page.last().map(R::key).filter(|_| page.len() >= limit);
        let known: Vec<R::Key> = self
            .rows
            .range((Excluded(after), Unbounded))
            .map(|(key, _)| key)
            .take_while(|key| upto.as_ref().is_none_or(|upto| *key <= upto))
            .cloned()
            .collect();
        for key in known {
            self.remove(&key);
        }
        self.whole = match &upto {
            // A short page is the end of the list.
            None => true,
            Some(upto) => self.whole && *upto < bottom,
        };
        for row in page {
            if let Some(elsewhere) = self.keys.insert(row.id(), row.key()) {
                self.rows.remove(&elsewhere);
            }
            self.rows.insert(row.key(), row);
        }
    }

    fn remove(&mut self, key: &R::Key) {
        if let Some(row) = self.rows.remove(key) {
            self.keys.remove(&row.id());
        }
    }

    fn last(&self) -> R::Key {
        let last = self.rows.last_key_value();
        last.map_or(R::START, |(key, _)| key.clone())
    }

    /// Drops rows below the wanted ones.
    fn keep(&mut self, wanted: usize) {
        while self.rows.len() > wanted {
            let last = self.last();
            self.remove(&last);
            self.whole = false;
        }
    }

    async fn listed(
        &mut self,
        db: &mut PgConnection,
        source: &Source,
    ) -> Result<Page<R>, DataError> {
        let read = i64::try_from(self.rows.len()).unwrap_or(i64::MAX);
        let total = if self.whole {
            self.total = None;
            Total::exact(read)
        } else if let Some(total) = self.total {
            total
        } else {
            self.statements += 1;
            *self.total.insert(R::total(db, source).await?)
        };
        Ok(Page {
            rows: self.rows.values().cloned().collect(),
            total: Total {
                // It may have grown since it was counted.
                rows: total.rows.max(read),
                ..total
            },
        })
    }
}
