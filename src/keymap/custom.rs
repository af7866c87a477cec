//! The key table as the configuration has it.
//!
//! An action gets other keys on the screens. The keys of a box that asks and of a line being typed stay
//! as they are, and so do Enter and Esc everywhere: nobody can be shut in, and no habit can confirm.

use std::sync::OnceLock;

use crossterm::event::KeyCode::{Enter, Esc};
use crossterm::event::KeyModifiers;

use super::key_combo::KeyCombo;
use super::mode::Mode;
use super::table::{BINDINGS, Binding, SCREENS};
use crate::app::screen::commands;
use crate::app::screen::commands::CommandSpec;

/// The table in force, if it is another than the one that is built in.
static TABLE: OnceLock<Vec<Binding>> = OnceLock::new();

/// The keys that an action was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomBinding {
    /// The action.
    pub name: &'static str,
    /// Its keys; none, if it is to have none.
    pub keys: Vec<KeyCombo>,
}

/// The table in force.
pub(super) fn bindings() -> &'static [Binding] {
    TABLE.get().map_or(BINDINGS, Vec::as_slice)
}

/// Puts a table in force: once, before the first key is read.
pub fn install(custom: &[CustomBinding]) {
    if !custom.is_empty() {
        // A second dashboard of the same process has the same configuration.
        let _ = TABLE.set(customized(custom));
    }
}

/// Where keys can be changed.
const fn is_screen(mode: Mode) -> bool {
    matches!(
        mode,
        Mode::Dashboard | Mode::Detail | Mode::Log | Mode::Menu | Mode::Reading | Mode::Results
    )
}

/// Whether this row of the table goes when its action gets other keys.
fn is_free(binding: &Binding) -> bool {
    let kept = binding.combo.1 == KeyModifiers::NONE && matches!(binding.combo.0, Enter | Esc);
    let over_a_screen = binding.name == "back" || binding.name == "accept";
    let on_screens = if over_a_screen {
        binding.modes.iter().all(|mode| SCREENS.contains(mode))
    } else {
        binding.modes.iter().all(|mode| is_screen(*mode))
    };
    on_screens && !kept
}

/// Where an action has its keys, each place with its word on the bottom line.
fn places(name: &str) -> Vec<(&'static [Mode], &'static str)> {
    let mut places: Vec<(&'static [Mode], &'static str)> = Vec::new();
    let on_screens = |binding: &&Binding| {
        binding.name == name
            && (is_free(binding) || binding.modes.iter().all(|m| SCREENS.contains(m)))
    };
    for binding in BINDINGS.iter().filter(on_screens) {
        match places.iter_mut().find(|(modes, _)| *modes == binding.modes) {
            Some((_, hint)) if hint.is_empty() => *hint = binding.hint,
            Some(_) => {}
            None => places.push((binding.modes, binding.hint)),
        }
    }
    if places.is_empty() && !BINDINGS.iter().any(|binding| binding.name == name) {
        // Only the command bar has it.
        places.push((SCREENS, ""));
    }
    places
}

/// Whether an action can be given other keys: those of boxes and typed lines cannot.
#[must_use]
pub fn is_customizable(name: &str) -> bool {
    commands::find(name).is_some() && name != "accept" && !places(name).is_empty()
}

/// All actions that can be given other keys, with those they have.
pub fn all() -> impl Iterator<Item = (&'static CommandSpec, Vec<KeyCombo>)> {
    let can = |named: &&CommandSpec| is_customizable(named.name);
    commands::COMMANDS.iter().filter(can).map(|named| {
        let places = places(named.name);
        let everywhere = |combo: KeyCombo| {
            let here = |modes: &[Mode]| {
                let same = |b: &&Binding| b.name == named.name && b.combo == combo;
                (modes.iter())
                    .all(|mode| BINDINGS.iter().filter(same).any(|b| b.modes.contains(mode)))
            };
            places.iter().all(|(modes, _)| here(modes))
        };
        let mut keys: Vec<KeyCombo> = Vec::new();
        for binding in BINDINGS.iter().filter(|b| b.name == named.name) {
            if everywhere(binding.combo) && !keys.contains(&binding.combo) {
                keys.push(binding.combo);
            }
        }
        (named, keys)
    })
}

