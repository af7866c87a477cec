//! What the database's catalogue has of the names by which systems are recognised.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::FromRow;
use sqlx::postgres::PgConnection;

use crate::data::connection::sql::{rows, sql};
use crate::data::error::{DataError, QueryContext as _};
use crate::data::source::catalog::{SourceCatalog, SourceKind};
use crate::data::source::trust::{Refusal, SEARCH_PATH};

const DOING: &str = "look what the database holds";

/// What the database's catalogue has of the names in question.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Catalogue {
    pub(in crate::data::source) relations: BTreeMap<String, Relation>,
    /// Relations that are there and not read, by the names they are known by.
    pub(in crate::data::source) passed_over: BTreeMap<String, Refusal>,
    /// The schemas, quoted, in which names may be looked up.
    pub(super) clean: BTreeSet<String>,
    /// Of the relations that are there, by `relation.column type`.
    pub(super) columns: BTreeMap<String, Column>,
    pub(super) labels: BTreeSet<String>,
}

/// A column that is wanted, as it was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::data::source) struct Column {
    /// Its type; `None` if the relation has no such column.
    pub(in crate::data::source) kind: Option<String>,
    /// Whether that is a type that is wanted.
    pub(in crate::data::source) fits: bool,
}

/// A relation as it was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::data::source) struct Relation {
    pub(in crate::data::source) schema: String,
    pub(in crate::data::source) name: String,
    pub(in crate::data::source) schema_quoted: String,
    /// Schema and name, quoted.
    pub(in crate::data::source) quoted: String,
}

#[derive(FromRow)]
struct CatalogueRow {
    kind: String,
    name: String,
    schema: String,
    schema_quoted: String,
    object: String,
    quoted: String,
    #[sqlx(rename = "type")]
    of_type: Option<String>,
    fits: bool,
}

impl Catalogue {
    /// What there is of all that these kinds are recognised by.
    ///
    /// # Errors
    ///
    /// [`DataError::Query`].
    pub(super) async fn read(
        db: &mut PgConnection,
        catalog: &SourceCatalog,
    ) -> Result<Self, DataError> {
        let kinds = || catalog.kinds.iter();
        let relations: BTreeSet<String> = kinds().flat_map(known_names).cloned().collect();
        let columns: BTreeSet<String> = kinds().flat_map(known_columns).collect();
        let labels: BTreeSet<&String> = kinds()
            .flat_map(|kind| &kind.manifest.recognise.enum_labels)
            .collect();
        let path: Vec<String> = sqlx::query_scalar(sql!("pg_catalog/schemas_in_path"))
            .persistent(false)
            .fetch_one(&mut *db)
            .await
            .while_doing(DOING)?;
        let found: Vec<CatalogueRow> = rows(sql!("pg_catalog/find_objects"))
            .bind(relations.into_iter().collect::<Vec<_>>())
            .bind(columns.into_iter().collect::<Vec<_>>())
            .bind(labels.into_iter().cloned().collect::<Vec<_>>())
            .bind(path)
            .fetch_all(db)
            .await
            .while_doing(DOING)?;
        let mut catalogue = Self::default();
        for row in found {
            match row.kind.as_str() {
                "relation" => {
                    let relation = Relation {
                        schema: row.schema,
                        name: row.object,
                        schema_quoted: row.schema_quoted,
                        quoted: row.quoted,
                    };
                    catalogue.relations.insert(row.name, relation);
                }
                "column" => {
                    let column = Column {
                        fits: row.fits && row.of_type.is_some(),
                        kind: row.of_type,
                    };
                    catalogue.columns.insert(row.name, column);
                }
                _ => {
                    catalogue.labels.insert(row.name);
                }
            }
        }
        Ok(catalogue)
    }

    /// Whether the database has everything by which this kind is recognised.
    #[must_use]
    pub fn holds(&self, kind: &SourceKind) -> bool {
        let wanted = &kind.manifest.recognise;
        wanted.relations.len() + wanted.tables.len() > 0 && self.lacks(kind).is_empty()
    }

    /// The relation that stands for what a kind knows by this name: the first that has the columns that are
    /// wanted of it, else the first there is. What the kind can do without is there only with its columns.
    pub(in crate::data::source) fn table(
        &self,
        kind: &SourceKind,
        name: &str,
    ) -> Option<&Relation> {
        self.relations.get(self.name_of(kind, name)?)
    }

    /// The name, quoted, of the relation that stands for what a kind knows by this name.
    pub(in crate::data) fn relation(&self, kind: &SourceKind, name: &str) -> Option<&str> {
        self.table(kind, name)
            .map(|relation| relation.quoted.as_str())
    }

