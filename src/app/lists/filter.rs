//! The filter language of the lists: words, `reason:` `ns:` `state:` `step:` `error:` `owner:`
//! `health:`, where `none` asks for nothing to be there, `age>2h`, `group:"…"` for what fails alike (as
//! [`GroupKey::term`] writes it),
//! and a leading `!` that turns a term round. All terms must hold.

pub mod fields;
mod term;
mod tokens;

use self::fields::{FilterError, FilterFields};
use self::term::{Condition, Term, term};
use crate::app::group_key::GroupKey;
use crate::app::lists::filter::tokens::tokens;
use crate::app::pane::Pane;
use crate::app::text_input::TextInput;
use crate::data::model::ErrorGroup;

/// How the message about a filter that Enter did not keep begins.
pub const NOT_KEPT: &str = "not kept: ";

/// A filter being typed or in force. A term that cannot be understood is left out, the others
/// hold, and what was typed stays typed.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// What was typed.
    pub field: TextInput,
    /// What is wrong with it.
    pub error: Option<FilterError>,
    /// Only this group, whatever is typed: the one that was opened.
    pub within: Option<GroupKey>,
    terms: Vec<Term>,
}

impl Filter {
    /// Reads what was typed, for rows of `pane`.
    pub fn reread(&mut self, pane: Pane) {
        let (words, unclosed) = tokens(self.field.text());
        let mut errors: Vec<FilterError> = unclosed.into_iter().collect();
        self.terms.clear();
        for word in &words {
            match term(word, pane) {
                Ok(term) => self.terms.push(term),
                Err(error) => errors.push(error),
            }
        }
        self.error = errors.into_iter().min_by_key(|error| error.at);
    }

    /// What is typed, for rows of `pane`, as a filter.
    ///
    /// # Errors
    ///
    /// The first term that cannot be understood.
    pub fn parse(typed: &str, pane: Pane) -> Result<Self, FilterError> {
        let mut filter = Self::default();
        filter.field.set(typed);
        filter.reread(pane);
        match filter.error.take() {
            Some(error) => Err(error),
            None => Ok(filter),
        }
    }

    /// What is typed from this character on, up to the next space.
    #[must_use]
    pub fn word_at(&self, at: usize) -> String {
        let rest = self.field.text().chars().skip(at);
        rest.take_while(|c| !c.is_whitespace()).collect()
    }

    /// Whether a group is named in what is typed.
    pub(in crate::app::lists) fn names_group(&self) -> bool {
        let named = |term: &Term| !term.inverted && matches!(term.asks, Condition::Group(_));
        self.terms.iter().any(named)
    }

    /// Whether nothing is typed that keeps a row out.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty() && self.error.is_none()
    }

    /// The group of what was counted in the whole queue, if all of its entries are let through, as far as
    /// what they have in common tells.
    pub(in crate::app::lists) fn counted<'a>(
        &self,
        counted: &'a ErrorGroup,
    ) -> Option<(GroupKey, &'a ErrorGroup)> {
        let key = &counted.key;
        let (namespace, name) = (key.namespace_name.as_str(), key.task_name.as_str());
        let fields = FilterFields {
            text: [namespace, name, key.step_name.as_str(), &key.fingerprint],
            fingerprint: &key.fingerprint,
            reason: key.dlq_reason.as_str(),
            namespace,
            ..FilterFields::default()
        };
        let admits = self.terms.iter().all(|term| term.admits_group(&fields));
        admits.then(|| (GroupKey::of_counted(key), counted))
    }

    /// Whether a row is let through.
    #[must_use]
    pub fn admits(&self, fields: &FilterFields<'_>) -> bool {
        self.terms
            .iter()
            .all(|term| term.inverted != term.asks.holds(fields))
            && self.within.as_ref().is_none_or(|group| group.holds(fields))
    }
}

#[cfg(test)]
mod tests;
