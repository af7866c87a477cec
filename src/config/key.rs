//! One setting: what the table of them says about each.

use super::flags::{Detect, GlobalFlags};
use super::program_settings::ProgramSettings;
use super::value::{Kind, Value};

/// One setting.
#[derive(Debug)]
pub struct Key {
    /// Its sections and its name in `config.toml`: `polling.interval`.
    pub name: &'static str,
    /// Its type and range.
    pub kind: Kind,
    /// What it is unless somebody says otherwise.
    pub default: Value,
    /// What it means.
    pub docs: &'static str,
    /// Where it takes effect.
    pub place: SettingScope,
    /// The flag that outranks file and environment.
    pub flag: Option<Flag>,
}

/// Where a setting takes effect.
#[derive(Debug, Clone, Copy)]
pub enum SettingScope {
    /// In this process: the field it fills.
    Program(fn(&mut ProgramSettings, Value)),
    /// In the database, for every dashboard and detector: a column of `dlqtop.settings`, in units of
    /// which the setting has `factor`.
    Database {
        /// The column's name.
        column: &'static str,
        /// 60, where the setting counts hours and the column minutes.
        factor: f64,
    },
}

/// A flag and how to read it.
#[derive(Debug, Clone, Copy)]
pub struct Flag {
    /// As it is typed: `--interval`.
    pub name: &'static str,
    /// Its value, if it was given.
    pub value: fn(&GlobalFlags, &Detect) -> Option<Value>,
}

impl Key {
    pub(super) const fn here(
        name: &'static str,
        kind: Kind,
        default: Value,
        fill: fn(&mut ProgramSettings, Value),
        docs: &'static str,
    ) -> Self {
        Self {
            name,
            kind,
            default,
            docs,
            place: SettingScope::Program(fill),
            flag: None,
        }
    }

    pub(super) const fn shared(
        name: &'static str,
        kind: Kind,
        default: Value,
        column: &'static str,
        docs: &'static str,
    ) -> Self {
        Self {
            name,
            kind,
            default,
            docs,
            place: SettingScope::Database {
                column,
                factor: 1.0,
            },
            flag: None,
        }
    }

    /// The setting counts hours, its column minutes.
    pub(super) const fn in_minutes(mut self) -> Self {
        if let SettingScope::Database { column, .. } = self.place {
            self.place = SettingScope::Database {
                column,
                factor: 60.0,
            };
        }
        self
    }

    pub(super) const fn flag(
        mut self,
        name: &'static str,
        value: fn(&GlobalFlags, &Detect) -> Option<Value>,
    ) -> Self {
        self.flag = Some(Flag { name, value });
        self
    }

    /// The section it stands in: `staleness_detection.thresholds`.
    #[must_use]
    pub fn section(&self) -> &'static str {
        self.name
            .rsplit_once('.')
            .map_or("", |(section, _)| section)
    }

    /// Its name within its section.
    #[must_use]
    pub fn leaf(&self) -> &'static str {
        self.name
            .rsplit_once('.')
            .map_or(self.name, |(_, leaf)| leaf)
    }

    /// The environment variable that outranks the file: `DLQTOP_POLLING__INTERVAL`.
    #[must_use]
    pub fn variable(&self) -> String {
        format!("DLQTOP_{}", self.name.replace('.', "__").to_uppercase())
    }

    /// The column of `dlqtop.settings` it maps to, if it is for all.
    #[must_use]
    pub const fn column(&self) -> Option<&'static str> {
        match self.place {
            SettingScope::Database { column, .. } => Some(column),
            SettingScope::Program(_) => None,
        }
    }
}
