//! What is wrong with a configuration, so that it can be said all at once.

use std::fmt;

use crate::files::trust::Untrusted;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// `/home/ana/.config/dlqtop/config.toml:12`, or `environment DLQTOP_…`.
    pub at: String,
    /// What is wrong there, and what would be right.
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.at, self.what)
    }
}

impl From<Untrusted> for Problem {
    fn from(why: Untrusted) -> Self {
        Self {
            at: why.path.display().to_string(),
            what: why.what,
        }
    }
}

/// A value as it is repeated: its beginning, and nothing that may hold a password.
pub(in crate::config) fn shown(given: &str) -> String {
    const ENOUGH: usize = 60;
    let line = given.lines().next().unwrap_or_default();
    if given.contains("://") || given.contains('@') {
        return "…".to_owned();
    }
    let cut: String = line.chars().take(ENOUGH).collect();
    if cut.len() < given.len() {
        format!("{cut}…")
    } else {
        cut
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_repeated_without_secrets_and_not_at_length() {
        assert_eq!(shown("30"), "30");
        assert_eq!(shown("\"postgres://ana:pw@db\""), "…");
        assert_eq!(shown("ana:pw@db"), "…");
        assert_eq!(shown("[\n1,\n2]"), "[…");
        assert_eq!(shown(&"x".repeat(70)), format!("{}…", "x".repeat(60)));
    }
}
