//! The environment: one variable a setting, and all of them checked.

use std::ffi::OsString;

use super::found::Found;
use super::keys::{KEYS, SECTIONS};
use super::known_names;
use super::origin::Origin;
use super::problem::Problem;
use super::settings::Setting;

const PREFIX: &str = "DLQTOP_";

/// What the variables say. One that is empty says nothing.
pub(super) fn read(variables: impl Iterator<Item = (OsString, OsString)>) -> Found {
    let mut found = Found::default();
    let mut variables: Vec<(String, String)> = variables
        .map(|(name, value)| {
            (
                name.to_string_lossy().into(),
                value.to_string_lossy().into(),
            )
        })
        .filter(|(name, value): &(String, String)| is_ours(name) && !value.trim().is_empty())
        .collect();
    // The system's order is of no use to anybody.
    variables.sort();
    for (name, value) in variables {
        let at = format!("environment {name}");
        let Some(key) = KEYS.iter().find(|key| key.variable() == name) else {
            found.problems.push(unknown(at, &name));
            continue;
        };
        match key.kind.accept_text(&value) {
            Some(value) => found.given.push(Setting {
                key,
                value,
                origin: Origin::Environment(name),
            }),
            None => found.problems.push(Problem {
                at,
                what: format!("{}: must be {}", key.kind.shown(&value), key.kind.wanted()),
            }),
        }
    }
    found
}

/// Whether this is meant for the configuration: other variables begin with `DLQTOP_` as well.
fn is_ours(name: &str) -> bool {
    let Some(rest) = name.strip_prefix(PREFIX) else {
        return false;
    };
    rest.contains("__")
        || SECTIONS.iter().any(|(section, _)| {
            rest.strip_prefix(&section.replace('.', "_").to_uppercase())
                .is_some_and(|rest| rest.starts_with('_'))
        })
}

fn unknown(at: String, name: &str) -> Problem {
    let what = match known_names::variable(name) {
        Some(meant) => format!("no setting has this variable; {meant} is one"),
        None => "no setting has this variable; `dlqtop config show` lists the settings".to_owned(),
    };
    Problem { at, what }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::value::Value;

    fn with(variables: &[(&str, &str)]) -> Found {
        read(variables.iter().map(|(a, b)| (a.into(), b.into())))
    }

    #[test]
    fn each_key_has_a_variable_and_other_variables_are_let_be() {
        let found = with(&[
            ("DLQTOP_ARCHIVE__POLICIES__FAILED_DAYS", "false"),
            ("DLQTOP_POLLING__INTERVAL", " "),
            ("DLQTOP_ACTOR", "ana"),
            ("DLQTOP_LOG", "debug"),
            ("OTHER__THING", "1"),
        ]);
        assert_eq!(found.problems, []);
        let [failed] = &found.given[..] else {
            panic!("{:?}", found.given);
        };
        assert_eq!(failed.key.name, "archive.policies.failed_days");
        assert_eq!(failed.value, Value::ForEver);
    }

    #[test]
    fn every_slip_is_named() {
        let found = with(&[
            ("DLQTOP_POLLING__INTERVAL", "5x"),
            ("DLQTOP_POLLING_INTERVAL", "5s"),
            ("DLQTOP_ARCHIVE__BATCH_SIZE", "0"),
            ("DLQTOP_NOTHING__LIKE__IT", "1"),
        ]);
        assert!(found.given.is_empty());
        let said: Vec<String> = found.problems.iter().map(ToString::to_string).collect();
        let wanted = [
            ("BATCH_SIZE", "0: must be a whole number from 1 to 10000"),
            ("NOTHING__LIKE__IT", "`dlqtop config show`"),
            ("POLLING_INTERVAL", "DLQTOP_POLLING__INTERVAL is one"),
            ("POLLING__INTERVAL", "5x: must be a time such as 2s"),
        ];
        assert_eq!(said.len(), wanted.len(), "{said:?}");
        for (said, (name, what)) in said.iter().zip(wanted) {
            assert!(said.contains(name) && said.contains(what), "{said}");
        }
    }
}
