//! What one place says about settings: a file, or the environment.

use super::bound_keys::KeySetting;
use super::fingerprint_rules::RuleSettings;
use super::problem::Problem;
use super::profile::Profiles;
use super::redaction::RedactionSettings;
use super::settings::Setting;
use super::sources::SourceSetting;
use crate::files::trust::Untrusted;

/// What one place says, and what is wrong with it.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) given: Vec<Setting>,
    pub(super) problems: Vec<Problem>,
    pub(super) profiles: Profiles,
    pub(super) keys: Vec<KeySetting>,
    pub(super) sources: Vec<SourceSetting>,
    pub(super) rules: Option<RuleSettings>,
    pub(super) redaction: RedactionSettings,
}

impl Found {
    pub(super) fn problem(at: String, what: String) -> Self {
        Self {
            problems: vec![Problem { at, what }],
            ..Self::default()
        }
    }

    pub(super) fn untrusted(why: Untrusted) -> Self {
        Self {
            problems: vec![why.into()],
            ..Self::default()
        }
    }
}
