//! The settings as the program uses them, and where each came from.

use std::path::PathBuf;

use super::bound_keys::KeySetting;
use super::fingerprint_rules::RuleSettings;
use super::key::{Key, SettingScope};
use super::keys::KEYS;
use super::origin::Origin;
use super::profile::{ActiveProfile, Profiles};
use super::program_settings::ProgramSettings;
use super::redaction::RedactionSettings;
use super::sources::SourceSetting;
use super::value::Value;

/// What is in force of flags, environment, file and defaults.
///
/// Thresholds, reasons and retention are not among the fields: what is in force of them stands in
/// the database, for all alike. [`Settings::for_the_database`] has what `dlqtop config apply` would put
/// there.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What this process does, by section of the file.
    pub program: ProgramSettings,
    /// The file that was read; `None` if there is none.
    pub file: Option<PathBuf>,
    /// `[profiles.…]`.
    pub profiles: Profiles,
    /// The one of them that is in force.
    pub profile: Option<ActiveProfile>,
    /// `[keys]`.
    pub keys: Vec<KeySetting>,
    /// `[sources.…]`.
    pub sources: Vec<SourceSetting>,
    /// `[[fingerprint.rules]]`; `None` if the file says nothing of them.
    pub rules: Option<RuleSettings>,
    /// `[redaction]`.
    pub redaction: RedactionSettings,
    chosen: Vec<Setting>,
}

/// A value and where it came from.
#[derive(Debug, Clone)]
pub struct Setting {
    /// The setting.
    pub key: &'static Key,
    /// Its value.
    pub value: Value,
    /// Who said so.
    pub origin: Origin,
}

impl Default for Settings {
    fn default() -> Self {
        Self::new(None, Vec::new())
    }
}

impl Settings {
    /// The defaults, overridden by what was given; of several values for one key the last one
    /// counts.
    #[must_use]
    pub fn new(file: Option<PathBuf>, given: Vec<Setting>) -> Self {
        let mut settings = Self {
            program: ProgramSettings::BLANK,
            file,
            profiles: Profiles::default(),
            profile: None,
            keys: Vec::new(),
            sources: Vec::new(),
            rules: None,
            redaction: RedactionSettings::default(),
            chosen: Vec::new(),
        };
        settings.chosen = KEYS
            .iter()
            .map(|key| Setting {
                key,
                value: key.default,
                origin: Origin::Default,
            })
            .collect();
        for given in given {
            let same = |chosen: &&mut Setting| chosen.key.name == given.key.name;
            if let Some(chosen) = settings.chosen.iter_mut().find(same) {
                *chosen = given;
            }
        }
        for Setting { key, value, .. } in settings.chosen.clone() {
            if let SettingScope::Program(fill) = key.place {
                fill(&mut settings.program, value);
            }
        }
        settings
    }

    /// Every setting with its value and origin, in the order of the table.
    #[must_use]
    pub fn all(&self) -> &[Setting] {
        &self.chosen
    }

    /// Where the value of this setting came from.
    #[must_use]
    pub fn origin(&self, name: &str) -> &Origin {
        self.chosen
            .iter()
            .find(|chosen| chosen.key.name == name)
            .map_or(&Origin::Default, |chosen| &chosen.origin)
    }

