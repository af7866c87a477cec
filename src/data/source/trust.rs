//! Who may own what a source reads and runs. Whoever looks at a database runs, with their own rights, what its
//! tables call: a view or a policy of somebody else's would be theirs to misuse.

use std::collections::BTreeSet;

use sqlx::FromRow;
use sqlx::postgres::PgConnection;

use crate::data::connection::sql::{rows, sql};
use crate::data::error::{DataError, QueryContext as _};

/// The key of a profile that names more owners.
pub const KEY: &str = "trusted_owners";
/// The key of `[session]` that says where a system's own triggers look names up.
pub(super) const SEARCH_PATH: &str = "search_path";
const DOING: &str = "look whose the system is";
/// So many owners are named; of the others only the number is shown.
const NAMED: usize = 2;

/// What would be read and run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::data) struct Reach {
    /// Relations, by their schemas and names.
    pub(in crate::data) relations: Vec<(String, String)>,
    /// Views among them are as good as tables.
    pub(in crate::data) may_be_views: bool,
    /// Functions, by their schemas and names.
    pub(in crate::data) functions: Vec<(String, String)>,
    /// Schemas of which every object counts.
    pub(in crate::data) schemas: Vec<String>,
}

/// An object that keeps one of those from being read.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub(in crate::data) struct Stranger {
    /// The relation, function or schema that leads to it, quoted.
    pub(in crate::data) root: String,
    kind: String,
    object: String,
    owner: String,
    /// It should be a table, and is something that runs whatever its owner wants.
    is_no_table: bool,
}

/// Why something is not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Why, on one line.
    pub why: String,
    /// The line of a profile that would allow it, if one would.
    pub line: Option<String>,
}

/// A system that is not read, because others than its owners could have made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The source's name.
    pub name: String,
    /// Why.
    pub refusal: Refusal,
}

impl Refused {
    /// The same as an error.
    #[must_use]
    pub fn error(&self) -> DataError {
        DataError::SourceRefused {
            name: self.name.clone(),
            why: self.refusal.one_line(),
        }
    }
}

impl Refusal {
    /// Why, and what to do.
    #[must_use]
    pub fn one_line(&self) -> String {
        match &self.line {
            Some(line) => format!("{}: {}", self.why, advice(line)),
            None => self.why.clone(),
        }
    }
}

/// What to do where this line of a profile is missing.
#[must_use]
pub fn advice(line: &str) -> String {
    format!("if you trust them with your rights, say so in the profile: {line}")
}

/// What is in the way of reading all of it, given the owners that a profile trusts.
///
/// # Errors
///
/// [`DataError::Query`].
pub(in crate::data) async fn strangers(
    db: &mut PgConnection,
    reach: &Reach,
    trusted: &[String],
) -> Result<Vec<Stranger>, DataError> {
    let (schemas, names) = columns(&reach.relations);
    let (function_schemas, functions) = columns(&reach.functions);
    rows(sql!("pg_catalog/strangers"))
        .bind(schemas)
        .bind(names)
        .bind(reach.may_be_views)
        .bind(function_schemas)
        .bind(functions)
        .bind(!reach.schemas.is_empty())
        .bind(&reach.schemas)
        .bind(trusted)
        .fetch_all(db)
        .await
        .while_doing(DOING)
}

/// Those of these schemas, quoted, in which only trusted roles have put something and may.
///
/// # Errors
///
/// [`DataError::Query`].
pub(in crate::data) async fn clean_schemas(
    db: &mut PgConnection,
    schemas: &[String],
    trusted: &[String],
) -> Result<BTreeSet<String>, DataError> {
    let clean: Vec<String> = sqlx::query_scalar(sql!("pg_catalog/clean_schemas"))
        .bind(schemas)
        .bind(trusted)
        .persistent(false)
        .fetch_all(db)
        .await
        .while_doing(DOING)?;
    Ok(clean.into_iter().collect())
}

fn columns(pairs: &[(String, String)]) -> (Vec<String>, Vec<String>) {
    pairs.iter().cloned().unzip()
}

