//! What locks writing before anybody has asked the server: the flag, the profile, or that nothing is known of a
//! server on another machine. The dashboard, the commands that change something and the setting up all ask
//! here.

use sqlx::postgres::PgConnectOptions;

use super::connection::{self, is_on_this_machine};
use super::global::Global;
use super::profile::ActiveProfile;
use crate::app::session::read_only::LockReason;
use crate::failure::Failure;

/// Why nothing may be written there, if nothing may.
#[must_use]
pub fn write_lock(global: &Global, options: &PgConnectOptions) -> Option<LockReason> {
    let in_force = global.settings.profile.as_ref();
    if global.flags.read_only {
        return Some(LockReason::Flag);
    }
    if let Some(it) = in_force
        && it.profile.read_only
    {
        return Some(LockReason::Profile(it.profile.name.clone()));
    }
    if let Some(it) = in_force
        && it.profile.production
    {
        return Some(LockReason::Production(it.profile.name.clone()));
    }
    // A profile says how careful to be. Without one, a server on another machine may be anybody's.
    let is_known = in_force.is_some_and(ActiveProfile::is_of_the_database);
    if global.flags.writable || is_known || is_on_this_machine(options) {
        return None;
    }
    Some(LockReason::Unknown(connection::address(options)))
}

/// Why a command that a timer may start refuses to write, to be said with what to do instead. It is started on
/// purpose, so only what says "never" counts.
#[must_use]
pub fn refuses_writes(global: &Global) -> Option<String> {
    // Which server it is does not matter for these.
    match write_lock(global, &PgConnectOptions::new_without_pgpass())? {
        LockReason::Flag => Some("--read-only".to_owned()),
        LockReason::Profile(name) => Some(format!("profile {name} (read_only = true)")),
        _ => None,
    }
}

/// Whether a command that somebody types may write; `instead` is what can be done without.
///
/// # Errors
///
/// [`Failure`] with what is in the way, and what lifts it.
pub fn check_change(global: &Global, command: &str, instead: &str) -> Result<(), Failure> {
    if let Some(who) = refuses_writes(global) {
        return Err(Failure::usage(format!(
            "{who} and {command} contradict each other: {instead}"
        )));
    }
    // An address that cannot be used is for the command to say.
    let Ok(way) = connection::resolve(global) else {
        return Ok(());
    };
    match write_lock(global, &way.options) {
        Some(why) if global.flags.incident.is_none() => Err(Failure::usage(format!(
            "{command} would write: {}; {}; {instead}",
            why.sentence(),
            lifted_by(&why)
        ))),
        _ => Ok(()),
    }
}

/// What lifts a lock for one command.
#[must_use]
pub fn lifted_by(why: &LockReason) -> &'static str {
    match why {
        LockReason::Unknown(_) => "--writable or --incident INC-4411 lifts it for this command",
        _ => "--incident INC-4411 lifts it for this command and goes into the reason",
    }
}
