//! The query of an act, and its answer.

use sqlx::Postgres;
use sqlx::postgres::{PgArguments, PgConnection};
use sqlx::query::QueryAs;

use crate::data::error::{DataError, QueryContext as _};
use crate::data::model::act::ActRow;

/// A statement, and a second copy of it for [`answer`].
pub(in crate::data) struct RetryableQuery<'q> {
    pub(in crate::data) first: ActQuery<'q>,
    pub(in crate::data) again: ActQuery<'q>,
}

pub(in crate::data) type ActQuery<'q> = QueryAs<'q, Postgres, ActRow, PgArguments>;

/// Sends an act in the current transaction and returns its answer.
pub(in crate::data) async fn answer(
    db: &mut PgConnection,
    query: RetryableQuery<'_>,
) -> Result<ActRow, DataError> {
    const DOING: &str = "carry out the act";
    let act = query.first.fetch_one(&mut *db).await.while_doing(DOING)?;
    if act.outcome == "changed" && act.now_state.is_none() {
        // It waited for another session's change and cannot see the new state; a new statement can.
        return query.again.fetch_one(db).await.while_doing(DOING);
    }
    Ok(act)
}
