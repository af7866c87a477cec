//! What an act has written into the system's own tables, and whether that is of its own subject.

use super::things::steps;
use super::*;

/// The system as it stood before something was done.
pub(super) struct Before {
    tables: Vec<String>,
    /// Rows that are written from now on are written by transactions from this one on.
    xid: i64,
    rows: i64,
}

/// The system's own tables. What this program keeps beside it is left out.
pub(super) async fn before(standing: &Standing) -> Before {
    let tables: Vec<String> = sqlx::query_scalar(
        "select format('%I.%I', n.nspname, c.relname)
         from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where c.relkind in ('r', 'p') and not c.relispartition and n.nspname !~ '^pg_'
           and n.nspname not in ('information_schema', 'dlqtop')",
    )
    .fetch_all(&standing.db.pool)
    .await
    .unwrap();
    let rows = counted(standing, &tables).await;
    let xid = standing.db.one("select txid_current()").await;
    Before { tables, xid, rows }
}

async fn counted(standing: &Standing, tables: &[String]) -> i64 {
    let each = tables
        .iter()
        .map(|table| format!("(select count(*) from {table})"));
    let sql = format!("select {}", each.collect::<Vec<_>>().join(" + "));
    standing.db.one(&sql).await
}

/// Rows that were written since then, as text. None is ever deleted.
pub(super) async fn written(standing: &Standing, before: &Before) -> Vec<String> {
    let each = before.tables.iter().map(|table| {
        format!(
            "select '{table} ' || to_jsonb(t)::text from {table} t where t.xmin::text::bigint > {}",
            before.xid
        )
    });
    let sql = each.collect::<Vec<_>>().join(" union all ");
    let rows = sqlx::query(AssertSqlSafe(sql))
        .fetch_all(&standing.db.pool)
        .await
        .unwrap();
    assert!(
        counted(standing, &before.tables).await >= before.rows,
        "rows are gone"
    );
    rows.iter().map(|row| row.get(0)).collect()
}

/// What a row has in it that belongs to the thing, to its task or to one of that task's steps.
pub(super) async fn marks(standing: &Standing, thing: &Thing) -> Vec<String> {
    let mut marks = vec![thing.id.to_string(), thing.task.to_string()];
    let task = Thing {
        id: thing.task,
        ..thing.clone()
    };
    let steps = steps(standing, &[task]).await;
    marks.extend(steps.iter().map(|step| step.id.to_string()));
    let (high, low) = thing.id.as_u64_pair();
    if high == 0 {
        // A number that was made an id.
        marks.push(format!("\"id\": {low},"));
    }
    marks
}

/// Rows that were written have one of these marks.
pub(super) fn assert_its_own(written: &[String], marks: &[String], of: &str) {
    for row in written {
        let own = marks.iter().any(|mark| row.contains(mark));
        assert!(own, "{of} on {} has changed {row}", marks[0]);
    }
}
