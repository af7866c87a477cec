//! Puts a profile in force: what it gives, and what flags and the environment keep.

use super::{ActiveProfile, on_the_command_line};
use crate::config::connection::secret::{Address, SecretLocation};
use crate::config::global::Global;
use crate::config::origin::Origin;
use crate::config::value::ReadUrl;
use crate::failure::Failure;

/// Fills what was not said by a flag or the environment from the profile in force. A profile that
/// was chosen by flag outranks the environment's addresses: who writes `--profile` means that
/// database, whatever a shell has exported.
///
/// # Errors
///
/// A usage failure if two flags name two databases; one to ask with if the profile's address cannot be
/// fetched.
pub(crate) async fn fill_in(global: &mut Global) -> Result<(), Failure> {
    let Some(mut in_force) = global.settings.profile.take() else {
        return Ok(());
    };
    let profile = &in_force.profile;
    let by_flag = matches!(in_force.origin, Origin::Flag(_));
    let named = |url: &Option<Address>| url.as_ref().is_some_and(|url| !url.is_empty());
    let theirs = profile.database.as_ref();
    if by_flag && theirs.is_some() && on_the_command_line("--database-url") {
        return Err(Failure::usage(format!(
            "--database-url and --profile {} name a database each: leave one out",
            profile.name
        )));
    }
    if let Some(kept) = theirs.filter(|_| by_flag || !named(&global.flags.database_url)) {
        global.flags.database_url = Some(fetch(&profile.name, kept).await?);
        in_force.gives_the_address = true;
        // Another database's replica is of no use here.
        let said = on_the_command_line("--read-url") || (!by_flag && named(&global.flags.read_url));
        if !said {
            global.flags.read_url.clone_from(&profile.read_url);
        }
    } else if theirs.is_none() && !named(&global.flags.read_url) {
        global.flags.read_url.clone_from(&profile.read_url);
    }
    // What is good enough for the profile's database need not be so for another.
    global.flags.insecure_tls |=
        profile.insecure_tls && (in_force.gives_the_address || theirs.is_none());
    in_force.gives_the_actor = global.flags.actor.is_none() && profile.actor.is_some();
    global.flags.actor = global.flags.actor.take().or_else(|| profile.actor.clone());
    in_force.gives_the_theme = global.flags.theme.is_none() && profile.theme.is_some();
    global.flags.theme = global.flags.theme.or(profile.theme);
    // Whether it can be used is known before anything is asked of anybody.
    in_force.api()?;
    global.settings.profile = Some(in_force);
    Ok(())
}

async fn fetch(name: &str, kept: &SecretLocation) -> Result<Address, Failure> {
    let fetched = kept.fetch().await;
    fetched.map_err(|why| Failure::unavailable(format!("profile {name}: {}: {why}", kept.key())))
}

/// Everything that was said, as if `--profile name` had been.
///
/// # Errors
///
/// A usage failure if there is no such profile, or it names no database.
pub(crate) async fn switched(global: &Global, name: &str) -> Result<Global, Failure> {
    let profile = global
        .settings
        .profiles
        .find(name)
        .map_err(Failure::usage)?;
    let Some(kept) = &profile.database else {
        return Err(Failure::usage(format!(
            "profile {name} names no database: give it a database_url"
        )));
    };
    let mut other = global.clone();
    other.flags.insecure_tls = on_the_command_line("--insecure-tls") || profile.insecure_tls;
    other.flags.database_url = Some(fetch(name, kept).await?);
    other.flags.read_url.clone_from(&profile.read_url);
    other.settings.program.polling.read_url = ReadUrl::default();
    // What was asked for by a flag was meant of the database before.
    other.flags.source = None;
    let before = global.settings.profile.as_ref();
    let actor_was_given = before.is_none_or(|it| !it.gives_the_actor);
    other.flags.actor = other.flags.actor.filter(|_| actor_was_given);
    let theme_was_given = before.is_none_or(|it| !it.gives_the_theme);
    other.flags.theme = other.flags.theme.filter(|_| theme_was_given);
    let in_force = ActiveProfile {
        profile: profile.clone(),
        origin: Origin::Flag(":profile"),
        gives_the_address: true,
        gives_the_actor: other.flags.actor.is_none() && profile.actor.is_some(),
        gives_the_theme: other.flags.theme.is_none() && profile.theme.is_some(),
    };
    in_force.api()?;
    other.settings.profile = Some(in_force);
    other.flags.actor = other.flags.actor.or_else(|| profile.actor.clone());
    other.flags.theme = other.flags.theme.or(profile.theme);
    Ok(other)
}
