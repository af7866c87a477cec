//! Which systems a database holds, by its catalogue alone; and a kind made ready to be asked there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sqlx::FromRow;
use sqlx::postgres::PgConnection;

use super::shelf::{Kind, Shelf};
use super::{NATIVE, Source};
use crate::data::beside::{self, Beside};
use crate::data::error::{DataError, Doing as _};
use crate::data::migrate;
use crate::data::queries::{rows, sql};
use crate::data::rest::Api;

/// The one key among a source's settings that is no setting: how long its alerts must last.
const ALERTS: &str = "alerts";

/// What a configuration says of sources.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Given {
    /// Settings by source.
    pub settings: BTreeMap<String, BTreeMap<String, toml::Value>>,
    /// What the profile says, by its key: `{profile:tenant}`.
    pub profile: BTreeMap<String, String>,
    /// Where the system's own interface is, if the profile says so.
    pub api: Option<Api>,
}

/// Which source is wanted, of which.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// All there are.
    pub shelf: Arc<Shelf>,
    /// The one that was asked for by name.
    pub asked: Option<String>,
    /// Where there are several and none was asked for, the first will do: somebody can still choose.
    pub first_will_do: bool,
    /// What a configuration says of them.
    pub given: Given,
}

impl Wanted {
    /// The native one and no other.
    #[must_use]
    pub fn native() -> Self {
        Self {
            shelf: Arc::new(Shelf::embedded()),
            asked: Some(NATIVE.to_owned()),
            first_will_do: false,
            given: Given::default(),
        }
    }
}

/// What a catalogue was asked for and has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Catalogue {
    relations: BTreeMap<String, String>,
    columns: BTreeSet<String>,
    labels: BTreeSet<String>,
}

