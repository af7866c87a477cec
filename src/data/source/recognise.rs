//! Which systems a database holds, by its catalogue alone, and which of them is read.

mod catalogue;
mod names;
mod near;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sqlx::postgres::PgConnection;

pub use self::catalogue::Catalogue;
#[cfg(test)]
pub(super) use self::catalogue::Relation;
use super::NATIVE;
use super::near_miss::NearMiss;
use super::trust::{self, Reach, Refused, Stranger};
use crate::data::error::DataError;
use crate::data::fingerprint::rules::Rules;
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
    /// The owners of tables and functions that the profile trusts.
    pub trusted_owners: Vec<String>,
    /// Rules for which errors belong together, of all sources; `None` if it says nothing of them.
    pub rules: Option<Rules>,
}

/// Which source is wanted, and the catalog to choose from.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// All there are.
    pub catalog: Arc<SourceCatalog>,
    /// The one that was asked for by name.
    pub asked: Option<String>,
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
            given: Given::default(),
        }
    }
}

/// What a database holds.
#[derive(Debug, Clone)]
pub struct Recognised<'a> {
    /// The kinds of system that can be read.
    pub kinds: Vec<&'a SourceKind>,
    /// Those that look like one and are not read.
    pub refused: Vec<Refused>,
    /// What is nearly one of the others.
    pub near: Vec<NearMiss>,
    /// Their relations.
    pub catalogue: Catalogue,
}

/// The kinds that this database holds. It has to hold everything by which a kind is recognised, and all that
/// would be read or run has to belong to somebody who is trusted.
///
/// # Errors
///
/// [`DataError::Query`].
pub async fn recognise<'a>(
    db: &mut PgConnection,
    catalog: &'a SourceCatalog,
    given: &Given,
) -> Result<Recognised<'a>, DataError> {
    let trusted = given.trusted_owners.as_slice();
    let whole = Catalogue::read(db, catalog).await?;
    let mut catalogue = whole.clone();
    let mut refused = Vec::new();
    let mut kinds = Vec::new();
    for kind in catalog.kinds.iter().filter(|kind| whole.holds(kind)) {
        let strangers = trust::strangers(db, &reach(kind, &whole), trusted).await?;
        let roots: BTreeSet<&str> = strangers.iter().map(|found| found.root.as_str()).collect();
        // A table that it can do without is left out; all else keeps the whole from being read.
        let only_tables = roots.iter().all(|root| whole.knows(root));
        if only_tables && whole.without(&roots).holds(kind) {
            for root in roots {
                let of_it = strangers.iter().filter(|found| found.root == root);
                let of_it: Vec<Stranger> = of_it.cloned().collect();
                catalogue.pass_over(root, &trust::refusal(&of_it, trusted));
            }
            kinds.push(kind);
        } else {
            refused.push(Refused {
                name: kind.name.clone(),
                refusal: trust::refusal(&strangers, trusted),
            });
        }
    }
    let schemas: BTreeSet<String> = kinds
        .iter()
        .flat_map(|kind| catalogue.schemas_of(kind))
        .collect();
    let schemas: Vec<String> = schemas.into_iter().collect();
    catalogue.clean = trust::clean_schemas(db, &schemas, trusted).await?;
    let near = catalog.kinds.iter().filter_map(|kind| whole.near(kind));
    Ok(Recognised {
        kinds,
        refused,
        near: near.collect(),
        catalogue,
    })
}

/// What a kind of system reads and runs here.
fn reach(kind: &SourceKind, catalogue: &Catalogue) -> Reach {
    let schemas = kind.manifest.recognise.schemas.clone();
    let mut reach = Reach {
        relations: catalogue.relations_of(kind),
        may_be_views: !schemas.is_empty(),
        functions: Vec::new(),
        schemas,
    };
    for text in kind.files.values() {
        names::relations(text, &mut reach.relations);
        names::functions(text, &mut reach.functions);
    }
    reach
}

impl Recognised<'_> {
    fn names(&self) -> Vec<&str> {
        self.kinds.iter().map(|kind| kind.name.as_str()).collect()
    }

    /// The kind to use: the one that was named, else the native one, else the only one there is.
    ///
    /// # Errors
    ///
    /// [`DataError::Unrecognised`] if there is none, or not the one that was asked for;
    /// [`DataError::SourceRefused`] if it must not be read; [`DataError::SeveralSources`] if there are several
    /// and none was asked for.
    pub fn choose<'a>(
        &'a self,
        catalog: &SourceCatalog,
        asked: Option<&str>,
    ) -> Result<&'a SourceKind, DataError> {
        if let Some(name) = asked {
            let found = self.kinds.iter().find(|kind| kind.name == name);
            return found.copied().ok_or_else(|| self.lacks(catalog, name));
        }
        let native = self.kinds.iter().find(|kind| kind.name == NATIVE);
        match (native, self.kinds.as_slice(), self.refused.first()) {
            (Some(native), ..) => Ok(native),
            (None, [one], _) => Ok(one),
            (None, [], Some(refused)) => Err(refused.error()),
            (None, [], None) => Err(DataError::Unrecognised {
                known: known(catalog),
                near: self.near_line(),
            }),
            (None, several, _) => Err(DataError::SeveralSources {
                names: named(several.iter().copied()),
            }),
        }
    }

    /// Why the source of this name cannot be used here.
    fn lacks(&self, catalog: &SourceCatalog, name: &str) -> DataError {
        if let Some(refused) = self.refused.iter().find(|refused| refused.name == name) {
            return refused.error();
        }
        let mut broken = catalog.broken.iter();
        if let Some((folder, why)) = broken.find(|(folder, _)| folder.ends_with(name)) {
            return DataError::SourceBroken {
                name: folder.clone(),
                why: why.clone(),
            };
        }
        let names = self.names();
        let near = self.near.iter().find(|near| near.name == name);
        DataError::NoSuchSource {
            name: name.into(),
            is_known: catalog.kinds.iter().any(|kind| kind.name == name),
            lacks: near.map_or_else(String::new, |near| format!(" ({})", near.why())),
            there: if names.is_empty() {
                "none".to_owned()
            } else {
                names.join(", ")
            },
            known: known(catalog),
        }
    }
}

impl Recognised<'_> {
    /// What is nearly there, to follow a sentence; empty if nothing is.
    fn near_line(&self) -> String {
        let all = self.near.iter();
        let all = all.map(|near| format!("; it is nearly {}: {}", near.name, near.why()));
        all.collect()
    }
}

fn named<'a>(kinds: impl Iterator<Item = &'a SourceKind>) -> String {
    kinds
        .map(|kind| kind.name.as_str())
        .collect::<Vec<_>>()
        .join(", ")
}

fn known(catalog: &SourceCatalog) -> String {
    named(catalog.kinds.iter())
}