/// The refusal that these objects are cause for.
pub(in crate::data) fn refusal(strangers: &[Stranger], trusted: &[String]) -> Refusal {
    let no_tables = strangers.iter().filter(|stranger| stranger.is_no_table);
    let mut told: Vec<String> = no_tables.map(Stranger::as_no_table).collect();
    // Trust makes no table of a view.
    if !told.is_empty() {
        told.truncate(NAMED);
        return Refusal {
            why: told.join("; "),
            line: None,
        };
    }
    let mut by_owner: Vec<(&str, Vec<&Stranger>)> = Vec::new();
    for stranger in strangers {
        match (by_owner.iter_mut()).find(|(owner, _)| *owner == stranger.owner) {
            Some((_, theirs)) => theirs.push(stranger),
            None => by_owner.push((&stranger.owner, vec![stranger])),
        }
    }
    let told = by_owner.iter().take(NAMED);
    let mut why: Vec<String> = told.map(|(owner, theirs)| belongs(owner, theirs)).collect();
    if by_owner.len() > NAMED {
        why.push(format!("so do others to {} more", by_owner.len() - NAMED));
    }
    Refusal {
        why: why.join("; "),
        line: Some(profile_line(strangers, trusted)),
    }
}

/// What belongs to this owner: the first object, and how many there are besides.
fn belongs(owner: &str, theirs: &[&Stranger]) -> String {
    let Some(first) = theirs.first() else {
        return String::new();
    };
    let Stranger {
        root, kind, object, ..
    } = first;
    let others: BTreeSet<(&str, &str)> = theirs
        .iter()
        .map(|stranger| (stranger.kind.as_str(), stranger.object.as_str()))
        .collect();
    let how = if object == root || kind == "schema" {
        String::new()
    } else {
        format!(", which {root} leads to,")
    };
    let belongs = match others.len() - 1 {
        0 => " belongs".to_owned(),
        more => format!(" and {more} more belong"),
    };
    format!(
        "the {kind} {object}{how}{belongs} to {owner}, who is not the database's owner, a superuser or you"
    )
}

/// The line for a profile, with whom it trusts already.
fn profile_line(strangers: &[Stranger], trusted: &[String]) -> String {
    let owners = strangers.iter().map(|stranger| &stranger.owner);
    let all: BTreeSet<&String> = trusted.iter().chain(owners).collect();
    let quoted: Vec<String> = all.into_iter().map(|owner| format!("{owner:?}")).collect();
    format!("{KEY} = [{}]", quoted.join(", "))
}

impl Stranger {
    fn as_no_table(&self) -> String {
        let Self {
            kind,
            object,
            owner,
            ..
        } = self;
        format!("{object} is a {kind} of {owner}, and only tables are read")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stranger(root: &str, kind: &str, object: &str, owner: &str) -> Stranger {
        Stranger {
            root: root.to_owned(),
            kind: kind.to_owned(),
            object: object.to_owned(),
            owner: owner.to_owned(),
            is_no_table: kind.ends_with("view") || kind == "foreign table",
        }
    }

    #[test]
    fn a_refusal_names_the_owner_and_the_line_that_would_trust_them() {
        let found = [
            stranger("s.jobs", "table", "s.jobs", "app"),
            stranger("s.jobs", "function", "s.mine()", "it's \"me\""),
            stranger("s.more", "schema", "s", "app"),
        ];
        let refusal = refusal(&found, &["ops".to_owned()]);
        assert_eq!(
            refusal.one_line(),
            "the table s.jobs and 1 more belong to app, who is not the database's owner, a superuser or you; \
             the function s.mine(), which s.jobs leads to, belongs to it's \"me\", who is not the database's \
             owner, a superuser or you: if you trust them with your rights, say so in the profile: \
             trusted_owners = [\"app\", \"it's \\\"me\\\"\", \"ops\"]"
        );
        let parsed: toml::Table = toml::from_str(&refusal.line.unwrap()).unwrap();
        assert_eq!(parsed[KEY][1].as_str(), Some("it's \"me\""));
    }

    #[test]
    fn no_trust_helps_where_a_view_stands_for_a_table() {
        for kind in ["view", "materialized view", "foreign table"] {
            let refusal = refusal(&[stranger("s.jobs", kind, "s.jobs", "app")], &[]);
            assert_eq!(
                refusal.one_line(),
                format!("s.jobs is a {kind} of app, and only tables are read")
            );
        }
    }
}
