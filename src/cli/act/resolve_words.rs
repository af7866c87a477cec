//! Resolves the words of a command once the source, and so its vocabulary, is known.

use crate::app::writes::verb_plan::from_cli::RequestedChange;
use crate::data::messages::command::EntryVerb;
use crate::data::source::Source;
use crate::failure::Failure;

/// What to do, as far as that can be told before the database was looked at.
#[derive(Debug, Clone, PartialEq)]
pub enum IntendedChange {
    /// This, in whatever system.
    RequestedChange(RequestedChange),
    /// To close investigations as what the system calls so.
    Close(String),
}

impl IntendedChange {
    /// What it is in this system.
    ///
    /// # Errors
    ///
    /// [`Failure`] if it closes nothing by that word, with the words that it has; or if it closes
    /// nothing at all.
    pub fn in_words_of(self, source: &Source) -> Result<RequestedChange, Failure> {
        let word = match self {
            Self::RequestedChange(requested) => return Ok(requested),
            Self::Close(word) => word,
        };
        source.require("close_entry")?;
        match source.resolution_called(&word) {
            Some(resolution) => Ok(RequestedChange::Entries(EntryVerb::Close(resolution))),
            None => Err(Failure::usage(format!(
                "{} closes nothing as {word}: there are {}",
                source.manifest.title,
                source.resolution_words().join(", ")
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::messages::command::Resolution;

    #[test]
    fn a_word_is_known_or_the_words_there_are_are_named() {
        let native = Source::native();
        let intended = |word: &str| IntendedChange::Close(word.to_owned()).in_words_of(&native);
        for resolution in Resolution::ALL {
            let requested = RequestedChange::Entries(EntryVerb::Close(resolution));
            assert_eq!(intended(resolution.as_str()).unwrap(), requested);
        }
        let line = intended("done\u{1b}[2J").unwrap_err().line().unwrap();
        assert!(line.contains("closes nothing as done"), "{line}");
        assert!(
            line.contains("manually_resolved, permanently_failed, cancelled"),
            "{line}"
        );
        assert!(!line.contains('\u{1b}'), "{line:?}");
    }
}
