//! Which systems a database holds, by its catalogue alone, and which of them is read.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sqlx::FromRow;
use sqlx::postgres::PgConnection;

use super::NATIVE;
use crate::data::connection::sql::{rows, sql};
use crate::data::error::{DataError, QueryContext as _};
use crate::data::http_api::Api;
use crate::data::source::catalog::{SourceCatalog, SourceKind};

/// What the configuration says about sources.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Given {
    /// Settings by source.
    pub settings: BTreeMap<String, BTreeMap<String, toml::Value>>,
    /// What the profile says, by its key: `{profile:tenant}`.
    pub profile: BTreeMap<String, String>,
    /// Where the system's own interface is, if the profile says so.
    pub api: Option<Api>,
}

/// Which source is wanted, and the catalog to choose from.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// All there are.
    pub catalog: Arc<SourceCatalog>,
    /// The one that was asked for by name.
    pub asked: Option<String>,
    /// If there are several and none was named, take the first: the operator can still switch.
    pub first_will_do: bool,
    /// What a configuration says of them.
    pub given: Given,
}

impl Wanted {
    /// The native one and no other.
    #[must_use]
    pub fn native() -> Self {
        Self {
            catalog: Arc::new(SourceCatalog::embedded()),
            asked: Some(NATIVE.to_owned()),
            first_will_do: false,
            given: Given::default(),
        }
    }
}

/// What the database's catalogue has of the names in question.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Catalogue {
    pub(super) relations: BTreeMap<String, String>,
    columns: BTreeSet<String>,
    labels: BTreeSet<String>,
}

#[derive(FromRow)]
struct CatalogueRow {
    kind: String,
    name: String,
    quoted: String,
}

/// The kinds that this database holds.
///
/// # Errors
///
/// [`DataError::Query`].
pub async fn recognise<'a>(
    db: &mut PgConnection,
    catalog: &'a SourceCatalog,
) -> Result<(Vec<&'a SourceKind>, Catalogue), DataError> {
    let all = |part: fn(&SourceKind) -> Vec<&String>| -> Vec<String> {
        let names: BTreeSet<&String> = catalog.kinds.iter().flat_map(part).collect();
        names.into_iter().cloned().collect()
    };
    let relations = all(|kind| {
        let tables = kind.manifest.tables.values().flatten();
        kind.manifest
            .recognise
            .relations
            .iter()
            .chain(tables)
            .collect()
    });
    let columns = all(|kind| kind.manifest.recognise.columns.iter().collect());
    let labels = all(|kind| kind.manifest.recognise.enum_labels.iter().collect());
    let found: Vec<CatalogueRow> = rows(sql!("pg_catalog/find_objects"))
        .bind(relations)
        .bind(columns)
        .bind(labels)
        .fetch_all(db)
        .await
        .while_doing("look what the database holds")?;
    let mut catalogue = Catalogue::default();
    for CatalogueRow { kind, name, quoted } in found {
        match kind.as_str() {
            "relation" => {
                catalogue.relations.insert(name, quoted);
            }
            "column" => {
                catalogue.columns.insert(name);
            }
            _ => {
                catalogue.labels.insert(name);
            }
        }
    }
    let there = |kind: &&SourceKind| catalogue.holds(kind);
    Ok((catalog.kinds.iter().filter(there).collect(), catalogue))
}

impl Catalogue {
    /// Whether the database has everything by which this kind is recognised.
    #[must_use]
    pub fn holds(&self, kind: &SourceKind) -> bool {
        let wanted = &kind.manifest.recognise;
        let says_anything = wanted.relations.len() + wanted.tables.len() > 0;
        let relation = |name: &String| self.relations.contains_key(name);
        let table = |name: &String| self.table(kind, name).is_some();
        says_anything
            && wanted.relations.iter().all(relation)
            && wanted.tables.iter().all(table)
            && wanted
                .columns
                .iter()
                .all(|name| self.columns.contains(name))
            && (wanted.enum_labels.iter()).all(|name| self.labels.contains(name))
    }

    /// What the database lacks of that by which this kind is recognised.
    #[must_use]
    pub fn missing(&self, kind: &SourceKind) -> Vec<String> {
        let wanted = &kind.manifest.recognise;
        let relations = wanted.relations.iter();
        let relations = relations.filter(|name| !self.relations.contains_key(*name));
        let tables = wanted.tables.iter();
        let tables = tables.filter(|name| self.table(kind, name).is_none());
        let columns = wanted.columns.iter();
        let columns = columns.filter(|name| !self.columns.contains(*name));
        let labels = wanted.enum_labels.iter();
        let labels = labels.filter(|name| !self.labels.contains(*name));
        relations
            .cloned()
            .chain(tables.map(|name| kind.known_as(name)))
            .chain(columns.cloned())
            .chain(labels.cloned())
            .collect()
    }

    /// The first relation there is of those that a kind knows by this name.
    pub(super) fn table(&self, kind: &SourceKind, name: &str) -> Option<&String> {
        let known = kind.manifest.tables.get(name)?;
        known.iter().find_map(|known| self.relations.get(known))
    }
}

/// The kind to use: the one that was named, else the only one there is.
///
/// # Errors
///
/// [`DataError::Unrecognised`] if there is none, or not the one that was asked for;
/// [`DataError::SeveralSources`] if there are several and none was asked for.
pub fn choose<'a>(
    found: &[&'a SourceKind],
    catalog: &SourceCatalog,
    asked: Option<&str>,
) -> Result<&'a SourceKind, DataError> {
    let named = |kinds: &[&SourceKind]| {
        let names: Vec<&str> = kinds.iter().map(|kind| kind.name.as_str()).collect();
        names.join(", ")
    };
    let known = || named(&catalog.kinds.iter().collect::<Vec<_>>());
    match asked {
        Some(name) => found
            .iter()
            .find(|kind| kind.name == name)
            .copied()
            .ok_or_else(|| {
                let broken = catalog
                    .broken
                    .iter()
                    .find(|(folder, _)| folder.ends_with(name));
                if let Some((folder, why)) = broken {
                    return DataError::SourceBroken {
                        name: folder.clone(),
                        why: why.clone(),
                    };
                }
                DataError::NoSuchSource {
                    name: name.into(),
                    is_known: catalog.kinds.iter().any(|kind| kind.name == name),
                    there: if found.is_empty() {
                        "none".to_owned()
                    } else {
                        named(found)
                    },
                    known: known(),
                }
            }),
        None => match found {
            [] => Err(DataError::Unrecognised { known: known() }),
            [one] => Ok(one),
            several => Err(DataError::SeveralSources {
                names: named(several),
            }),
        },
    }
}