/// The built-in table with what was given: new keys stand where the old ones stood, so that hints keep
/// their order.
#[must_use]
pub fn customized(custom: &[CustomBinding]) -> Vec<Binding> {
    let mut table: Vec<Binding> = Vec::new();
    let given = |name: &str| custom.iter().find(|one| one.name == name);
    let mut done: Vec<(&str, &[Mode])> = Vec::new();
    for binding in BINDINGS {
        let Some(new) = given(binding.name) else {
            table.push(*binding);
            continue;
        };
        let is_new = !done.contains(&(binding.name, binding.modes));
        let place = places(binding.name)
            .into_iter()
            .find(|(modes, _)| *modes == binding.modes);
        if let (true, Some((modes, hint))) = (is_new, place) {
            done.push((binding.name, binding.modes));
            // What is kept has the hint already.
            let kept = |b: &Binding| b.name == new.name && b.modes == modes && !is_free(b);
            let kept = BINDINGS.iter().find(|b| kept(b));
            push(&mut table, new, modes, hint, kept);
        }
        if !is_free(binding) {
            table.push(*binding);
        }
    }
    for new in custom {
        if !BINDINGS.iter().any(|binding| binding.name == new.name) {
            push(&mut table, new, SCREENS, "", None);
        }
    }
    table
}

fn push(
    table: &mut Vec<Binding>,
    new: &CustomBinding,
    modes: &'static [Mode],
    hint: &'static str,
    kept: Option<&Binding>,
) {
    let mut hint = if kept.is_some_and(|kept| !kept.hint.is_empty()) {
        ""
    } else {
        hint
    };
    for combo in &new.keys {
        if kept.is_none_or(|kept| kept.combo != *combo) {
            table.push(Binding {
                modes,
                combo: *combo,
                name: new.name,
                hint,
            });
            hint = "";
        }
    }
}

/// Two actions that would have one key in the same place, and the key.
#[must_use]
pub fn conflicts(table: &[Binding]) -> Vec<(&'static str, &'static str, KeyCombo)> {
    let mut found = Vec::new();
    for (at, one) in table.iter().enumerate() {
        for other in &table[at + 1..] {
            let meet = one.combo == other.combo
                && one.name != other.name
                && one.modes.iter().any(|mode| other.modes.contains(mode));
            if meet && !found.contains(&(one.name, other.name, one.combo)) {
                found.push((one.name, other.name, one.combo));
            }
        }
    }
    found
}

/// The key that does now what this capital does unless it was given another.
#[must_use]
pub fn key_for(usual: char) -> String {
    let usual = KeyCombo(crossterm::event::KeyCode::Char(usual), KeyModifiers::NONE);
    let is_it = |b: &&Binding| b.combo == usual && b.modes.contains(&Mode::Detail);
    let named = BINDINGS.iter().find(is_it).map(|binding| binding.name);
    let key = named.and_then(key_of);
    key.or_else(|| named.map(|name| format!(":{name}")))
        .unwrap_or_default()
}

