//! Who the operator is, which database is looked at, what may be written, and what time it is.
//!
//! Knows no rows. Every other room of the application may read it; only the files with `impl App`
//! change it. A new fact about the operator, the place or the time begins as a field of [`Session`].

mod clock;
pub mod profile_switch;
pub mod read_only;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use self::profile_switch::Switch;
use self::read_only::Access;
use crate::app::capabilities;
use crate::app::pane::Pane;
use crate::data::model::Scope;
use crate::data::source::{Source, Words};

/// Where the operator is, as whom, and what time it is there.
#[derive(Debug, Clone)]
pub struct Session {
    /// The profile's name: `prod-eu`.
    pub profile: String,
    /// What kind of system it is, what it calls things and what can be done to it.
    pub source: Arc<Source>,
    /// The database: `tasker@db1`. Never with a password.
    pub database: String,
    /// The command that opens it in another terminal. Never with a password.
    pub open_command: String,
    /// Who acts: `ana@lap7`.
    pub actor: String,
    /// Whether anything can be changed, and why not.
    pub access: Access,
    /// The profile's name, if it is production: it must be typed before anything is changed.
    pub production: Option<String>,
    /// The time between polls.
    pub poll_interval: Duration,
    /// What part of the rows is seen, where the source knows of parts.
    pub scope: Option<Scope>,
    /// Whether the operator may have hidden values shown; never on a wall.
    pub may_show_secrets: bool,
    /// The server that is polled, if it is not the one that is written to.
    pub read_replica: Option<String>,
    /// How the operator likes to look at it.
    pub view: ViewOptions,
    /// The profiles there are, by name.
    pub profiles: Vec<String>,
    /// The profile that is being looked for, and the one to go on with.
    pub switch: Switch,
    /// Why it is not certain who answers, if it is not: `TLS not verified`.
    pub tls_warning: Option<&'static str>,
    /// The wall: nobody is at the keyboard, and nothing can be done.
    pub is_wall: bool,
    /// The time of the last tick.
    pub now: DateTime<Utc>,
    /// The time of the first tick.
    pub started_at: DateTime<Utc>,
    /// How far the clock was set back since.
    pub clock_offset: TimeDelta,
}

impl Session {
    /// A session with this source, before anything else is known of it.
    #[must_use]
    pub fn new(source: Arc<Source>) -> Self {
        Self {
            profile: String::new(),
            source,
            database: String::new(),
            open_command: String::new(),
            actor: String::new(),
            access: Access::default(),
            production: None,
            poll_interval: Duration::from_secs(1),
            scope: None,
            may_show_secrets: false,
            read_replica: None,
            view: ViewOptions::default(),
            profiles: Vec::new(),
            switch: Switch::default(),
            tls_warning: None,
            is_wall: false,
            now: DateTime::UNIX_EPOCH,
            started_at: DateTime::UNIX_EPOCH,
            clock_offset: TimeDelta::zero(),
        }
    }

    /// The panes there are here, in the order of their keys.
    #[must_use]
    pub fn panes(&self) -> Vec<Pane> {
        capabilities::panes(&self.source)
    }

    /// The panes that not every source has.
    pub fn optional_panes(&self) -> impl Iterator<Item = Pane> {
        let all = [Pane::Workers, Pane::Queues].into_iter();
        all.filter(|pane| capabilities::has_pane(&self.source, *pane))
    }

    /// What things are called here.
    #[must_use]
    pub fn words(&self) -> &Words {
        &self.source.manifest.words
    }
}

/// How times are shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TimeFormat {
    /// As ages: `4h12m`.
    #[default]
    Relative,
    /// As clock times where the operator is.
    Local,
    /// As clock times in UTC.
    Utc,
}

/// How the operator likes to look at it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ViewOptions {
    /// The focused pane has the whole screen.
    pub expanded: bool,
    /// Long lines are wrapped.
    pub wrap: bool,
    /// How times are shown.
    pub times: TimeFormat,
}
