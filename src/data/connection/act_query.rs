//! The query of an act, and its answer.

use sqlx::Postgres;
use sqlx::postgres::{PgArguments, PgConnection};
use sqlx::query::QueryAs;

use crate::data::error::{DataError, QueryContext as _};
use crate::data::model::act::ActRow;

/// A statement, and the same once more for [`answer`].
pub(in crate::data) struct RetryableQuery<'q> {
    pub(in crate::data) first: ActQuery<'q>,
    pub(in crate::data) again: ActQuery<'q>,
}

pub(in crate::data) type ActQuery<'q> = QueryAs<'q, Postgres, ActRow, PgArguments>;

/// The answer of an act, in the transaction at hand.
pub(in crate::data) async fn answer(
    db: &mut PgConnection,
    query: RetryableQuery<'_>,
) -> Result<ActRow, DataError> {
    const DOING: &str = "carry out the act";
    let act = query.first.fetch_one(&mut *db).await.while_doing(DOING)?;
    if act.outcome == "changed" && act.now_state.is_none() {
        // It waited for somebody who changed it, and cannot see what to: a statement that begins now can.
        return query.again.fetch_one(db).await.while_doing(DOING);
    }
    Ok(act)
}
