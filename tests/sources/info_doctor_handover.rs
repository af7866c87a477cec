//! What the program says of another system outside the panes: `info`, `doctor`, `handover`, and the
//! words that an act takes.

mod doctor;
mod handover;
mod info;
mod statuses;
mod unknowns;

use crate::systems::{Standing, empty, full, systems};

/// A system that was built in, with a past.
async fn lived(name: &str) -> Standing {
    let kind = systems().into_iter().find(|kind| kind.name == name);
    full(&kind.unwrap()).await
}

/// The same with nothing in it.
async fn fresh(name: &str) -> Standing {
    let kind = systems().into_iter().find(|kind| kind.name == name);
    empty(&kind.unwrap()).await
}

/// A role of this database alone that may log in, with these grants; `ROLE` stands for its name. Its
/// address.
async fn role(standing: &Standing, grants: &str) -> (String, String) {
    let role: String = standing
        .db
        .one("select current_database() || '_role'")
        .await;
    let grants = grants.replace("ROLE", &role);
    standing
        .db
        .run(&format!("create role {role} nologin; {grants}"))
        .await;
    let url = format!("{}&options[role]={role}", standing.db.url());
    (role, url)
}

/// What a role needs that may read everything.
const READING: &str =
    "grant usage on schema public to ROLE; grant select on all tables in schema public to ROLE;";
