//! The checks as two tables: for the native schema, and for third-party systems.

use std::time::Duration;

use super::foreign;
use crate::data::connection::sql::sql;

/// Most checks read a few rows.
pub(super) const SHORT: Duration = Duration::from_secs(20);
/// Some compare everything there is.
const LONG: Duration = Duration::from_mins(5);

/// How a check is carried out.
#[derive(Debug, Clone, Copy)]
pub(super) enum CheckKind {
    /// How far away is the database, and what time is it there?
    Clock,
    /// Which migrations were applied, and how?
    Schema,
    /// What may the role do?
    Role,
    /// Which system does the database hold?
    Source,
    /// What is there of a system that is not ours?
    Of(foreign::ForeignCheck),
    /// This statement says it in the columns of a [`Finding`](super::Finding).
    Rows(&'static str),
}

/// One check.
#[derive(Debug, Clone, Copy)]
pub struct Check {
    /// Its name, one or two words.
    pub name: &'static str,
    /// What it looks at.
    pub looks_at: &'static str,
    pub(super) kind: CheckKind,
    pub(super) limit: Duration,
    /// It applies only to the native schema.
    pub(super) of_the_schema: bool,
}

impl Check {
    const fn server(name: &'static str, looks_at: &'static str, kind: CheckKind) -> Self {
        Self {
            name,
            looks_at,
            kind,
            limit: SHORT,
            of_the_schema: false,
        }
    }

    const fn schema(name: &'static str, looks_at: &'static str, sql: &'static str) -> Self {
        Self {
            name,
            looks_at,
            kind: CheckKind::Rows(sql),
            limit: SHORT,
            of_the_schema: true,
        }
    }

    const fn of(name: &'static str, looks_at: &'static str, ask: foreign::ForeignCheck) -> Self {
        Self::server(name, looks_at, CheckKind::Of(ask))
    }

    const fn dear(self) -> Self {
        Self {
            limit: LONG,
            ..self
        }
    }
}

#[rustfmt::skip]
const CONNECTION: Check = Check::server("connection", "the way to the database, and its clock against this machine's", CheckKind::Clock);
#[rustfmt::skip]
const SERVER: Check = Check::server("server", "version, encoding, primary or standby", CheckKind::Rows(sql!("doctor/server")));
#[rustfmt::skip]
const TIME_ZONES: Check = Check::server("time zones", "the time zones of session, role and database", CheckKind::Rows(sql!("doctor/time_zones")));
#[rustfmt::skip]
const SOURCE: Check = Check::server("source", "which system the database holds", CheckKind::Source);
#[rustfmt::skip]
const BESIDE: Check = Check::server("beside", "what `dlqtop install` keeps beside another system", CheckKind::Rows(sql!("doctor/companion")));

/// The checks of the native schema: causes come before their effects.
#[rustfmt::skip]
pub const CHECKS: [Check; 18] = [
    CONNECTION,
    SERVER,
    TIME_ZONES,
    SOURCE,
    Check::server("schema", "the migrations that were applied, against those of this dlqtop", CheckKind::Schema),
    Check::server("your role", "what the present role may do", CheckKind::Role),
    BESIDE,
    Check::schema("owner", "who owns the schema, and who else may create where it lives", sql!("doctor/owner")),
    Check::schema("roles", "the three roles and what they are granted", sql!("doctor/roles")),
    Check::schema("settings", "the settings in force", sql!("doctor/settings")),
    Check::schema("triggers", "the triggers that keep deadlines, tallies, groups, archive and log in step", sql!("doctor/triggers")),
    Check::schema("indexes", "the indexes: all there, all valid", sql!("doctor/indexes")),
    Check::schema("drift", "deadlines, tallies and groups of errors, against the plain definition of them", sql!("doctor/drift")).dear(),
    Check::schema("archive", "the archive's tallies, against the archive", sql!("doctor/archive")).dear(),
    Check::schema("templates", "the lifecycle values of all templates", sql!("doctor/templates")),
    Check::schema("ages", "tasks dated in the future or before they were created", sql!("doctor/ages")),
    Check::schema("detector", "the sweeps", sql!("doctor/detector")),
    Check::schema("upkeep", "vacuum and the folding of tallies", sql!("doctor/upkeep")),
];

/// The checks of a third-party system.
#[rustfmt::skip]
pub const FOREIGN_CHECKS: [Check; 11] = [
    CONNECTION,
    SERVER,
    TIME_ZONES,
    SOURCE,
    Check::of("tables", "the tables that its source knows", foreign::ForeignCheck::Tables),
    Check::of("your role", "what the present role may do with its tables", foreign::ForeignCheck::Role),
    Check::of("rows seen", "whose rows are seen, and row-level security", foreign::ForeignCheck::Rows),
    Check::of("files", "every statement of its source, as this role", foreign::ForeignCheck::Files).dear(),
    BESIDE,
    Check::of("alerts", "what it calls wrong itself", foreign::ForeignCheck::Alerts),
    Check::of("layout", "indexes and policies that it lacks", foreign::ForeignCheck::Layout),
];
