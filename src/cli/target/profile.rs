//! The profile in force, in words and as JSON: what it gives, and never an address.

use serde_json::{Value as Json, json};

use crate::config::settings::Settings;

/// `prod-eu (flag --profile): database_url, read_only`, if there are profiles.
pub(in crate::cli) fn line(settings: &Settings) -> Option<String> {
    let Some(in_force) = &settings.profile else {
        let names: Vec<&str> = (settings.profiles.all.iter())
            .map(|profile| profile.name.as_str())
            .collect();
        return (!names.is_empty()).then(|| format!("none; there are {}", names.join(", ")));
    };
    let profile = &in_force.profile;
    let mut line = format!("{} ({})", profile.name, in_force.origin);
    let said: Vec<String> = (profile.given.iter())
        .map(|(name, line)| match *name {
            "read_only" => format!("read_only = {} (line {line})", profile.read_only),
            "production" => format!("production = {} (line {line})", profile.production),
            name => format!("{name} (line {line})"),
        })
        .collect();
    if !said.is_empty() {
        line = format!("{line}: {}", said.join(", "));
    }
    if let Some(kept) = &profile.database
        && !in_force.gives_the_address
    {
        line += "; DATABASE_URL or --database-url outranks its ";
        line += kept.key();
    }
    Some(line)
}

/// The same for programs.
pub(in crate::cli) fn json(settings: &Settings) -> Json {
    let Some(in_force) = &settings.profile else {
        return Json::Null;
    };
    let profile = &in_force.profile;
    let gives: serde_json::Map<String, Json> = (profile.given.iter())
        .map(|(name, line)| ((*name).to_owned(), Json::from(*line)))
        .collect();
    json!({
        "name": profile.name,
        "from": in_force.origin.to_string(),
        "lines": gives,
        "gives_the_address": in_force.gives_the_address,
        "read_only": profile.read_only,
        "production": profile.production,
    })
}
