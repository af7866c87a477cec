//! What can go wrong between dlqtop and the database, as a message for the operator.
//!
//! Every function of the data layer returns [`DataError`]; this is the only place that looks inside
//! [`sqlx::Error`]. A new failure is a variant with a message that says what to do.

mod connect_hint;

use sqlx::error::DatabaseError;
use sqlx::postgres::{PgDatabaseError, PgErrorPosition};

use crate::data::model::safe_text::SafeText;

/// What is being done when there is no connection yet.
pub(super) const CONNECT: &str = "connect to the database";

/// A failure of the data layer.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// The database, or the way to it, failed.
    #[error("could not {doing}")]
    Query {
        /// A verb phrase: "read the queue", "close the entry".
        doing: &'static str,
        /// What the driver or the server said.
        source: sqlx::Error,
    },
    /// The present role may not do that.
    #[error("could not {doing}")]
    Denied {
        /// A verb phrase.
        doing: &'static str,
        /// What the server said.
        source: sqlx::Error,
        /// The grant to ask for.
        grant: String,
    },
    /// It did not answer in time, and the statement was cancelled.
    #[error("could not {doing}: no answer within {seconds} s")]
    TimedOut {
        /// A verb phrase.
        doing: &'static str,
        /// The limit that was passed.
        seconds: u64,
    },
    /// Another kind of server listens there.
    #[error(
        "could not {CONNECT}: what answers there is no PostgreSQL but {what}: check the host and the port"
    )]
    NotPostgres {
        /// What it is.
        what: &'static str,
    },
    /// The database holds no system that dlqtop knows.
    #[error(
        "this database has no Tasker schema: run `dlqtop migrate` to create it, or check --database-url"
    )]
    SchemaMissing,
    /// The schema is older than the program.
    #[error("the schema is {behind} migration(s) behind this dlqtop: run `dlqtop migrate`")]
    SchemaBehind {
        /// How many migrations it lacks.
        behind: usize,
    },
    /// The schema is newer than the program.
    #[error("the schema is newer than this dlqtop (it has migration {newest}): update dlqtop")]
    SchemaAhead {
        /// The newest migration in the database.
        newest: i64,
    },
    /// A pre-release made the schema, with migrations that no longer exist.
    #[error(
        "a pre-release of dlqtop made this schema, and it cannot be upgraded: dump what you need, \
         create a new database, and run `dlqtop migrate` there"
    )]
    SchemaOfPreRelease,
    /// The source does not have this capability.
    #[error("{why}")]
    Unsupported {
        /// The file that is missing.
        what: &'static str,
        /// Why, as a message for the operator.
        why: String,
    },
    /// The folder of a source, or its configuration, is invalid.
    #[error("the source {name} cannot be used: {why}")]
    SourceBroken {
        /// Its name.
        name: String,
        /// What is wrong.
        why: String,
    },
    /// The system's own API did not do it.
    #[error("{why}")]
    Interface {
        /// Why, in its words, or what stood in the way.
        why: String,
    },
    /// Nothing in this database is known.
    #[error(
        "nothing in this database is known (of {known}){near}: check --database-url and the search path, or run `dlqtop migrate` to create Tasker's schema"
    )]
    Unrecognised {
        /// All that would be recognised.
        known: String,
        /// What is nearly there, to follow a sentence; empty if nothing is.
        near: String,
    },
    /// It holds what looks like one, and others than its owners could have made that.
    #[error("{name} is not read here: {why}")]
    SourceRefused {
        /// The source.
        name: String,
        /// Why, and what to do.
        why: String,
    },
    /// It holds several.
    #[error("this database holds {names}: say which with --source")]
    SeveralSources {
        /// Their names.
        names: String,
    },
    /// It does not hold the one that was asked for.
    #[error("{}", no_such_source(name, *is_known, lacks, there, known))]
    NoSuchSource {
        /// What was asked for.
        name: SafeText,
        /// Whether there is such a source at all.
        is_known: bool,
        /// What is nearly there of it, in parentheses; empty if nothing is.
        lacks: String,
        /// Those that are there.
        there: String,
        /// All that are known.
        known: String,
    },
    /// There is no such role.
    #[error("there is no role {name}: `create role` makes one")]
    NoSuchRole {
        /// What was asked for, made safe.
        name: SafeText,
    },
    /// There is no such task, step or entry.
    #[error("nothing here has the id {id}: `dlqtop queue` lists what is open")]
    NotFound {
        /// What was asked for, made safe.
        id: SafeText,
    },
}

