//! One poll: what is due, in one read-only transaction, with what each part cost.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use sqlx::Executor as _;
use sqlx::postgres::PgConnection;

use crate::data::connection::Connection;
use crate::data::connection::replica::Follower;
use crate::data::connection::transaction::begin;
use crate::data::error::{DataError, QueryContext as _};
use crate::data::fingerprint::rules::Rules;
use crate::data::model::replica::{Position, Replica};
use crate::data::model::{
    Counts, Detail, ErrorGroups, Fleet, GroupId, LOG_WINDOW, LogRow, Page, Part, QueueRow,
    RowsWanted, Snapshot, StalenessRow, Stats, TaskId,
};
use crate::data::native::fingerprint_rules;
use crate::data::poller::answer::{settle, timed, within};
use crate::data::poller::cached_part::CachedPart;
use crate::data::poller::error_groups::{Allowed, GroupReader, with_rows};
use crate::data::poller::options::PollOptions;
use crate::data::poller::schedule;
use crate::data::poller::schedule::{Ages, Schedule};
use crate::data::reads::keyset_pages::Pages;
use crate::data::reads::queries;
use crate::data::source::{Site, Source};

/// A poll may take as long as this many slow parts; then it is abandoned.
const PARTS: u32 = 30;

/// What a poll is to read.
#[derive(Debug, Clone, Copy)]
pub(super) struct PollRequest {
    /// The task whose detail is wanted.
    pub(super) follow: Option<TaskId>,
    /// How many rows of each list.
    pub(super) reach: RowsWanted,
    /// An operator asked for this poll.
    pub(super) asked: bool,
}

/// Carries out polls, and remembers what it need not read again.
#[derive(Debug)]
pub(super) struct Reader {
    connection: Connection,
    memory: Memory,
}

#[derive(Debug)]
struct Memory {
    source: Arc<Source>,
    limit: Duration,
    schedule: Schedule,
    /// Only of a server that is not the one that is written to.
    follower: Option<Follower>,
    counts: CachedPart<Counts>,
    stats: CachedPart<Stats>,
    staleness: Pages<StalenessRow>,
    queue: Pages<QueueRow>,
    groups: GroupReader,
    /// How long an empty statement takes: the network round trip.
    trip: Duration,
    ended: Option<Instant>,
}

impl Reader {
    pub(super) fn new(site: &Site, polling: &PollOptions) -> Self {
        Self {
            connection: Connection::new(&site.options),
            memory: Memory {
                source: Arc::clone(&site.source),
                limit: polling.statement_limit,
                schedule: Schedule::new(polling.every, polling.budget),
                follower: polling.replica.then(Follower::default),
                counts: CachedPart::default(),
                stats: CachedPart::default(),
                staleness: Pages::default(),
                queue: Pages::default(),
                groups: GroupReader::default(),
                trip: Duration::ZERO,
                ended: None,
            },
        }
    }

    /// One poll.
    ///
    /// # Errors
    ///
    /// Only if the database cannot be queried at all; a part that fails is in the snapshot.
    pub(super) async fn poll(&mut self, wanted: PollRequest) -> Result<Snapshot, DataError> {
        // A connection that was good before may have died while idle: once more on a fresh one.
        let reused = self.connection.is_open();
        let answer = match self.poll_once(wanted).await {
            Err(error) if reused && error.is_dead_link() => self.poll_once(wanted).await,
            answer => answer,
        };
        if answer.is_err() {
            self.memory.forget();
        }
        answer
    }

    async fn poll_once(&mut self, wanted: PollRequest) -> Result<Snapshot, DataError> {
        let limit = self.memory.limit;
        let memory = &mut self.memory;
        self.connection
            .run("poll the database", limit * PARTS, async |db| {
                memory.read_all(db, wanted).await
            })
            .await
    }

    /// Whether there are rows to fetch that are wanted and could not be had in one go.
    pub(super) const fn is_cut_short(&self) -> bool {
        self.memory.staleness.is_cut_short() || self.memory.queue.is_cut_short()
    }

    pub(super) async fn close(mut self) {
        self.connection.close().await;
    }
}

impl Memory {
    /// The database was away: it may be another one now, and everything is read again.
    fn forget(&mut self) {
        (self.counts.asked, self.stats.asked, self.ended) = (None, None, None);
        self.schedule.interrupt();
        self.groups.forget();
    }

