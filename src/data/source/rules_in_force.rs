//! The rules by which errors of one database are put into groups: those that all share, unless this program
//! was given rules of its own.

use tokio::sync::watch;

use crate::data::fingerprint::rules::Rules;

/// The rules of one source. All tasks of a program look at the same value, so they change their rules together.
#[derive(Debug)]
pub struct RulesInForce {
    own: Option<Rules>,
    shared: watch::Sender<Rules>,
}

impl Default for RulesInForce {
    fn default() -> Self {
        Self::new(None, Rules::default())
    }
}

impl PartialEq for RulesInForce {
    fn eq(&self, other: &Self) -> bool {
        self.own == other.own && self.shared() == other.shared()
    }
}

impl RulesInForce {
    /// The program's own rules, if it was given any for this source, and those of the database.
    #[must_use]
    pub fn new(own: Option<Rules>, shared: Rules) -> Self {
        Self {
            own,
            shared: watch::Sender::new(shared),
        }
    }

    /// The rules that this program groups by.
    #[must_use]
    pub fn current(&self) -> Rules {
        self.own.clone().unwrap_or_else(|| self.shared())
    }

    /// The rules of the database: stored fingerprints are made with these.
    #[must_use]
    pub fn shared(&self) -> Rules {
        self.shared.borrow().clone()
    }

    /// Whether this program groups by other rules than the database.
    #[must_use]
    pub fn is_own(&self) -> bool {
        self.own.as_ref().is_some_and(|own| *own != self.shared())
    }

    /// Takes the rules that the database has now. Says whether they are others than before.
    pub(in crate::data) fn share(&self, rules: Rules) -> bool {
        self.shared.send_if_modified(|shared| {
            let differs = *shared != rules;
            *shared = rules;
            differs
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::fingerprint::rules::RuleText;

    fn rules(replacement: &str) -> Rules {
        let text = RuleText {
            pattern: "tenant [a-z]+".to_owned(),
            replacement: Some(replacement.to_owned()),
            ..RuleText::default()
        };
        Rules::compile(&[text]).unwrap()
    }

    #[test]
    fn own_rules_outrank_those_of_the_database_and_are_called_own_where_they_differ() {
        let shared = RulesInForce::new(None, rules("a"));
        assert_eq!(shared.current(), rules("a"));
        assert!(!shared.is_own());
        assert!(shared.share(rules("b")), "they are others");
        assert!(!shared.share(rules("b")), "they are the same");
        assert_eq!(shared.current(), rules("b"));

        let own = RulesInForce::new(Some(rules("c")), rules("a"));
        assert_eq!(own.current(), rules("c"));
        assert!(own.is_own());
        own.share(rules("c"));
        assert!(!own.is_own(), "the database has them too");
        assert_eq!(own.shared(), rules("c"));
    }
}