fn no_such_source(
    name: &SafeText,
    is_known: bool,
    lacks: &str,
    there: &str,
    known: &str,
) -> String {
    if is_known {
        format!("this database does not hold {name}{lacks}: it holds {there}")
    } else {
        format!("there is no source {name}: there are {known}")
    }
}

impl DataError {
    /// The error, its cause and what to do, on one line and safe to print.
    #[must_use]
    pub fn one_line(&self) -> String {
        let line = match self {
            Self::Query { source, .. } => match connect_hint::hint(source).or_else(|| hint(source))
            {
                Some(hint) => format!("{self}: {}: {hint}", cause(source)),
                None => format!("{self}: {}", cause(source)),
            },
            Self::Denied { source, grant, .. } => {
                format!("{self}: {}: ask for: {grant}", cause(source))
            }
            Self::TimedOut { doing, .. } if *doing == CONNECT => {
                format!(
                    "{self}: is the host right and a PostgreSQL, and does a firewall let you through?"
                )
            }
            _ => self.to_string(),
        };
        SafeText::new(&line).to_string()
    }

    /// What the driver or the server said, if one of them did.
    pub(super) fn cause(&self) -> String {
        match self {
            Self::Query { source, .. } | Self::Denied { source, .. } => cause(source),
            _ => self.to_string(),
        }
    }

    /// The same, with the grant that is missing.
    pub(super) fn with_missing_grant(self, grant: String) -> Self {
        match self {
            Self::Query { doing, source } => Self::Denied {
                doing,
                source,
                grant,
            },
            other => other,
        }
    }

    /// The line of the statement that the server complains about.
    pub(super) fn line_in(&self, statement: &str) -> Option<usize> {
        let Self::Query {
            source: sqlx::Error::Database(db),
            ..
        } = self
        else {
            return None;
        };
        match db.downcast_ref::<PgDatabaseError>().position()? {
            PgErrorPosition::Original(at) => {
                let before = statement.chars().take(at.saturating_sub(1));
                Some(1 + before.filter(|c| *c == '\n').count())
            }
            PgErrorPosition::Internal { .. } => None,
        }
    }

    /// Whether the connection failed rather than the statement, so that the other parts of a poll would
    /// fail too.
    #[must_use]
    pub fn is_connection(&self) -> bool {
        match self {
            Self::Query { source, .. } => match source {
                sqlx::Error::Database(db) => db.code().is_some_and(|code| {
                    let one = [
                        "57P01", "57P02", "57P03", "25P03", "53300", "28P01", "28000", "3D000",
                    ];
                    // 08: what stands between us and the server has refused or lost it.
                    one.contains(&&*code) || code.starts_with("08")
                }),
                sqlx::Error::Io(_)
                | sqlx::Error::Tls(_)
                | sqlx::Error::Protocol(_)
                | sqlx::Error::Configuration(_)
                | sqlx::Error::PoolTimedOut
                | sqlx::Error::PoolClosed
                | sqlx::Error::WorkerCrashed => true,
                _ => false,
            },
            Self::TimedOut { .. } | Self::NotPostgres { .. } => true,
            _ => false,
        }
    }

    /// Whether it is known what is wrong between here and the server.
    pub(super) fn has_connect_hint(&self) -> bool {
        matches!(self, Self::Query { source, .. } if connect_hint::hint(source).is_some())
    }

    /// Whether the connection was dead, so that a new one may succeed. A timeout does not count: another
    /// attempt would only double the wait.
    #[must_use]
    pub fn is_dead_link(&self) -> bool {
        self.is_connection() && !matches!(self, Self::TimedOut { .. })
    }

    /// Whether the login was refused: repeated attempts may lock the account.
    #[must_use]
    pub fn is_refused_login(&self) -> bool {
        let refused = matches!(self.sqlstate().as_deref(), Some("28P01" | "28000"));
        let Self::Query { source, .. } = self else {
            return false;
        };
        refused || connect_hint::refuses_login(source)
    }