/// The first key of an action on a screen of tasks, for the command bar.
#[must_use]
pub fn key_of(name: &str) -> Option<String> {
    let named = || bindings().iter().filter(|binding| binding.name == name);
    let binding = named()
        .find(|binding| !binding.hint.is_empty())
        .or_else(|| named().next())?;
    Some(binding.combo.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(name: &str, keys: &[&str]) -> CustomBinding {
        CustomBinding {
            name: commands::find(name).unwrap().name,
            keys: keys.iter().map(|key| key.parse().unwrap()).collect(),
        }
    }

    fn bound(table: &[Binding], mode: Mode, key: &str) -> Option<&'static str> {
        let combo: KeyCombo = key.parse().unwrap();
        let found = table
            .iter()
            .find(|b| b.combo == combo && b.modes.contains(&mode));
        found.map(|binding| binding.name)
    }

    #[test]
    fn an_action_has_its_new_keys_and_not_the_old_ones() {
        let table = customized(&[
            keys("retry", &["F5", "T"]),
            keys("down", &["n"]),
            keys("match-next", &[]),
        ]);
        for mode in [Mode::Dashboard, Mode::Detail] {
            assert_eq!(bound(&table, mode, "F5"), Some("retry"));
            assert_eq!(bound(&table, mode, "T"), Some("retry"));
            assert_eq!(bound(&table, mode, "R"), None);
        }
        for mode in [
            Mode::Dashboard,
            Mode::Detail,
            Mode::Log,
            Mode::Menu,
            Mode::Results,
        ] {
            assert_eq!(bound(&table, mode, "n"), Some("down"), "{mode:?}");
            assert_eq!(bound(&table, mode, "j"), None);
        }
        assert_eq!(
            bound(&table, Mode::Buttons, "n"),
            Some("back"),
            "boxes stay as they are"
        );
        let hint: Vec<_> = table.iter().filter(|b| b.hint == "retry").collect();
        assert_eq!(hint.len(), 1);
        assert_eq!(hint[0].combo, "F5".parse().unwrap());
    }

    #[test]
    fn nobody_is_shut_in() {
        let table = customized(&[
            keys("back", &["-"]),
            keys("open", &["o"]),
            keys("results", &[]),
        ]);
        for mode in [
            Mode::Dashboard,
            Mode::Detail,
            Mode::Log,
            Mode::Reading,
            Mode::Menu,
        ] {
            assert_eq!(bound(&table, mode, "esc"), Some("back"), "{mode:?}");
        }
        assert_eq!(bound(&table, Mode::Detail, "-"), Some("back"));
        assert_eq!(bound(&table, Mode::Reading, "q"), Some("back"));
        assert_eq!(bound(&table, Mode::Dashboard, "enter"), Some("open"));
        assert_eq!(bound(&table, Mode::Dashboard, "o"), Some("open"));
        assert_eq!(conflicts(&table), []);
    }

    #[test]
    fn what_only_the_command_bar_has_can_get_a_key() {
        let table = customized(&[keys("resume", &["F6"])]);
        assert_eq!(bound(&table, Mode::Dashboard, "F6"), Some("resume"));
        assert!(is_customizable("unlock") && !is_customizable("yes") && !is_customizable("accept"));
    }

    #[test]
    fn one_key_for_two_is_found() {
        let table = customized(&[keys("retry", &["X"])]);
        let found = conflicts(&table);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!([found[0].0, found[0].1].contains(&"cancel"), "{found:?}");
        assert_eq!(conflicts(BINDINGS), []);
    }

    #[test]
    fn the_keys_there_are_can_be_written_and_change_nothing() {
        let mut all_of_them = Vec::new();
        for (named, combos) in all() {
            for combo in &combos {
                assert_eq!(combo.written().parse(), Ok(*combo), "{}", named.name);
                assert_eq!(
                    combo.refusal(named.writes()),
                    None,
                    "{} {combo}",
                    named.name
                );
            }
            all_of_them.push(CustomBinding {
                name: named.name,
                keys: combos,
            });
        }
        assert!(all_of_them.len() > 50, "{}", all_of_them.len());
        let table = customized(&all_of_them);
        assert_eq!(conflicts(&table), []);
        for mode in [Mode::Dashboard, Mode::Detail, Mode::Log] {
            assert_eq!(bound(&table, mode, "esc"), Some("back"));
            for binding in BINDINGS
                .iter()
                .filter(|b| b.modes.contains(&mode) && !b.hint.is_empty())
            {
                let key = binding.combo.written();
                assert_eq!(
                    bound(&table, mode, &key),
                    Some(binding.name),
                    "{mode:?} {key}"
                );
            }
        }
    }

    #[test]
    fn keys_that_others_need_are_refused() {
        for key in ["ctrl-c", "^A", "ctrl-b", "Ctrl-S", "^q", "ctrl-i"] {
            let combo: KeyCombo = key.parse().unwrap();
            assert!(combo.refusal(false).is_some(), "{key}");
        }
        for key in ["r", "space", "1", "ctrl-k", "ctrl-d", "alt-r"] {
            let combo: KeyCombo = key.parse().unwrap();
            assert!(combo.refusal(true).is_some(), "{key}");
            assert!(combo.refusal(false).is_none(), "{key}");
        }
        for key in [
            "",
            "RR",
            "ctrl-",
            "F13",
            "F0",
            "delete",
            "backspace",
            "\u{7}",
        ] {
            assert!(key.parse::<KeyCombo>().is_err(), "{key:?}");
        }
    }
}
