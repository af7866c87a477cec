//! Acts on a system without an operators' log of its own. The companion log records them in the act's
//! transaction: what was done, by whom and why. It also shows whether a batch has done an act before.

use sqlx::Executor as _;
use sqlx::postgres::{PgArguments, PgConnection};
use sqlx::query::Query;
use sqlx::{FromRow, Postgres};
use uuid::Uuid;

use crate::data::connection::act_query::{RetryableQuery, answer};
use crate::data::connection::sql::{rows, sql};
use crate::data::error::{DataError, QueryContext as _};
use crate::data::messages::command::{Change, EntryTarget, EntryVerb, Until, Write};
use crate::data::model::act::ActRow;
use crate::data::model::safe_text::SafeText;
use crate::data::source::{Source, entries};

const DOING: &str = "carry out the act";
const LOGGING: &str = "write the log";

/// One act on one subject, for the log.
pub(in crate::data) struct LoggedAct<'a> {
    source: &'a Source,
    write: &'a Write,
    place: usize,
    actor: &'a str,
}

/// The subject of an act.
struct Subject {
    id: Uuid,
    label: SafeText,
    task: Option<Uuid>,
    entry: Option<Uuid>,
    /// What the operator saw.
    seen: String,
}

/// The answer of a statement of the companion schema.
#[derive(FromRow)]
struct CompanionRow {
    #[sqlx(flatten)]
    act: ActRow,
    #[sqlx(default)]
    before: Option<SafeText>,
}

impl<'a> LoggedAct<'a> {
    /// The line of this act, if there is a companion log and the role may write to it.
    pub(in crate::data) fn of(
        source: &'a Source,
        write: &'a Write,
        place: usize,
        actor: &'a str,
    ) -> Option<Self> {
        source.companion.may_write().then_some(Self {
            source,
            write,
            place,
            actor,
        })
    }

    /// Records the answer of an act that was carried out elsewhere, in the current transaction.
    pub(in crate::data) async fn keep_answer(
        self,
        db: &mut PgConnection,
        act: &ActRow,
    ) -> Result<(), DataError> {
        let mut subject = subject(&self.write.change, self.place);
        if let Some(entry) = subject.entry {
            subject.task = self.task_of(db, entry).await?;
        }
        self.keep(db, act, None, &subject).await
    }

    /// Carries the act out in the current transaction, with the source's statement if there is one; writes
    /// the line; commits. If this batch has done it before, returns that result.
    pub(in crate::data) async fn carry_out(
        self,
        db: &mut PgConnection,
        query: Option<RetryableQuery<'_>>,
    ) -> Result<ActRow, DataError> {
        let subject = subject(&self.write.change, self.place);
        let before = self.done_before(db, &subject).await;
        let act = match self.source.companion.note_missing(before)? {
            Some(after) => ActRow::new("done", after),
            None => self.carry_out_now(db, query, subject).await?,
        };
        db.execute("commit").await.while_doing(DOING)?;
        Ok(act)
    }

    async fn carry_out_now(
        &self,
        db: &mut PgConnection,
        query: Option<RetryableQuery<'_>>,
        mut subject: Subject,
    ) -> Result<ActRow, DataError> {
        if let Some(entry) = subject.entry {
            subject.task = self.task_of(db, entry).await?;
        }
        let (act, before) = match query {
            Some(query) => (answer(db, query).await?, None),
            None => self.write_companion(db, &subject).await?,
        };
        self.keep(db, &act, before, &subject).await?;
        Ok(act)
    }

    /// The earlier result of this batch for the subject, if there is one. Locks the subject until the end
    /// of the transaction.
    async fn done_before(
        &self,
        db: &mut PgConnection,
        subject: &Subject,
    ) -> Result<Option<SafeText>, DataError> {
        sqlx::query(sql!("companion/lock_subject"))
            .bind(&self.source.name)
            .bind(subject.id)
            .persistent(false)
            .execute(&mut *db)
            .await
            .while_doing(DOING)?;
        sqlx::query_scalar(sql!("companion/done_before"))
            .bind(&self.source.name)
            .bind(self.write.batch)
            .bind(subject.id)
            .bind(self.write.change.name())
            .persistent(false)
            .fetch_optional(db)
            .await
            .while_doing(DOING)
    }

