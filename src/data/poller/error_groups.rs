//! The groups of the whole queue, within the budget of a poll.
//!
//! Where fingerprints are stored by the rules that are in force here, the groups are read from there, and
//! what has changed since is added: a few statements, whatever the length of the queue. Else the open entries
//! are scanned: what came since the last poll at once, however much it is up to a limit, and of the rest, as
//! much as a share of the budget pays for, from the newest to the oldest and then again.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::postgres::PgConnection;

use crate::data::error::DataError;
use crate::data::model::error_groups::ErrorStore;
use crate::data::model::{EntryId, ErrorGroups, FILTER_SCAN, GroupId, Page, QueueRow};
use crate::data::reads::error_groups::{self as reads, Place, rows_named};
use crate::data::reads::error_scan::Scan;
use crate::data::reads::keyed::Keyed as _;
use crate::data::reads::stored_groups::Stored;
use crate::data::source::Source;

/// Changes that a poll adds to what is stored; more than these are scanned.
const UNREAD: usize = 500;
/// New entries that a poll reads at most, whatever they cost: a burst shows at once.
const AT_ONCE: usize = 1_000;
/// Rows of a page of the scan at least, and of the first page of each poll.
const SMALL_PAGE: u16 = 100;
/// Rows of a page of the scan at most.
const LARGE_PAGE: u16 = 2_000;

/// Which page of a scan is read next.
#[derive(Debug, Clone, Copy)]
struct NextPage {
    /// Below what.
    before: Place,
    /// The most rows of it.
    limit: usize,
}
/// Rows of the wanted group: as many as a filter looks through.
const GROUP_ROWS: usize = FILTER_SCAN;
/// Rows of the wanted group that each poll reads again, in turn.
const IN_TURN: usize = 100;

/// What a poll brought.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The groups.
    pub(super) groups: ErrorGroups,
    /// Rows of the group that is wanted.
    pub(super) rows: Vec<QueueRow>,
}

/// What a poll may do.
#[derive(Debug, Clone, Copy)]
pub(super) struct Allowed {
    /// Not all of the queue is at hand, so its groups are not either.
    pub(super) is_beyond: bool,
    /// How many rows the queue has, perhaps estimated.
    pub(super) open: i64,
    /// The group whose rows are wanted.
    pub(super) group: Option<GroupId>,
    /// What the scan may cost the database, but for what is new.
    pub(super) cost: Duration,
    /// The network's part of each statement.
    pub(super) trip: Duration,
}

/// Reads the groups, and remembers what it has scanned.
#[derive(Debug, Default)]
pub(super) struct GroupReader {
    scan: Scan,
    /// The rules by which it was scanned.
    rules_version: String,
    /// The groups on show are the stored ones.
    is_stored: bool,
    stored: Stored,
    rows: GroupRows,
    /// What a row of the scan costs, in seconds.
    row_cost: f64,
    statements: u32,
}

/// The rows of the group that is wanted.
#[derive(Debug, Default)]
struct GroupRows {
    group: Option<GroupId>,
    rows: HashMap<EntryId, QueueRow>,
    turn: usize,
}

impl GroupReader {
    /// How many statements the last poll has sent.
    pub(super) const fn statements(&self) -> u32 {
        self.statements
    }

    /// How many statements a poll may send.
    pub(super) fn ahead(source: &Source) -> u32 {
        8 + 4 * reads::scan_statements(source)
    }

    /// The database was away: it may be another one now.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    /// Reads the groups, and the rows of the one that is wanted.
    ///
    /// # Errors
    ///
    /// The first statement that fails.
    pub(super) async fn read(
        &mut self,
        db: &mut PgConnection,
        source: &Source,
        allowed: Allowed,
    ) -> Result<Found, DataError> {
        self.statements = 1;
        let rules = source.rules.current().version();
        if self.rules_version != rules {
            self.scan = Scan::default();
            self.rules_version.clone_from(&rules);
        }
        let store = reads::store(db, source).await?;
        let may_store = (store.as_ref()).is_some_and(|it| it.algorithm <= reads::algorithm());
        if !allowed.is_beyond {
            self.scan = Scan::default();
            let is_stale = |it: &ErrorStore| it.changes > 0 || it.outdated || it.rules != rules;
            let groups = ErrorGroups {
                unread: may_store && store.as_ref().is_some_and(is_stale),
                ..ErrorGroups::default()
            };
            let rows = Vec::new();
            return Ok(Found { groups, rows });
        }
        let stored = match store.filter(|store| store.rules == rules) {
            Some(store) => {
                self.statements += 2;
                self.stored = Stored::read(db, source, &store, UNREAD).await?;
                Some(self.stored.groups.clone())
            }
            None => None,
        };
        let groups = match stored {
            // Rows that were restored with triggers disabled are in no store until somebody repairs it.
            Some(groups) if groups.whole && groups.read.saturating_mul(2) >= allowed.open => {
                self.scan = Scan::default();
                self.is_stored = true;
                groups
            }
            stored if !reads::can_scan(source) => {
                self.is_stored = true;
                stored.unwrap_or_default()
            }
            stored => {
                self.scan(db, source, allowed).await?;
                let scanned = self.scan.groups();
                let stored = stored.filter(|stored| stored.read > scanned.read && !scanned.whole);
                self.is_stored = stored.is_some();
                ErrorGroups {
                    unread: may_store,
                    ..stored.unwrap_or(scanned)
                }
            }
        };
        let rows = match allowed.group {
            Some(group) => self.rows_of(db, source, group).await?,
            None => Vec::new(),
        };
        Ok(Found { groups, rows })
    }

