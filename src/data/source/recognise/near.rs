//! What a database lacks of a kind of system, and what is nearly one.

use super::Catalogue;
use super::catalogue::{aliases, column_of};
use crate::data::source::catalog::SourceKind;
use crate::data::source::near_miss::NearMiss;

impl Catalogue {
    /// What the database lacks of that by which this kind is recognised, each as a sentence.
    #[must_use]
    pub fn lacks(&self, kind: &SourceKind) -> Vec<String> {
        let wanted = &kind.manifest.recognise;
        let relations = wanted.relations.iter();
        let relations = relations.filter(|name| !self.relations.contains_key(*name));
        let tables = wanted.tables.iter();
        let tables = tables.filter(|name| self.table(kind, name).is_none());
        let absent = relations
            .cloned()
            .chain(tables.map(|name| kind.known_as(name)))
            .map(|name| format!("there is no {name}"));
        let columns = wanted.columns.keys();
        let columns = columns
            .filter(|table| !kind.can_do_without(table))
            .filter_map(|table| Some((table, self.name_of(kind, table)?)))
            .flat_map(|(table, relation)| self.lacks_columns(kind, table, relation));
        let labels = wanted.enum_labels.iter();
        let labels = labels.filter(|name| !self.labels.contains(*name));
        let labels = labels.map(|name| format!("there is no {name}"));
        absent.chain(columns).chain(labels).collect()
    }

    /// What this relation lacks of the columns of a table of the kind's.
    pub(super) fn lacks_columns(
        &self,
        kind: &SourceKind,
        table: &str,
        relation: &str,
    ) -> Vec<String> {
        let wanted = kind.manifest.recognise.columns.get(table);
        let wanted = wanted.into_iter().flatten().filter_map(|(column, types)| {
            match self.columns.get(&column_of(relation, (column, types))) {
                Some(found) if found.fits => None,
                Some(found) => Some(match &found.kind {
                    Some(is) => format!("{relation}.{column} is {is}, not {types}"),
                    None => format!("there is no {relation}.{column}"),
                }),
                None => Some(format!("there is no {relation}.{column}")),
            }
        });
        wanted.collect()
    }

    /// Why the relations that are there do not stand for this table of a kind's, which can do without.
    pub(in crate::data) fn misfit(&self, kind: &SourceKind, table: &str) -> Option<String> {
        let mut there = aliases(kind, table).into_iter();
        let relation = there.find(|name| self.relations.contains_key(*name))?;
        let lacks = self.lacks_columns(kind, table, relation);
        (!lacks.is_empty()).then(|| NearMiss::sentence(&lacks))
    }

    /// What keeps this kind from being recognised although its tables are there, or most of what it is recognised
    /// by. `None` if it is recognised, or nothing like it is there.
    pub(super) fn near(&self, kind: &SourceKind) -> Option<NearMiss> {
        let wanted = &kind.manifest.recognise;
        let lacks = self.lacks(kind);
        let named = wanted.relations.iter().chain(&wanted.tables);
        let there: Vec<&String> = named
            .clone()
            .filter(|name| self.name_of(kind, name).is_some())
            .collect();
        if lacks.is_empty() || there.is_empty() {
            return None;
        }
        let columns = wanted.columns.iter();
        let columns = columns.filter(|(table, _)| !kind.can_do_without(table));
        let columns: usize = columns.map(|(_, columns)| columns.len()).sum();
        let all = named.clone().count() + columns + wanted.enum_labels.len();
        let has_tables = there.len() == named.count();
        let has_most = self.has_of(kind) * 2 >= all;
        (has_tables || has_most).then(|| NearMiss {
            name: kind.name.clone(),
            title: kind.manifest.title.clone(),
            lacks,
        })
    }

    /// How many of the things are there by which this kind is recognised.
    fn has_of(&self, kind: &SourceKind) -> usize {
        let wanted = &kind.manifest.recognise;
        let named = wanted.relations.iter().chain(&wanted.tables);
        let named = named.filter(|name| self.name_of(kind, name).is_some());
        let columns = wanted.columns.iter();
        let columns = columns.filter(|(table, _)| !kind.can_do_without(table));
        let columns = columns.filter_map(|(table, columns)| {
            let relation = self.name_of(kind, table)?;
            Some(columns.len() - self.lacks_columns(kind, table, relation).len())
        });
        let labels = wanted.enum_labels.iter();
        let labels = labels.filter(|name| self.labels.contains(*name));
        named.count() + columns.sum::<usize>() + labels.count()
    }
}

impl SourceKind {
    /// Whether it is recognised without this table: something stands for it, or files say that they need it.
    pub(super) fn can_do_without(&self, table: &str) -> bool {
        let manifest = &self.manifest;
        manifest.instead.contains_key(table)
            || (manifest.needs.values()).any(|names| names.iter().any(|name| name == table))
    }
}
