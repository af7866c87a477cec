//! A database of somebody else, full of objects with names like ours, and what is to stay as it was.

use std::collections::BTreeMap;

use sqlx::{ConnectOptions as _, Connection as _};

use crate::database::{Database, OWNER};

/// Three roles, and some thirty objects in `public` and elsewhere.
const LOOK_ALIKES: &str = include_str!("../../sql/look_alikes.sql");
/// Everything that is not ours.
const FOREIGN_OBJECTS: &str = include_str!("../../sql/foreign_objects.sql");
/// The stranger's tables with rows, and what is in them.
const CONTENTS: &str = "
    select md5(concat(
        (select string_agg(o::text, ' ' order by id) from public.orders o),
        (select string_agg(s::text, ' ' order by name) from public.settings s),
        (select string_agg(m::text, ' ' order by version) from public._sqlx_migrations m),
        (select string_agg(t::text, ' ') from public.v_totals t)))";

/// Definition, owner and rights of every foreign object, by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Foreign(BTreeMap<String, String>);

impl Foreign {
    /// What differs from a later look.
    pub fn changes(&self, later: &Self) -> Vec<String> {
        let names = self.0.keys().chain(later.0.keys());
        let mut changed: Vec<String> = names
            .filter(|name| self.0.get(*name) != later.0.get(*name))
            .map(|name| format!("{name}: {:?} -> {:?}", self.0.get(name), later.0.get(name)))
            .collect();
        changed.dedup();
        changed
    }

    /// How many objects there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }
}

/// Puts the look-alikes into a database.
pub async fn move_in(db: &Database) {
    db.run(LOOK_ALIKES).await;
}

/// Every object that is not ours, all with their schemas, whatever the search path finds.
pub async fn foreign(db: &Database) -> Foreign {
    let options = db.options.clone();
    let options = options.options([("search_path", "pg_catalog")]);
    let mut session = options.connect().await.unwrap();
    let found: Vec<(String, String)> = sqlx::query_as(FOREIGN_OBJECTS)
        .bind(OWNER)
        .fetch_all(&mut session)
        .await
        .unwrap();
    session.close().await.unwrap();
    Foreign(found.into_iter().collect())
}

/// What is in the stranger's tables.
pub async fn contents(db: &Database) -> String {
    db.one(CONTENTS).await
}