    /// Why no detector runs here, if none is to.
    #[must_use]
    pub fn detector_off(&self) -> Option<&'static str> {
        if self.program.detection.enabled {
            return None;
        }
        match self.origin("staleness_detection.enabled") {
            Origin::Flag(flag) => Some(flag),
            _ => Some("by configuration"),
        }
    }

    /// Forgets what was said about settings that all share.
    pub fn leave_shared_at_default(&mut self) {
        for chosen in &mut self.chosen {
            if chosen.key.column().is_some() {
                (chosen.value, chosen.origin) = (chosen.key.default, Origin::Default);
            }
        }
    }

    /// What was said about settings that all share. Those that were left at their default are not
    /// among them, so that two who say nothing never contradict a third who does.
    pub fn for_the_database(&self) -> impl Iterator<Item = &Setting> {
        self.chosen
            .iter()
            .filter(|chosen| chosen.origin != Origin::Default && chosen.key.column().is_some())
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;
    use std::time::Duration;

    use super::*;
    use crate::app::writes::pace::PaceSettings;
    use crate::config::keys::named;
    use crate::config::program_settings::{Detection, Polling, Telemetry};
    use crate::config::value::{Budget, Listen};

    fn given(name: &str, value: Value) -> Setting {
        Setting {
            key: named(name).unwrap(),
            value,
            origin: Origin::Flag("--test"),
        }
    }

    #[test]
    fn the_defaults_are_those_of_the_table() {
        let settings = Settings::default();
        let wanted = Detection {
            enabled: true,
            dry_run: false,
            interval: Duration::from_mins(5),
            budget: Duration::from_secs(30),
        };
        assert_eq!(settings.program.detection, wanted);
        assert_eq!(settings.program.bulk, PaceSettings::default());
        assert_eq!(settings.program.polling.interval, Duration::from_secs(2));
        assert_eq!(settings.program.polling.db_budget.share(), Some(0.01));
        assert_eq!(settings.program.telemetry.metrics_listen, None);
        assert_eq!(settings.for_the_database().count(), 0);
        assert_eq!(settings.detector_off(), None);
    }

    #[test]
    fn what_was_given_fills_its_field_and_the_last_word_counts() {
        let listen: SocketAddr = "127.0.0.1:9187".parse().unwrap();
        let settings = Settings::new(
            None,
            vec![
                given("staleness_detection.enabled", Value::Switch(false)),
                given("staleness_detection.dry_run", Value::Switch(true)),
                given(
                    "staleness_detection.detection_interval_seconds",
                    Value::Number(0.5),
                ),
                given("staleness_detection.budget_seconds", Value::Number(7.0)),
                given("polling.interval", Value::Time(Duration::from_secs(8))),
                given("polling.interval", Value::Time(Duration::from_secs(9))),
                given("polling.db_budget", Value::Budget(Budget::Off)),
                given(
                    "telemetry.metrics_listen",
                    Value::Listen(Listen(Some(listen))),
                ),
                given("archive.batch_size", Value::Whole(5)),
            ],
        );
        let wanted = Detection {
            enabled: false,
            dry_run: true,
            interval: Duration::from_millis(500),
            budget: Duration::from_secs(7),
        };
        assert_eq!(settings.program.detection, wanted);
        assert_eq!(settings.program.polling.interval, Duration::from_secs(9));
        assert_eq!(settings.program.polling.db_budget.share(), None);
        assert_eq!(settings.program.telemetry.metrics_listen, Some(listen));
        assert_eq!(settings.detector_off(), Some("--test"));
        let shared: Vec<&str> = settings.for_the_database().map(|c| c.key.name).collect();
        assert_eq!(shared, ["archive.batch_size"]);
    }

    #[test]
    fn no_setting_of_this_process_is_without_effect() {
        let before = format!("{:?}", fields(&Settings::default()));
        for key in KEYS.iter().filter(|key| key.column().is_none()) {
            let other = match key.default {
                Value::Switch(on) => Value::Switch(!on),
                Value::Number(number) => Value::Number(number + 1.0),
                Value::Whole(number) => Value::Whole(number + 1),
                Value::Time(time) => Value::Time(time * 2),
                Value::Budget(_) => Value::Budget(Budget::Percent(50.0)),
                Value::Listen(_) => Value::Listen(Listen(Some(([127, 0, 0, 1], 1).into()))),
                Value::ReadUrl(_) => Value::ReadUrl("postgres://r@replica/x".parse().unwrap()),
                value @ Value::ForEver => panic!("{value:?} has no place in this process"),
            };
            let settings = Settings::new(None, vec![given(key.name, other)]);
            assert_ne!(format!("{:?}", fields(&settings)), before, "{}", key.name);
        }
    }

    fn fields(settings: &Settings) -> (Detection, PaceSettings, Polling, Telemetry) {
        (
            settings.program.detection,
            settings.program.bulk,
            settings.program.polling,
            settings.program.telemetry,
        )
    }
}
