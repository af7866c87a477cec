//! Binds a kind of system to one database: fills the placeholders of its files.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Source;
use super::companion_state::Companion;
use super::recognise::{Catalogue, Given};
use super::row_ids::RowIds;
use super::rules_in_force::RulesInForce;
use super::settings::{ALERTS, literal};
use super::trust::SEARCH_PATH;
use crate::data::connection::transaction::SessionSettings;
use crate::data::error::DataError;
use crate::data::source::catalog::SourceKind;

impl SourceKind {
    /// The source with its files as they are: nothing is replaced.
    #[must_use]
    pub fn plain(&self) -> Source {
        Source {
            name: self.name.clone(),
            manifest: self.manifest.clone(),
            statements: (self.files.iter())
                .map(|(name, text)| (name.clone(), Arc::from(text.as_str())))
                .collect(),
            unusable: BTreeMap::new(),
            session: SessionSettings::default(),
            acting_path: None,
            relations: Vec::new(),
            companion: Companion::default(),
            siblings: Vec::new(),
            refused: Vec::new(),
            near: Vec::new(),
            rules: RulesInForce::default(),
            api: None,
        }
    }

    /// The source in the database with this catalogue.
    ///
    /// # Errors
    ///
    /// [`DataError::SourceBroken`] if the folder or its configuration is invalid.
    pub fn attach(&self, catalogue: &Catalogue, given: &Given) -> Result<Source, DataError> {
        let broken = |why: String| DataError::SourceBroken {
            name: self.name.clone(),
            why,
        };
        let words = Words {
            given: self.replacements(catalogue, given).map_err(&broken)?,
            ids: RowIds::of(self, catalogue),
        };
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
                Some(name) => Err(catalogue.absent(self, name)),
                None => filled(text, &words, &["table:", "setting:", "id:", "has_id:"]),
            };
            match why {
                Ok(text) => {
                    source.statements.insert(file.clone(), Arc::from(text));
                }
                Err(why) => {
                    source.statements.remove(file);
                    source.unusable.insert(file.clone(), why);
                }
            }
        }
        source.acting_path = Some(catalogue.path_of(self));
        let tables = self.manifest.tables.keys();
        source.relations = tables
            .filter_map(|name| Some(catalogue.table(self, name)?.quoted.clone()))
            .collect();
        let session = self.manifest.session.iter();
        for (name, value) in session.filter(|(name, _)| *name != SEARCH_PATH) {
            // A setting without a value in the profile is not set.
            if let Ok(value) = filled(value, &words, &["profile:", "setting:"]) {
                source.session.names.push(name.clone());
                source.session.values.push(value);
            }
        }
        Ok(source)
    }

    pub(super) fn known_as(&self, table: &str) -> String {
        let known = self.manifest.tables.get(table);
        known.map_or_else(|| table.to_owned(), |names| names.join(" or "))
    }

    /// The value of each placeholder.
    fn replacements(
        &self,
        catalogue: &Catalogue,
        given: &Given,
    ) -> Result<BTreeMap<String, String>, String> {
        let mut words = BTreeMap::new();
        for name in self.manifest.tables.keys() {
            let there = catalogue.table(self, name);
            let there = there.map(|relation| relation.quoted.clone());
            if let Some(relation) = there.or_else(|| self.manifest.instead.get(name).cloned()) {
                words.insert(format!("table:{name}"), relation);
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

/// What stands for placeholders.
struct Words {
    given: BTreeMap<String, String>,
    ids: Option<RowIds>,
}

impl Words {
    fn of(&self, placeholder: &str) -> Result<String, String> {
        let given = self.given.get(placeholder).cloned();
        let ids = || self.ids.as_ref()?.filled(placeholder);
        given
            .or_else(ids)
            .ok_or_else(|| format!("there is no {placeholder} here"))
    }
}

/// The text with its placeholders of these kinds replaced, or the first unknown one. Values of a profile
/// are bound, and never part of a statement.
fn filled(text: &str, words: &Words, kinds: &[&str]) -> Result<String, String> {
    let mut whole = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        whole.push_str(before);
        let is_ours = kinds.iter().any(|kind| after.starts_with(kind));
        rest = after;
        if let Some((name, after)) = after.split_once('}').filter(|_| is_ours) {
            whole.push_str(&words.of(name)?);
            rest = after;
        } else {
            whole.push('{');
        }
    }
    whole.push_str(rest);
    Ok(whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::source::recognise::Relation;

    fn kind(manifest: &str, sql: &str) -> SourceKind {
        let files = [("source.toml", manifest), ("queue.sql", sql)];
        let files = files.map(|(name, text)| (name.to_owned(), text.to_owned()));
        SourceKind::new("shop", files.into()).unwrap()
    }

    fn catalogue(relations: &[(&str, &str)]) -> Catalogue {
        let mut catalogue = Catalogue::default();
        for (name, quoted) in relations {
            let relation = Relation {
                quoted: (*quoted).to_owned(),
                ..Relation::default()
            };
            catalogue.relations.insert((*name).to_owned(), relation);
        }
        catalogue
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
        assert_eq!(source.session, SessionSettings::default());
    }

    #[test]
    fn a_profile_says_what_each_transaction_sets() {
        let kind = kind(MANIFEST, "");
        let mut given = Given::default();
        given.profile.insert("tenant".to_owned(), "t1".to_owned());
        let source = kind.attach(&Catalogue::default(), &given).unwrap();
        assert_eq!(
            source.session,
            SessionSettings {
                names: vec!["app.tenant".to_owned()],
                values: vec!["t1".to_owned()],
            }
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
