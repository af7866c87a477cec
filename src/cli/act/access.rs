//! Whether a command may write here, and what it takes.

use crate::app::session::read_only::LockReason;
use crate::app::writes::confirm::typed_confirmation::TypedConfirmation;
use crate::cli::target::Target;
use crate::config::global::Global;
use crate::config::write_lock::lifted_by;
use crate::failure::Failure;

/// What the operator's question is preceded by, if writing is open here at all. An incident opens,
/// for this one command, what `:unlock` opens on the screen.
///
/// # Errors
///
/// [`Failure`] with what is in the way: what was asked for, the profile, the server or the role.
pub(in crate::cli) fn check_writable(global: &Global, target: &Target) -> Result<(), Failure> {
    let access = target.access(global);
    let Some(why) = access.read_only() else {
        return Ok(());
    };
    let said = why.sentence();
    match why {
        LockReason::Flag => Err(Failure::usage(format!(
            "read-only: {said}; --dry-run shows what would be done"
        ))),
        _ if why.refusal().is_some() => Err(Failure::unavailable(format!(
            "read-only: {said}; --dry-run shows what would be done"
        ))),
        _ if global.flags.incident.is_some() => Ok(()),
        _ => Err(Failure::usage(format!(
            "read-only: {said}; {}",
            lifted_by(why)
        ))),
    }
}

/// What must be typed before so many are changed here.
pub(in crate::cli) fn typed_confirmation(global: &Global, count: usize) -> TypedConfirmation {
    let profile = global.settings.profile.as_ref().map(|it| &it.profile);
    let production = profile.filter(|profile| profile.production);
    TypedConfirmation::of(count, production.map(|profile| profile.name.as_str()))
}
