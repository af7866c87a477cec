//! The names that a file or the environment may use, and the one that was meant by a misspelt one.

use super::key::Key;
use super::keys::{KEYS, SECTIONS};
use super::suggest::{alike, best, last};
use super::{bound_keys, fingerprint_rules, profile, redaction, sources};

/// Sections whose keys are not in the table of settings.
pub(super) const OWN_SECTIONS: [&str; 5] = [
    profile::SECTION,
    bound_keys::SECTION,
    sources::SECTION,
    fingerprint_rules::SECTION,
    redaction::SECTION,
];

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
    best(known.chain(OWN_SECTIONS), |known| {
        (alike(last(name), last(known)), alike(name, known))
    })
}

/// The variable that is most like this one.
pub(super) fn variable(name: &str) -> Option<String> {
    best(KEYS.iter().map(Key::variable), |known| {
        let alike = alike(name, known);
        (alike, alike)
    })
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