    /// The task of an entry, for the log; also `None` if the source cannot tell.
    async fn task_of(&self, db: &mut PgConnection, entry: Uuid) -> Result<Option<Uuid>, DataError> {
        if !self.source.has("find_task") {
            return Ok(None);
        }
        let task = entries::find_task(db, self.source, entry).await?;
        Ok(task.map(|task| task.0))
    }

    /// Carries out an act that the source cannot; also returns what was there before.
    async fn write_companion(
        &self,
        db: &mut PgConnection,
        subject: &Subject,
    ) -> Result<(ActRow, Option<SafeText>), DataError> {
        let Change::Entries(verb, targets) = &self.write.change else {
            return Err(self.source.missing("act"));
        };
        if let Some(refused) = self.guard(db, *verb, &targets[self.place], subject).await? {
            return Ok((refused, None));
        }
        let sql = match verb {
            EntryVerb::Note => sql!("companion/add_note"),
            EntryVerb::Claim { .. } => sql!("companion/claim"),
            EntryVerb::Release => sql!("companion/release"),
            EntryVerb::Snooze(_) => sql!("companion/snooze"),
            EntryVerb::Unsnooze => sql!("companion/unsnooze"),
            EntryVerb::Close(_) | EntryVerb::Reopen => return Err(self.source.missing("act")),
        };
        let tenant = match verb {
            EntryVerb::Note => tenant_of(db, self.source, subject).await?,
            _ => None,
        };
        let query = rows(sql)
            .bind(&self.source.name)
            .bind(subject.id)
            .bind(self.actor);
        let query = match verb {
            EntryVerb::Note => query.bind(&self.write.reason).bind(tenant),
            EntryVerb::Claim { minutes, take_over } => query.bind(minutes).bind(take_over),
            EntryVerb::Snooze(Until::Minutes(minutes)) => query.bind(minutes).bind(NO_TIMESTAMP),
            EntryVerb::Snooze(Until::At(at)) => query.bind(None::<i32>).bind(at),
            _ => query,
        };
        let row: CompanionRow = query.fetch_one(db).await.while_doing(DOING)?;
        Ok((row.act, row.before))
    }

    /// The answer to give if the entry is not as the operator saw it; `None` if it is. Notes can always be
    /// added.
    async fn guard(
        &self,
        db: &mut PgConnection,
        verb: EntryVerb,
        target: &EntryTarget,
        subject: &Subject,
    ) -> Result<Option<ActRow>, DataError> {
        if verb == EntryVerb::Note {
            let is_known = subject.task.is_some() || !self.source.has("find_task");
            return Ok((!is_known).then(|| ActRow::new("refused", "there is no such entry".into())));
        }
        let open = entries::open_entries(db, self.source, &[subject.id]).await?;
        Ok(match open.into_iter().next() {
            None => Some(ActRow::new("changed", "no longer open".into())),
            Some(row) if row.version != target.seen_version => {
                Some(ActRow::new("changed", row.current_state))
            }
            Some(_) => None,
        })
    }

    /// Writes the line of the act.
    async fn keep(
        &self,
        db: &mut PgConnection,
        act: &ActRow,
        before: Option<SafeText>,
        subject: &Subject,
    ) -> Result<(), DataError> {
        let outcome = match act.outcome.as_str() {
            "done" => "done".to_owned(),
            "changed" => "changed meanwhile".to_owned(),
            _ => {
                let why = act.now_state.clone().unwrap_or_default();
                format!("failed: {why}")
            }
        };
        let is_done = outcome == "done";
        let before = match before {
            Some(before) => Some(before.to_string()),
            // A version means nothing once the entry has changed.
            None if is_done && subject.entry.is_some() => None,
            None => Some(subject.seen.clone()),
        };
        let tenant = tenant_of(db, self.source, subject).await?;
        let line = line(self.source, self.actor, subject, self.write)
            .bind(before)
            .bind(act.now_state.as_ref().map(ToString::to_string))
            .bind(outcome)
            .bind(tenant);
        let kept = line.persistent(false).execute(&mut *db).await;
        self.source
            .companion
            .note_missing(kept.while_doing(LOGGING))?;
        if is_done && matches!(self.write.change, Change::Entries(EntryVerb::Close(_), _)) {
            let forget = sqlx::query(sql!("companion/drop_claim_and_snooze"))
                .bind(&self.source.name)
                .bind(subject.id);
            let forgotten = forget.persistent(false).execute(db).await;
            forgotten.while_doing(LOGGING)?;
        }
        Ok(())
    }
}