    /// Whether a lock was held too long, so that another attempt may succeed.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        matches!(
            self.sqlstate().as_deref(),
            Some("55P03" | "40P01" | "57014")
        )
    }

    /// The server's SQLSTATE, if it was the server that refused.
    #[must_use]
    pub fn sqlstate(&self) -> Option<String> {
        match self {
            Self::Query {
                source: sqlx::Error::Database(db),
                ..
            }
            | Self::Denied {
                source: sqlx::Error::Database(db),
                ..
            } => db.code().map(std::borrow::Cow::into_owned),
            _ => None,
        }
    }
}

/// The server's message without the line numbers of its own source.
fn cause(source: &sqlx::Error) -> String {
    match source {
        sqlx::Error::Database(db) if db.is_unique_violation() => collision(db.as_ref()),
        sqlx::Error::Database(db) => db.message().to_owned(),
        sqlx::Error::PoolTimedOut => "no connection could be had in time".to_owned(),
        sqlx::Error::Io(io) => io.to_string(),
        // The driver's own words hold a character of the password.
        sqlx::Error::Configuration(said) => connect_hint::of_login(&said.to_string()).to_owned(),
        other => other.to_string(),
    }
}

/// What the schema's functions refuse they explain themselves; but someone who takes none of their
/// locks can write in the same moment, and then it is an index that refuses.
fn collision(refused: &dyn DatabaseError) -> String {
    if !refused.message().starts_with("duplicate key") {
        return refused.message().to_owned();
    }
    match refused.constraint() {
        Some("task_has_one_pending_entry") => {
            "somebody has just opened another pending entry for this task: work on that one"
        }
        _ => "somebody else has just written the same: look again",
    }
    .to_owned()
}

/// Which role may call which function, as the doctor checks it.
const FUNCTIONS_GRANTED: &str = include_str!("sql/doctor/roles.sql");

/// Which role of the schema has the right that the server says is missing. Its messages may be in any
/// language, but names stay as they are. No role has a right on a table: views and functions stand before
/// them.
fn role_to_ask_for(message: &str) -> &'static str {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    let granted = |role: &str| {
        let mut words = message.split(|c| !is_name(c));
        words.any(|word| FUNCTIONS_GRANTED.contains(&format!("('{role}', '{word}')")))
    };
    let reads_view = message
        .split(|c| !is_name(c))
        .any(|word| word.starts_with("v_") || word == "dlqtop");
    if reads_view || granted("dlqtop_viewer") {
        "ask for a grant of dlqtop_viewer or dlqtop_operator"
    } else if granted("dlqtop_operator") {
        "ask for a grant of dlqtop_operator"
    } else if granted("dlqtop_detector") {
        "ask for a grant of dlqtop_detector"
    } else {
        "ask its owner for a grant"
    }
}

/// What to do about it, where that is known.
fn hint(source: &sqlx::Error) -> Option<&'static str> {
    match source {
        sqlx::Error::Database(db) => match db.code().as_deref()? {
            "28P01" | "28000" => Some("check the user and the password (PGPASSWORD or ~/.pgpass)"),
            "3D000" => Some("check the database's name, or create it"),
            "42501" => Some(role_to_ask_for(db.message())),
            "42P01" | "3F000" | "42883" | "42703" => {
                Some("the schema is not the one expected: `dlqtop doctor` says what is missing")
            }
            "25006" => Some(
                "this server is a standby or set to read only: pass the primary with --database-url",
            ),
            "53300" => Some("the server is out of connections: end some, or raise max_connections"),
            "57P03" => Some("the server is starting or stopping; try again in a moment"),
            "57014" => Some("it took longer than the statement timeout"),
            "55P03" | "40P01" => {
                Some("busy: another session holds that row; try again in a moment")
            }
            _ => None,
        },
        sqlx::Error::Io(io) => match io.kind() {
            std::io::ErrorKind::ConnectionRefused => {
                Some("is the server running there? check host and port")
            }
            std::io::ErrorKind::NotFound => Some("is the server's socket there? check the host"),
            _ => None,
        },
        sqlx::Error::PoolTimedOut => Some("is the server running and reachable?"),
        _ => None,
    }
}

/// Adds the verb phrase to a bare [`sqlx::Error`].
pub(crate) trait QueryContext<T> {
    /// `doing` completes "could not …".
    fn while_doing(self, doing: &'static str) -> Result<T, DataError>;
}

impl<T> QueryContext<T> for Result<T, sqlx::Error> {
    fn while_doing(self, doing: &'static str) -> Result<T, DataError> {
        self.map_err(|source| DataError::Query { doing, source })
    }
}
