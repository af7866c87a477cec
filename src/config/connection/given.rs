//! Values of parameters, as they were given.

/// A name with its value, as an address says it.
pub(super) struct Pair {
    pub(super) name: String,
    pub(super) value: String,
}

impl Pair {
    pub(super) fn new(name: &str, value: String) -> Self {
        Self {
            name: name.to_owned(),
            value,
        }
    }
}

/// A value and who gave it.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct ParamValue {
    pub(super) value: String,
    /// `the database URL`, `PGSSLMODE`, `~/.pg_service.conf:3`.
    pub(super) origin: String,
}