/// The tenant whose task or entry it is: empty if it belongs to none. If the source cannot tell, the one whose
/// rows this session sees.
async fn tenant_of(
    db: &mut PgConnection,
    source: &Source,
    subject: &Subject,
) -> Result<Option<String>, DataError> {
    let own = || source.tenant().map(str::to_owned);
    let Some(sql) = source.sql("tenant") else {
        return Ok(own());
    };
    let found: Option<Option<String>> = sqlx::query_scalar(sql)
        .bind(subject.entry.or(subject.task).unwrap_or(subject.id))
        .persistent(false)
        .fetch_optional(db)
        .await
        .while_doing(LOGGING)?;
    Ok(found.map_or_else(own, |tenant| Some(tenant.unwrap_or_default())))
}

/// No instant.
const NO_TIMESTAMP: Option<chrono::DateTime<chrono::Utc>> = None;

fn subject(change: &Change, place: usize) -> Subject {
    match change {
        Change::Steps(_, targets) => {
            let target = &targets[place];
            Subject {
                id: target.step.0,
                label: target.label.clone(),
                task: Some(target.task.0),
                entry: None,
                seen: target.seen_state.to_string(),
            }
        }
        Change::Tasks(_, targets) => {
            let target = &targets[place];
            Subject {
                id: target.task.0,
                label: target.label.clone(),
                task: Some(target.task.0),
                entry: None,
                seen: target.seen_state.to_string(),
            }
        }
        Change::Entries(_, targets) => {
            let target = &targets[place];
            Subject {
                id: target.entry.0,
                label: target.label.clone(),
                task: None,
                entry: Some(target.entry.0),
                seen: format!("version {}", target.seen_version),
            }
        }
    }
}

pub(in crate::data) type LineQuery<'q> = Query<'q, Postgres, PgArguments>;

/// A line of the log without the state before, the state after, and the outcome.
fn line<'q>(
    source: &'q Source,
    actor: &'q str,
    subject: &Subject,
    write: &'q Write,
) -> LineQuery<'q> {
    sqlx::query(sql!("companion/add_log_line"))
        .bind(&source.name)
        .bind(actor)
        .bind(write.change.name())
        .bind(subject.label.to_string())
        .bind(subject.id)
        .bind(subject.task)
        .bind(subject.entry)
        .bind(&write.reason)
        .bind(write.batch)
}

/// A line of the log for a refused act, or for something that is not an act.
pub(in crate::data) struct RefusalLine<'a> {
    /// The action.
    pub(in crate::data) action: &'a str,
    /// The name of its subject.
    pub(in crate::data) label: &'a str,
    /// The id of its subject, if it has one.
    pub(in crate::data) id: Option<Uuid>,
    /// The operator's reason.
    pub(in crate::data) reason: &'a str,
    /// The batch.
    pub(in crate::data) batch: Option<Uuid>,
    /// The outcome.
    pub(in crate::data) outcome: &'a str,
}

impl<'a> RefusalLine<'a> {
    /// The line for the source's own log or for the companion log, if there is one.
    pub(in crate::data) fn line(
        &self,
        source: &'a Source,
        actor: &'a str,
    ) -> Option<LineQuery<'a>> {
        if let Some(sql) = source.sql("log_failure") {
            let line = sqlx::query(sql)
                .bind(actor)
                .bind(self.action)
                .bind(self.label)
                .bind(self.id)
                .bind(self.reason)
                .bind(self.batch)
                .bind(self.outcome);
            return Some(line);
        }
        source.companion.may_write().then(|| {
            sqlx::query(sql!("companion/add_log_line"))
                .bind(&source.name)
                .bind(actor)
                .bind(self.action)
                .bind(self.label)
                .bind(self.id)
                .bind(None::<Uuid>)
                .bind(None::<Uuid>)
                .bind(self.reason)
                .bind(self.batch)
                .bind(None::<String>)
                .bind(None::<String>)
                .bind(self.outcome)
                .bind(source.tenant())
        })
    }
}
