//! Reads back what the system's own API has said yes to, and does what it has left undone. An API may move a
//! step and leave it so that it never runs; "done" must not be said of that.

use super::via_api::interface;
use super::writer::{ACT_LIMIT, Attempt, DOING, Writer};
use crate::data::connection::act_query::{ActQuery, RetryableQuery, answer};
use crate::data::error::{DataError, QueryContext as _};
use crate::data::http_api::Call;
use crate::data::messages::command::{Change, ItemResult, Write};
use crate::data::model::act::{ActRow, LeftUndone};
use crate::data::model::safe_text::SafeText;
use crate::data::source::Source;
use sqlx::Executor as _;
use uuid::Uuid;

impl Writer {
    /// What became of an action that the API has carried out. The system's answer stays "done" only if nothing
    /// was left undone, or was done now.
    pub(super) async fn finished_for_api(
        &mut self,
        call: &Call,
        write: &Write,
        place: usize,
    ) -> Attempt {
        let done = |now: String| Attempt::Said(ItemResult::Done { now: now.into() });
        let becomes = call.becomes.as_str();
        let Change::Steps(_, targets) = &write.change else {
            return done(becomes.to_owned());
        };
        let step = targets[place].step.0;
        let left = match self.left_by_api(step, becomes).await {
            Ok(left) if left.is_empty() => return done(becomes.to_owned()),
            Ok(left) => listed(&left),
            Err(error) => {
                tracing::warn!(error = %error.one_line(), "what an API has done was not read back");
                return half_done(format!(
                    "the API said yes, and what it did could not be read back: {}",
                    error.one_line()
                ));
            }
        };
        match self.finish(step, becomes, write).await {
            Ok(act) if act.outcome == "done" => {
                done(format!("{becomes} (the API left {left}: finished by SQL)"))
            }
            // Somebody has gone on with it meanwhile: the orchestrator, mostly.
            Ok(act) => done(act.now_state.unwrap_or_default().to_string()),
            Err(error) => half_done(format!(
                "the API said yes and left {left}; finishing it by SQL failed: {}",
                error.one_line()
            )),
        }
    }

    async fn left_by_api(
        &mut self,
        step: Uuid,
        becomes: &str,
    ) -> Result<Vec<LeftUndone>, DataError> {
        self.read(async move |db, source| {
            let Some(sql) = source.sql("left_by_api") else {
                return Ok(Vec::new());
            };
            sqlx::query_as(sql)
                .bind(step)
                .bind(becomes)
                .persistent(false)
                .fetch_all(db)
                .await
                .while_doing(DOING)
        })
        .await
    }

    async fn finish(
        &mut self,
        step: Uuid,
        becomes: &str,
        write: &Write,
    ) -> Result<ActRow, DataError> {
        let source = std::sync::Arc::clone(&self.site.source);
        let actor = self.actor.clone();
        let target = Target {
            step,
            becomes,
            actor: &actor,
            write,
        };
        let query = RetryableQuery {
            first: target.query(&source)?,
            again: target.query(&source)?,
        };
        self.begin().await?;
        let done = self
            .connection
            .run(DOING, ACT_LIMIT, async |db| {
                let act = answer(&mut *db, query).await?;
                db.execute("commit").await.while_doing(DOING)?;
                Ok(act)
            })
            .await;
        match done {
            Ok(act) => Ok(act),
            Err(error) => Err(self.explained("finish_for_api", error).await),
        }
    }
}

/// What is finished, and by whom.
struct Target<'a> {
    step: Uuid,
    becomes: &'a str,
    actor: &'a str,
    write: &'a Write,
}

impl<'a> Target<'a> {
    fn query(&self, source: &Source) -> Result<ActQuery<'a>, DataError> {
        Ok(sqlx::query_as(source.sql_or_err("finish_for_api")?)
            .bind(self.step)
            .bind(self.becomes)
            .bind(self.actor)
            .bind(&self.write.reason)
            .bind(self.write.batch)
            .persistent(false))
    }
}

fn half_done(why: String) -> Attempt {
    Attempt::Said(ItemResult::Failed {
        why: interface(why).one_line().into(),
    })
}

fn listed(left: &[LeftUndone]) -> String {
    let each: Vec<&str> = left
        .iter()
        .map(|left| SafeText::as_str(&left.what))
        .collect();
    each.join(" and ")
}
