//! What is nearly a known system.

/// What is nearly a known system, and is not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NearMiss {
    /// The source's name.
    pub name: String,
    /// The source's title.
    pub title: String,
    /// What the database lacks of it.
    pub lacks: Vec<String>,
}

impl NearMiss {
    /// So many things are named; of the others only the number is shown.
    const NAMED: usize = 3;

    /// What is lacking, on one line.
    #[must_use]
    pub fn why(&self) -> String {
        Self::sentence(&self.lacks)
    }

    pub(in crate::data::source) fn sentence(lacks: &[String]) -> String {
        let named = &lacks[..lacks.len().min(Self::NAMED)];
        match lacks.len() - named.len() {
            0 => named.join("; "),
            more => format!("{}; and {more} more", named.join("; ")),
        }
    }
}