    /// Reads what is due inside one read-only transaction.
    async fn read_all(
        &mut self,
        db: &mut PgConnection,
        wanted: PollRequest,
    ) -> Result<Snapshot, DataError> {
        let started = Instant::now();
        let taken_at = self.begin(db).await?;
        let ages = Ages {
            counts: self.counts.age(),
            stats: self.stats.age(),
        };
        let due = self.schedule.due(ages, wanted.asked);
        let mut cost = Duration::ZERO;
        if due.counts {
            let (answer, took) = timed(self.limit * 2, queries::counts(db, &self.source)).await;
            let statements = 1 + self.statements(&["detector"]);
            cost += self.note(schedule::Part::Counts, took, statements, answer.is_err());
            let part = settle(db, &self.source, self.limit, answer).await?;
            self.counts.keep(part, taken_at);
            cost += self.share_rules(db).await?;
        }
        let (lists, spent) = self.lists(db, wanted, due.counts).await?;
        self.schedule.note(schedule::Part::Lists, spent, false);
        cost += spent;
        if due.stats {
            let statements = self.statements(&queries::STATS);
            let limit = self.limit * (statements + 1);
            let (answer, took) = timed(limit, queries::stats(db, &self.source)).await;
            cost += self.note(schedule::Part::Stats, took, statements, answer.is_err());
            let part = settle(db, &self.source, self.limit, answer).await?;
            self.stats.keep(part, taken_at);
        }
        db.execute("rollback").await.while_doing("end a poll")?;
        Ok(self.snapshot(lists, taken_at, started.elapsed(), cost))
    }

    /// Reads the rules that all share again, and what it cost. If they have changed, all rows are read again:
    /// those in memory carry the fingerprints of before.
    async fn share_rules(&mut self, db: &mut PgConnection) -> Result<Duration, DataError> {
        if !self.source.is_native() {
            return Ok(Duration::ZERO);
        }
        let limit = self.limit * 2;
        let (answer, took) = timed(limit, fingerprint_rules::shared(db)).await;
        let rules = settle(db, &self.source, self.limit, answer).await?;
        if let Ok(rules) = rules
            && self.source.rules.share(Rules::clone(&rules))
        {
            self.staleness = Pages::default();
            self.queue = Pages::default();
        }
        Ok(self.cost(took, 2))
    }

    /// Begins the transaction and reads the clock: that statement does nothing else, so it tells
    /// how long the way there and back is.
    async fn begin(&mut self, db: &mut PgConnection) -> Result<DateTime<Utc>, DataError> {
        let limit = self.limit;
        let (answer, took) = within(limit * 2, async {
            begin(db, self.source.session(), limit).await?;
            Ok(timed(limit, queries::clock(db)).await)
        })
        .await?;
        // A single answer that was late is no longer way.
        self.trip = match self.trip {
            Duration::ZERO => took,
            trip => trip.mul_f64(0.7) + took.min(trip * 2).mul_f64(0.3),
        };
        answer
    }

    /// What is read with every poll, and what it cost.
    async fn lists(
        &mut self,
        db: &mut PgConnection,
        wanted: PollRequest,
        count: bool,
    ) -> Result<(Lists, Duration), DataError> {
        let limit = self.limit;
        let mut cost = Duration::ZERO;
        let mut replica = None;
        if let Some(follower) = &mut self.follower {
            let (answer, took) = timed(limit * 2, queries::replica(db)).await;
            let position: Part<Position> = settle(db, &self.source, limit, answer).await?;
            replica = position
                .ok()
                .map(|position| follower.judge(*position, Instant::now()));
            cost += self.cost(took, 1);
        }
        let rows = wanted.reach.staleness;
        let ahead = limit * (self.staleness.ahead(rows) + 1);
        let (answer, took) = timed(ahead, self.staleness.read(db, &self.source, rows, count)).await;
        cost += self.cost(took, self.staleness.statements());
        let staleness = settle(db, &self.source, limit, answer).await?;

        let rows = wanted.reach.queue;
        let ahead = limit * (self.queue.ahead(rows) + 1);
        let (answer, took) = timed(ahead, self.queue.read(db, &self.source, rows, count)).await;
        cost += self.cost(took, self.queue.statements());
        let queue = settle(db, &self.source, limit, answer).await?;
        let (error_groups, queue, spent) = self.groups(db, queue, wanted.reach.group).await?;
        cost += spent;

        let window = i64::try_from(LOG_WINDOW).unwrap_or(i64::MAX);
        let (answer, took) = timed(limit * 2, queries::log(db, &self.source, window)).await;
        cost += self.cost(took, 1);
        let log = settle(db, &self.source, limit, answer).await?;

        let mut fleet = Ok(Arc::default());
        let statements = self.statements(&queries::FLEET);
        if statements > 0 {
            let read = queries::fleet(db, &self.source, Fleet::MAX_ROWS);
            let (answer, took) = timed(limit * (statements + 1), read).await;
            cost += self.cost(took, statements);
            fleet = settle(db, &self.source, limit, answer).await?;
        }

        let mut detail = None;
        if let Some(task) = wanted.follow {
            let statements = self.statements(&queries::DETAIL);
            let read = queries::detail(db, &self.source, task);
            let (answer, took) = timed(limit * (statements + 1), read).await;
            cost += self.cost(took, statements);
            detail = Some((task, settle(db, &self.source, limit, answer).await?));
        }
        let lists = Lists {
            replica,
            staleness,
            queue,
            error_groups,
            fleet,
            log,
            detail,
        };
        Ok((lists, cost))
    }