    /// Scans what is new, and some of the rest.
    async fn scan(
        &mut self,
        db: &mut PgConnection,
        source: &Source,
        allowed: Allowed,
    ) -> Result<(), DataError> {
        let rules = source.rules.current();
        let first = self.scan.is_empty();
        let mut before = Place::NEWEST;
        let mut read = 0;
        let mut limit = if first {
            AT_ONCE
        } else {
            usize::from(SMALL_PAGE)
        };
        loop {
            let wanted = NextPage { before, limit };
            let page = self.page(db, source, wanted, allowed).await?;
            read += limit;
            let upto = page.upto;
            // Some may have come with an earlier time than others that are known.
            let is_new = self.scan.unknown(&page) * 10 >= page.rows.len().max(1);
            if first || upto.is_none() {
                self.scan.advance(before, page, &rules);
            } else {
                self.scan.take(before, page, &rules);
            }
            match upto {
                // Much of it was new: there may be more. What is too much for one poll comes next.
                Some(upto) if !first && is_new => {
                    before = upto;
                    limit = AT_ONCE.saturating_sub(read);
                    if limit == 0 {
                        break;
                    }
                }
                Some(upto) if !first => {
                    before = self
                        .scan
                        .down_to()
                        .filter(|down| *down < upto)
                        .unwrap_or(upto);
                    break;
                }
                // The first page is enough for a poll, or the list has ended.
                _ => return Ok(()),
            }
        }
        let pays_for = allowed.cost.as_secs_f64() / self.row_cost.max(1e-6);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "clamped to a few thousand"
        )]
        let limit =
            usize::from(pays_for.clamp(f64::from(SMALL_PAGE), f64::from(LARGE_PAGE)) as u16);
        let wanted = NextPage { before, limit };
        let page = self.page(db, source, wanted, allowed).await?;
        self.scan.advance(before, page, &rules);
        Ok(())
    }

    async fn page(
        &mut self,
        db: &mut PgConnection,
        source: &Source,
        wanted: NextPage,
        allowed: Allowed,
    ) -> Result<reads::ScanPage, DataError> {
        let NextPage { before, limit } = wanted;
        let statements = reads::scan_statements(source);
        self.statements += statements;
        let begun = Instant::now();
        let page = reads::scan(db, source, before, limit).await?;
        let cost = begun.elapsed().saturating_sub(allowed.trip * statements);
        if page.rows.len() >= usize::from(SMALL_PAGE / 2) {
            let rows = u32::try_from(page.rows.len()).unwrap_or(u32::MAX);
            let latest = cost.as_secs_f64() / f64::from(rows);
            self.row_cost = if self.row_cost > 0.0 {
                self.row_cost * 0.7 + latest * 0.3
            } else {
                latest
            };
        }
        Ok(page)
    }

    /// The rows of a group: those that are missing, and some of the others again.
    async fn rows_of(
        &mut self,
        db: &mut PgConnection,
        source: &Source,
        group: GroupId,
    ) -> Result<Vec<QueueRow>, DataError> {
        let ids = if self.is_stored {
            self.statements += 1;
            self.stored
                .entries_of(db, source, group, GROUP_ROWS)
                .await?
        } else {
            self.scan.entries_of(group, GROUP_ROWS)
        };
        if self.rows.group != Some(group) {
            self.rows = GroupRows {
                group: Some(group),
                ..GroupRows::default()
            };
        }
        let again = self.rows.next(&ids);
        // which are open, and what the companion schema has about them
        self.statements += 3;
        let found = rows_named(db, source, &again).await?;
        self.rows.replace(&ids, &again, found);
        Ok(self.rows.rows.values().cloned().collect())
    }
}

impl GroupRows {
    /// Those that are missing, and the next of those at hand.
    fn next(&mut self, ids: &[EntryId]) -> Vec<EntryId> {
        let (known, missing): (Vec<EntryId>, Vec<EntryId>) =
            ids.iter().partition(|id| self.rows.contains_key(id));
        if self.turn >= known.len() {
            self.turn = 0;
        }
        let turn = known.iter().skip(self.turn).take(IN_TURN);
        let next = missing.iter().chain(turn).copied().collect();
        self.turn += IN_TURN;
        next
    }

    /// Takes what was read of `asked`; what is no longer in the group goes.
    fn replace(&mut self, ids: &[EntryId], asked: &[EntryId], found: Vec<QueueRow>) {
        for id in asked {
            self.rows.remove(id);
        }
        self.rows
            .extend(found.into_iter().map(|row| (row.dlq_entry_uuid, row)));
        let ids: HashSet<&EntryId> = ids.iter().collect();
        self.rows.retain(|id, _| ids.contains(id));
    }
}

/// A list with the rows of a group that stand further down.
pub(super) fn with_rows(listed: Arc<Page<QueueRow>>, rows: &[QueueRow]) -> Arc<Page<QueueRow>> {
    let there: HashSet<EntryId> = listed.rows.iter().map(|row| row.dlq_entry_uuid).collect();
    let mut beyond = rows
        .iter()
        .filter(|row| !there.contains(&row.dlq_entry_uuid))
        .peekable();
    if beyond.peek().is_none() {
        return listed;
    }
    let mut all: Vec<QueueRow> = listed.rows.iter().chain(beyond).cloned().collect();
    all.sort_by_cached_key(QueueRow::key);
    Arc::new(Page {
        rows: all,
        total: listed.total,
    })
}
