//! What somebody who misspelt a name may have meant.

use super::key::Key;
use super::keys::{KEYS, SECTIONS};
use super::{bound_keys, profile, sources};

/// Less alike than this is another word.
const ALIKE: f64 = 0.8;

/// The known name that is most like this one, in whatever section it stands.
pub(super) fn key(name: &str) -> Option<&'static str> {
    let leaf = last(name);
    // The whole name decides between two that end alike.
    let known = KEYS.iter().map(|key| key.name);
    best(known.chain([profile::DEFAULT]), |known| {
        (alike(leaf, last(known)), alike(name, known))
    })
}

/// The known section that is most like this one.
pub(super) fn section(name: &str) -> Option<&'static str> {
    let known = SECTIONS.iter().map(|(name, _)| *name);
    best(
        known.chain([profile::SECTION, bound_keys::SECTION, sources::SECTION]),
        |known| (alike(last(name), last(known)), alike(name, known)),
    )
}

/// The variable that is most like this one.
pub(super) fn variable(name: &str) -> Option<String> {
    best(KEYS.iter().map(Key::variable), |known| {
        let alike = alike(name, known);
        (alike, alike)
    })
}

/// The one of these names that is most like this one.
pub(in crate::config) fn among<'a>(
    name: &str,
    known: impl Iterator<Item = &'a str>,
) -> Option<&'a str> {
    // One slip in a word of four letters is a quarter of it.
    let slip = |known: &str| name.len() > 3 && strsim::damerau_levenshtein(name, known) == 1;
    best(known, |known| {
        let least = if slip(known) { ALIKE } else { 0.0 };
        (alike(name, known).max(least), 0.0)
    })
}

fn last(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

fn alike(one: &str, other: &str) -> f64 {
    let (one, other) = (one.to_lowercase(), other.to_lowercase());
    strsim::normalized_damerau_levenshtein(&one, &other).max(
        // `interval` is meant where `detection_interval` is written, or the other way round.
        if one.len() > 4 && (other.starts_with(&one) || one.starts_with(&other)) {
            ALIKE
        } else {
            0.0
        },
    )
}

fn best<T: AsRef<str>>(
    known: impl Iterator<Item = T>,
    score: impl Fn(&str) -> (f64, f64),
) -> Option<T> {
    known
        .map(|name| (score(name.as_ref()), name))
        .filter(|((part, whole), _)| part.max(*whole) >= ALIKE)
        .max_by(|((a, b), _), ((c, d), _)| (a + b).total_cmp(&(c + d)))
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_what_was_meant_and_another_word_nothing() {
        let cases = [
            (
                "staleness_detection.batch_siez",
                Some("staleness_detection.batch_size"),
            ),
            ("archive.batchsize", Some("archive.batch_size")),
            (
                "staleness_detection.detection_interval",
                Some("staleness_detection.detection_interval_seconds"),
            ),
            (
                "staleness_detection.waiting_for_retry_minutes",
                Some("staleness_detection.thresholds.waiting_for_retry_minutes"),
            ),
            (
                "staleness_detection.thresholds.waiting_for_retry_minuts",
                Some("staleness_detection.thresholds.waiting_for_retry_minutes"),
            ),
            (
                "archive.policies.completed",
                Some("archive.policies.completed_days"),
            ),
            ("database_url", None),
            ("defualt_profile", Some("default_profile")),
            ("polling.colour", None),
        ];
        for (name, meant) in cases {
            assert_eq!(key(name), meant, "{name}");
        }
        assert_eq!(section("stalenes_detection"), Some("staleness_detection"));
        assert_eq!(section("reasons"), Some("dlq.reasons"));
        assert_eq!(section("profile"), Some("profiles"));
        assert_eq!(section("servers"), None);
        assert_eq!(
            variable("DLQTOP_POLLING_INTERVAL").as_deref(),
            Some("DLQTOP_POLLING__INTERVAL")
        );
    }
}
