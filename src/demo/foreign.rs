//! Small fleets on the schemas of other systems: each a folder of SQL in `demo/fleets/`, made and
//! kept moving by the same code.

use std::collections::BTreeMap;
use std::time::Duration;

use rust_embed::RustEmbed;
use sqlx::{AssertSqlSafe, PgPool};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::data::error::{DataError, QueryContext as _};

/// The role through which the demo looks and acts: it owns nothing, so that it meets the rules that
/// anybody would meet.
pub const OPERATOR: &str = "operator";

/// How often something happens.
const SECOND: Duration = Duration::from_secs(1);

#[derive(RustEmbed)]
#[folder = "src/demo/fleets/"]
struct Files;

/// A small fleet of another system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fleet {
    /// The source that it is a fleet of.
    pub source: String,
    /// What a profile would say of it, by its keys.
    pub profile: BTreeMap<String, String>,
    schema: String,
    populate: String,
    /// What the operator's role has besides its grants, if anything.
    operator: String,
    tick: String,
}

/// What became of the seconds that were simulated.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ticks {
    /// Seconds in which the fleet lived.
    pub done: u64,
    /// Seconds that failed: the database was away, or the fleet's files are at fault.
    pub failed: u64,
}

impl Fleet {
    /// The sources of which there is a fleet.
    #[must_use]
    pub fn names() -> Vec<String> {
        let files = Files::iter();
        let mut names: Vec<String> = files
            .filter_map(|path| path.strip_suffix("/schema.sql").map(str::to_owned))
            .collect();
        names.sort();
        names
    }

    /// The fleet of this source, if there is one.
    #[must_use]
    pub fn of(source: &str) -> Option<Self> {
        let file = |name: &str| {
            let found = Files::get(&format!("{source}/{name}"))?;
            Some(String::from_utf8_lossy(&found.data).into_owned())
        };
        let profile = file("profile.toml").and_then(|text| toml::from_str(&text).ok());
        Some(Self {
            source: source.to_owned(),
            profile: profile.unwrap_or_default(),
            schema: file("schema.sql")?,
            populate: file("populate.sql")?,
            operator: file("operator.sql").unwrap_or_default(),
            tick: file("tick.sql")?,
        })
    }

    /// Makes an empty database this system's: its schema, its past, and the role of the operator.
    ///
    /// # Errors
    ///
    /// When the database refuses or is gone.
    pub async fn prepare(&self, pool: &PgPool) -> Result<(), DataError> {
        let mut db = pool.acquire().await.while_doing("prepare the demo")?;
        let files = [
            self.schema.as_str(),
            &self.populate,
            include_str!("sql/create_operator.sql"),
            &self.operator,
            include_str!("sql/analyze_all.sql"),
        ];
        for file in files {
            sqlx::raw_sql(AssertSqlSafe(file.to_owned()))
                .execute(&mut *db)
                .await
                .while_doing("prepare the demo")?;
        }
        Ok(())
    }

    /// Lets the fleet live, a second at a time, until `stop`. A database that goes away is waited for.
    pub async fn run(&self, pool: PgPool, stop: CancellationToken) -> Ticks {
        let mut ticks = Ticks::default();
        let mut clock = interval(SECOND);
        clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => return ticks,
                _ = clock.tick() => {}
            }
            match self.live(&pool).await {
                Ok(()) => ticks.done += 1,
                Err(error) => {
                    ticks.failed += 1;
                    tracing::warn!(error = %error.one_line(), "the demo's fleet stood still for a second");
                }
            }
        }
    }

    async fn live(&self, pool: &PgPool) -> Result<(), DataError> {
        sqlx::raw_sql(AssertSqlSafe(self.tick.clone()))
            .execute(pool)
            .await
            .while_doing("let the demo's fleet live")
            .map(drop)
    }
}