#[derive(FromRow)]
struct There {
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
    shelf: &'a Shelf,
) -> Result<(Vec<&'a Kind>, Catalogue), DataError> {
    let all = |part: fn(&Kind) -> Vec<&String>| -> Vec<String> {
        let names: BTreeSet<&String> = shelf.kinds.iter().flat_map(part).collect();
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
    let found: Vec<There> = rows(sql!("source_catalogue"))
        .bind(relations)
        .bind(columns)
        .bind(labels)
        .fetch_all(db)
        .await
        .doing("look what the database holds")?;
    let mut catalogue = Catalogue::default();
    for There { kind, name, quoted } in found {
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
    let there = |kind: &&Kind| catalogue.holds(kind);
    Ok((shelf.kinds.iter().filter(there).collect(), catalogue))
}

impl Catalogue {
    /// Whether everything is there by which this kind is known.
    #[must_use]
    pub fn holds(&self, kind: &Kind) -> bool {
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

    /// The first relation there is of those that a kind knows by this name.
    /// What there is not of that by which this kind is known.
    #[must_use]
    pub fn missing(&self, kind: &Kind) -> Vec<String> {
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

    fn table(&self, kind: &Kind, name: &str) -> Option<&String> {
        let known = kind.manifest.tables.get(name)?;
        known.iter().find_map(|known| self.relations.get(known))
    }
}

impl Kind {
    /// The source where no catalogue is needed: nothing in its files is replaced.
    #[must_use]
    pub fn plain(&self) -> Source {
        Source {
            name: self.name.clone(),
            manifest: self.manifest.clone(),
            statements: (self.files.iter())
                .map(|(name, text)| (name.clone(), Arc::from(text.as_str())))
                .collect(),
            lacking: BTreeMap::new(),
            session: (Vec::new(), Vec::new()),
            beside: Beside::default(),
            here: Vec::new(),
            api: None,
        }
    }

    /// The source as it stands in the database that this catalogue is of.
    ///
    /// # Errors
    ///
    /// [`DataError::SourceBroken`] if the folder or what is given for it makes no sense.
    pub fn attach(&self, catalogue: &Catalogue, given: &Given) -> Result<Source, DataError> {
        let broken = |why: String| DataError::SourceBroken {
            name: self.name.clone(),
            why,
        };
        let words = self.replacements(catalogue, given).map_err(&broken)?;
        let mut source = self.plain();
        source.api.clone_from(&given.api);
        if let Some(alerts) = given
            .settings
            .get(&self.name)
            .and_then(|own| own.get(ALERTS))
        {
            source.manifest.alerting(alerts).map_err(broken)?;
        }
        for (file, text) in &self.files {
            let lacking = (self.manifest.needs.get(file).into_iter().flatten())
                .find(|name| catalogue.table(self, name).is_none());
            let why = match lacking {
                Some(name) => Err(format!("there is no {} here", self.known_as(name))),
                None => filled(text, &words, &["table:", "setting:"]),
            };
            match why {
                Ok(text) => {
                    source.statements.insert(file.clone(), Arc::from(text));
                }
                Err(why) => {
                    source.statements.remove(file);
                    source.lacking.insert(file.clone(), why);
                }
            }
        }
        for (name, value) in &self.manifest.session {
            // What the profile does not say is not set.
            if let Ok(value) = filled(value, &words, &["profile:", "setting:"]) {
                source.session.0.push(name.clone());
                source.session.1.push(value);
            }
        }
        Ok(source)
    }

    /// Whether a setting can be this.
    ///
    /// # Errors
    ///
    /// What it must be.
    pub fn takes(&self, name: &str, value: &toml::Value) -> Result<(), String> {
        let Some(default) = self.manifest.settings.get(name) else {
            return Err(format!("it has no setting {name}"));
        };
        if alike(value, default) {
            return Ok(());
        }
        let kind = match default {
            toml::Value::String(_) => "a text",
            toml::Value::Integer(_) => "a whole number",
            toml::Value::Float(_) => "a number",
            toml::Value::Boolean(_) => "true or false",
            toml::Value::Table(_) => "a table",
            _ => "a list",
        };
        let default = literal(default);
        Err(format!(
            "sources.{}.{name} must be {kind}, as {default}",
            self.name
        ))
    }

    fn known_as(&self, table: &str) -> String {
        let known = self.manifest.tables.get(table);
        known.map_or_else(|| table.to_owned(), |names| names.join(" or "))
    }

    /// Whether a configuration may give this value to this setting.
    ///
    /// # Errors
    ///
    /// Why not, and what would be right.
    pub fn accepts(&self, name: &str, value: &toml::Value) -> Result<(), String> {
        if name == ALERTS {
            return self.manifest.clone().alerting(value);
        }
        let known = &self.manifest.settings;
        let Some(default) = known.get(name) else {
            let known: Vec<&str> = known.keys().map(String::as_str).collect();
            return Err(match known.as_slice() {
                [] => "no such setting: it has none".to_owned(),
                some => format!("no such setting: there are {}", some.join(", ")),
            });
        };
        if alike(value, default) {
            Ok(())
        } else {
            let kind = match default {
                toml::Value::String(_) => "a text",
                toml::Value::Integer(_) => "a whole number",
                toml::Value::Float(_) => "a number",
                toml::Value::Boolean(_) => "true or false",
                toml::Value::Table(_) => "a table",
                _ => "a list",
            };
            Err(format!("must be {kind}, as {}", literal(default)))
        }
    }

    /// What stands for each placeholder.
    fn replacements(
        &self,
        catalogue: &Catalogue,
        given: &Given,
    ) -> Result<BTreeMap<String, String>, String> {
        let mut words = BTreeMap::new();
        for name in self.manifest.tables.keys() {
            let there = catalogue.table(self, name);
            if let Some(relation) = there.or_else(|| self.manifest.instead.get(name)) {
                words.insert(format!("table:{name}"), relation.clone());
            }
        }
        let own = given.settings.get(&self.name);
        for (name, value) in own.into_iter().flatten() {
            self.accepts(name, value)
                .map_err(|why| format!("sources.{}.{name}: {why}", self.name))?;
        }
        for (name, default) in &self.manifest.settings {
            let value = own.and_then(|own| own.get(name)).unwrap_or(default);
            words.insert(format!("setting:{name}"), literal(value));
        }
        for (name, value) in &given.profile {
            words.insert(format!("profile:{name}"), value.clone());
        }
        Ok(words)
    }
}

/// Whether a value can stand where another does: whole numbers are numbers.
fn alike(value: &toml::Value, default: &toml::Value) -> bool {
    value.same_type(default) || (value.is_integer() && default.is_float())
}

/// A setting as SQL.
fn literal(value: &toml::Value) -> String {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
    match value {
        toml::Value::String(text) => quoted(text),
        toml::Value::Integer(number) => number.to_string(),
        toml::Value::Float(number) => number.to_string(),
        toml::Value::Boolean(on) => on.to_string(),
        other => quoted(&serde_json::to_string(other).unwrap_or_default()),
    }
}

/// The text with its placeholders replaced, or which of them nothing is known of.
/// Only these kinds of them: what a profile says is bound, and never part of a statement.
fn filled(text: &str, words: &BTreeMap<String, String>, kinds: &[&str]) -> Result<String, String> {
    let mut whole = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        whole.push_str(before);
        let is_ours = kinds.iter().any(|kind| after.starts_with(kind));
        rest = after;
        if let Some((name, after)) = after.split_once('}').filter(|_| is_ours) {
            let word = words.get(name);
            whole.push_str(word.ok_or_else(|| format!("there is no {name} here"))?);
            rest = after;
        } else {
            whole.push('{');
        }
    }
    whole.push_str(rest);
    Ok(whole)
}

/// The kind to look at: the one that was asked for, else the only one there is.
///
/// # Errors
///
/// [`DataError::Unrecognised`] if there is none, or not the one that was asked for;
/// [`DataError::SeveralSources`] if there are several and none was asked for.
pub fn choose<'a>(
    found: &[&'a Kind],
    shelf: &Shelf,
    asked: Option<&str>,
) -> Result<&'a Kind, DataError> {
    let named = |kinds: &[&Kind]| {
        let names: Vec<&str> = kinds.iter().map(|kind| kind.name.as_str()).collect();
        names.join(", ")
    };
    let known = || named(&shelf.kinds.iter().collect::<Vec<_>>());
    match asked {
        Some(name) => found
            .iter()
            .find(|kind| kind.name == name)
            .copied()
            .ok_or_else(|| {
                let broken = shelf
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
                    is_known: shelf.kinds.iter().any(|kind| kind.name == name),
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

/// The source in this database that is wanted, ready to be asked. The native schema must be the one
/// that this program was built for.
///
/// # Errors
///
/// [`DataError`] if the database cannot be asked, or there is none that can be used.
pub async fn find(db: &mut PgConnection, wanted: &Wanted) -> Result<Arc<Source>, DataError> {
    let (found, catalogue) = recognise(db, &wanted.shelf).await?;
    let kind = match choose(&found, &wanted.shelf, wanted.asked.as_deref()) {
        Ok(kind) => kind,
        Err(DataError::SeveralSources { .. }) if wanted.first_will_do => found[0],
        Err(error) => {
            // A schema of ours that lacks even its tables is behind, and not unknown.
            let standing = migrate::standing(db).await?;
            let is_ours = !standing.empty || wanted.asked.as_deref() == Some(NATIVE);
            if found.is_empty() && is_ours {
                standing.usable()?;
            }
            return Err(error);
        }
    };
    if kind.name == NATIVE {
        migrate::standing(db).await?.usable()?;
    }
    let mut source = kind.attach(&catalogue, &wanted.given)?;
    if !source.is_native() {
        source.beside = beside::look(db).await?;
    }
    let all = found.iter();
    source.here = all
        .map(|kind| (kind.name.clone(), kind.manifest.title.clone()))
        .collect();
    Ok(Arc::new(source))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(manifest: &str, sql: &str) -> Kind {
        let files = [("source.toml", manifest), ("queue.sql", sql)];
        let files = files.map(|(name, text)| (name.to_owned(), text.to_owned()));
        Kind::new("shop", files.into()).unwrap()
    }

    fn catalogue(relations: &[(&str, &str)]) -> Catalogue {
        let relations = relations.iter();
        Catalogue {
            relations: relations
                .map(|(name, quoted)| ((*name).to_owned(), (*quoted).to_owned()))
                .collect(),
            ..Catalogue::default()
        }
    }

    const MANIFEST: &str = "[tables]\njobs = [\"jobs\", \"old_jobs\"]\n[settings]\nminutes = 5\nname = \"o'clock\"\n\
        [recognise]\ntables = [\"jobs\"]\n[session]\n\"app.tenant\" = \"{profile:tenant}\"\n";

    #[test]
    fn tables_and_settings_stand_where_a_file_names_them() {
        let kind = kind(
            MANIFEST,
            "from {table:jobs} where '{a,b}' {setting:minutes} {setting:name}",
        );
        let there = catalogue(&[("old_jobs", "\"x\".\"old_jobs\"")]);
        assert!(there.holds(&kind));
        let source = kind.attach(&there, &Given::default()).unwrap();
        assert_eq!(
            &*source.statements["queue"],
            "from \"x\".\"old_jobs\" where '{a,b}' 5 'o''clock'"
        );
        assert_eq!(source.session, (vec![], vec![]));
    }

    #[test]
    fn a_profile_says_what_each_transaction_sets() {
        let kind = kind(MANIFEST, "");
        let mut given = Given::default();
        given.profile.insert("tenant".to_owned(), "t1".to_owned());
        let source = kind.attach(&Catalogue::default(), &given).unwrap();
        assert_eq!(
            source.session,
            (vec!["app.tenant".to_owned()], vec!["t1".to_owned()])
        );
    }

    #[test]
    fn a_file_that_cannot_be_filled_is_lacking_and_says_why() {
        let kind = kind(MANIFEST, "from {table:jobs}");
        let source = kind
            .attach(&Catalogue::default(), &Given::default())
            .unwrap();
        assert!(!source.has("queue"));
        assert_eq!(source.why_not("queue"), "there is no table:jobs here");
    }

    #[test]
    fn settings_are_held_to_their_names_and_types() {
        let kind = kind(MANIFEST, "");
        for (name, value, says) in [
            ("minute", toml::Value::Integer(1), "minute: no such setting"),
            (
                "minutes",
                toml::Value::String("5".into()),
                "must be a whole number",
            ),
        ] {
            let own = BTreeMap::from([(name.to_owned(), value)]);
            let given = Given {
                settings: BTreeMap::from([("shop".to_owned(), own)]),
                ..Given::default()
            };
            let error = kind.attach(&Catalogue::default(), &given).unwrap_err();
            assert!(error.one_line().contains(says), "{}", error.one_line());
        }
    }
}