    /// What fails alike, and the queue with the rows of the group that is wanted.
    async fn groups(
        &mut self,
        db: &mut PgConnection,
        queue: Part<Page<QueueRow>>,
        group: Option<GroupId>,
    ) -> Result<(Part<ErrorGroups>, Part<Page<QueueRow>>, Duration), DataError> {
        let allowed = Allowed {
            is_beyond: queue.as_ref().is_ok_and(|listed| listed.has_more()),
            open: queue.as_ref().map_or(0, |listed| listed.total.rows),
            group,
            cost: self.schedule.scan_allowance(),
            trip: self.trip,
        };
        let ahead = self.limit * (GroupReader::ahead(&self.source) + 1);
        let read = self.groups.read(db, &self.source, allowed);
        let (answer, took) = timed(ahead, read).await;
        let cost = self.cost(took, self.groups.statements());
        let found = settle(db, &self.source, self.limit, answer).await?;
        let queue = match &found {
            Ok(found) => queue.map(|listed| with_rows(listed, &found.rows)),
            Err(_) => queue,
        };
        let groups = found.map(|found| Arc::new(found.groups.clone()));
        Ok((groups, queue, cost))
    }

    /// How many of these statements the source has.
    fn statements(&self, names: &[&str]) -> u32 {
        let there = names.iter().filter(|name| self.source.has(name));
        u32::try_from(there.count()).unwrap_or(u32::MAX)
    }

    /// What of the time that so many statements took was the database's own.
    fn cost(&self, took: Duration, statements: u32) -> Duration {
        took.saturating_sub(self.trip * statements)
    }

    fn note(
        &mut self,
        part: schedule::Part,
        took: Duration,
        statements: u32,
        failed: bool,
    ) -> Duration {
        let cost = self.cost(took, statements);
        self.schedule.note(part, cost, failed);
        cost
    }

    fn snapshot(
        &mut self,
        lists: Lists,
        taken_at: DateTime<Utc>,
        took: Duration,
        cost: Duration,
    ) -> Snapshot {
        let since = self.ended.map(|at| at.elapsed());
        self.schedule.end(cost, took, since);
        self.ended = Some(Instant::now());
        let every = |part| self.schedule.interval() * self.schedule.period(part);
        Snapshot {
            taken_at,
            replica: lists.replica,
            took,
            next_in: self.schedule.pause().0,
            effort: self.schedule.effort(),
            counts: self.counts.part(),
            counts_read: self.counts.reading(taken_at, every(schedule::Part::Counts)),
            staleness: lists.staleness,
            queue: lists.queue,
            error_groups: lists.error_groups,
            stats: self.stats.part(),
            stats_read: self.stats.reading(taken_at, every(schedule::Part::Stats)),
            fleet: lists.fleet,
            rules_version: self.source.rules.current().version(),
            log: lists.log,
            detail: lists.detail,
        }
    }
}

/// What is read with every poll.
struct Lists {
    replica: Option<Replica>,
    staleness: Part<Page<StalenessRow>>,
    queue: Part<Page<QueueRow>>,
    error_groups: Part<ErrorGroups>,
    fleet: Part<Fleet>,
    log: Part<Vec<LogRow>>,
    detail: Option<(TaskId, Part<Option<Detail>>)>,
}