    /// The type of a column of the relation that stands for what a kind knows by this name.
    pub(in crate::data::source) fn type_of(
        &self,
        kind: &SourceKind,
        name: &str,
        column: &str,
    ) -> Option<&str> {
        let wanted = kind.manifest.recognise.columns.get(name)?;
        let wanted = wanted.get_key_value(column)?;
        let relation = self.name_of(kind, name)?;
        let found = self.columns.get(&column_of(relation, wanted))?;
        found.kind.as_deref()
    }

    /// Why there is none of the relations that a kind knows by this name.
    pub(in crate::data::source) fn absent(&self, kind: &SourceKind, name: &str) -> String {
        match self.refusal_of(kind, name) {
            Some(refusal) => refusal.one_line(),
            None => match self.misfit(kind, name) {
                Some(why) => why,
                None => format!("there is no {} here", kind.known_as(name)),
            },
        }
    }

    /// Why the relation is not read that a kind knows by this name.
    pub(in crate::data) fn refusal_of(&self, kind: &SourceKind, name: &str) -> Option<&Refusal> {
        let known = kind.manifest.tables.get(name)?;
        known.iter().find_map(|known| self.passed_over.get(known))
    }

    /// The name by which the relation is known that stands for this table of the kind's, or for a relation of
    /// its own name.
    pub(super) fn name_of<'a>(&self, kind: &'a SourceKind, table: &'a str) -> Option<&'a str> {
        let there = || {
            let known = aliases(kind, table).into_iter();
            known.filter(|name| self.relations.contains_key(*name))
        };
        let fitting = there().find(|name| self.lacks_columns(kind, table, name).is_empty());
        fitting.or_else(|| there().next().filter(|_| !kind.can_do_without(table)))
    }

    /// Every relation there is of a kind's, by schema and name.
    pub(super) fn relations_of(&self, kind: &SourceKind) -> Vec<(String, String)> {
        let there = known_names(kind).filter_map(|name| self.relations.get(name));
        there
            .map(|relation| (relation.schema.clone(), relation.name.clone()))
            .collect()
    }

    /// Whether this is one of the relations, quoted.
    pub(super) fn knows(&self, quoted: &str) -> bool {
        (self.relations.values()).any(|relation| relation.quoted == quoted)
    }

    /// The same without these relations.
    pub(super) fn without(&self, quoted: &BTreeSet<&str>) -> Self {
        let mut rest = self.clone();
        (rest.relations).retain(|_, relation| !quoted.contains(relation.quoted.as_str()));
        rest
    }

    /// Leaves this relation out, and keeps the reason.
    pub(super) fn pass_over(&mut self, quoted: &str, why: &Refusal) {
        let names = self.relations.iter();
        let names = names.filter(|(_, relation)| relation.quoted == quoted);
        let names: Vec<String> = names.map(|(name, _)| name.clone()).collect();
        for name in names {
            self.relations.remove(&name);
            self.passed_over.insert(name, why.clone());
        }
    }

    /// The schemas, quoted, in which a system's own triggers may look names up: those that its manifest names,
    /// else those of its tables.
    pub(super) fn schemas_of(&self, kind: &SourceKind) -> Vec<String> {
        if let Some(path) = kind.manifest.session.get(SEARCH_PATH) {
            let schemas = path.split(',').map(str::trim);
            let named = schemas.filter(|schema| !schema.is_empty());
            return named.map(str::to_owned).collect();
        }
        let there = known_names(kind).filter_map(|name| self.relations.get(name));
        let schemas: BTreeSet<&String> = there.map(|relation| &relation.schema_quoted).collect();
        schemas.into_iter().cloned().collect()
    }

    /// The search path of a system's own triggers, without schemas in which strangers could put something.
    pub(in crate::data::source) fn path_of(&self, kind: &SourceKind) -> String {
        let mut path = vec!["pg_catalog".to_owned()];
        let schemas = self.schemas_of(kind).into_iter();
        path.extend(schemas.filter(|schema| self.clean.contains(schema)));
        path.push("pg_temp".to_owned());
        path.join(", ")
    }
}

/// The names by which a kind knows its relations.
fn known_names(kind: &SourceKind) -> impl Iterator<Item = &String> {
    let tables = kind.manifest.tables.values().flatten();
    kind.manifest.recognise.relations.iter().chain(tables)
}

/// The relations that this name stands for, by preference.
pub(super) fn aliases<'a>(kind: &'a SourceKind, table: &'a str) -> Vec<&'a str> {
    match kind.manifest.tables.get(table) {
        Some(known) => known.iter().map(String::as_str).collect(),
        None => vec![table],
    }
}

/// Every column that could be wanted, with its type, of every relation it could be of.
fn known_columns(kind: &SourceKind) -> Vec<String> {
    let mut all = Vec::new();
    for (table, columns) in &kind.manifest.recognise.columns {
        for relation in aliases(kind, table) {
            all.extend(columns.iter().map(|column| column_of(relation, column)));
        }
    }
    all
}

pub(super) fn column_of(relation: &str, (column, types): (&String, &String)) -> String {
    format!("{relation}.{column} {types}")
}
