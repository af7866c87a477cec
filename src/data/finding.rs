//! What a check of the doctor or of a source folder found, and how bad it is.

use serde::Serialize;
use sqlx::FromRow;

use crate::data::model::safe_text::SafeText;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// As it should be.
    Fine,
    /// It was wrong and has been repaired.
    Repaired,
    /// It was not checked: the role may not, or another problem comes first.
    NotLookedAt,
    /// Worth knowing; everything works.
    Warning,
    /// Something does not work, or will not.
    Wrong,
}

impl TryFrom<String> for Level {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.as_str() {
            "fine" => Ok(Self::Fine),
            "warning" => Ok(Self::Warning),
            "wrong" => Ok(Self::Wrong),
            _ => Err(format!("there is no level {text:?}")),
        }
    }
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq, FromRow, Serialize)]
pub struct Finding {
    /// How bad it is.
    #[sqlx(try_from = "String")]
    pub level: Level,
    /// What it is.
    pub what: SafeText,
    /// How to fix it.
    pub first: Option<SafeText>,
    /// Some examples.
    pub details: Vec<SafeText>,
    /// What a repair would recalculate.
    #[sqlx(default)]
    #[serde(skip)]
    pub repair: Option<SafeText>,
}

impl Finding {
    pub(in crate::data) fn new(level: Level, what: impl Into<SafeText>) -> Self {
        Self {
            level,
            what: what.into(),
            first: None,
            details: Vec::new(),
            repair: None,
        }
    }

    pub(in crate::data) fn fix(self, first: &str) -> Self {
        Self {
            first: Some(first.into()),
            ..self
        }
    }

    pub(in crate::data) fn details(self, details: impl Iterator<Item = String>) -> Self {
        Self {
            details: details.map(SafeText::from).collect(),
            ..self
        }
    }
}
