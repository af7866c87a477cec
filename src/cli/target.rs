//! The database that a command is about: looked at once, before anything else is begun.

pub(in crate::cli) mod open_command;
pub(in crate::cli) mod profile;
pub(in crate::cli) mod replica;

use std::collections::BTreeMap;
use std::io::{Write as _, stderr};
use std::sync::{Arc, Once};
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection};

use super::metrics::Metrics;
use crate::app::session::read_only::{Access, LockReason};
use crate::config;
use crate::config::global::Global;
use crate::config::sources::by_source;
use crate::config::write_lock::write_lock;
use crate::data::ad_hoc;
use crate::data::error::DataError;
use crate::data::model::TaskId;
use crate::data::model::safe_text::SafeText;
use crate::data::reads::queries;
use crate::data::reads::queries::Session;
use crate::data::source::recognise::{Given, Wanted};
use crate::data::source::{NATIVE, Site, Source, SourceCatalog};

/// How long one statement of the first look may take.
pub(super) const LIMIT: Duration = Duration::from_secs(10);

/// Which source is meant, of all there are.
pub(super) fn wanted(global: &Global) -> Wanted {
    let own = config::paths::sources();
    let profile = global.settings.profile.as_ref().map(|it| &it.profile);
    let theirs = profile.and_then(|profile| profile.source.as_ref());
    let asked = global.flags.source.as_ref().or(theirs).cloned();
    Wanted {
        catalog: Arc::new(own.map_or_else(SourceCatalog::embedded, |folder| {
            SourceCatalog::with(&folder)
        })),
        asked: asked.filter(|name| !name.is_empty()),
        given: Given {
            settings: by_source(&global.settings.sources),
            profile: profile_settings(global),
            api: (global.settings.profile.as_ref())
                // What is wrong with it was said when the profile was taken.
                .and_then(|profile| profile.api().ok().flatten()),
            trusted_owners: trusted_owners(global),
        },
    }
}

/// Says once which other systems the database holds, if none was asked for: the native one was taken then.
pub(super) fn name_others(source: &Source, wanted: &Wanted) {
    static SAID: Once = Once::new();
    let others = source
        .siblings
        .iter()
        .filter(|(name, _)| *name != source.name);
    let others: Vec<String> = others
        .map(|(name, _)| format!("{name} (--source {name})"))
        .collect();
    if wanted.asked.is_none() && !others.is_empty() {
        let line = format!(
            "dlqtop: this is {}; the database also holds {}",
            source.name,
            others.join(", ")
        );
        SAID.call_once(|| {
            let _ = writeln!(stderr(), "{}", SafeText::new(&line));
        });
    }
}

/// The owners that the profile trusts in this database.
pub(super) fn trusted_owners(global: &Global) -> Vec<String> {
    let profile = global.settings.profile.as_ref();
    profile.map_or_else(Vec::new, |profile| profile.trusted_owners().to_vec())
}

/// What a profile says to sources, by its keys.
fn profile_settings(global: &Global) -> BTreeMap<String, String> {
    let profile = global.settings.profile.as_ref().map(|it| &it.profile);
    let tenant = profile.and_then(|profile| profile.tenant.clone());
    tenant
        .map(|tenant| ("tenant".to_owned(), tenant))
        .into_iter()
        .collect()
}

/// The native source and no other, of all there are: what else a database holds can be said.
pub(super) fn native(global: &Global) -> Wanted {
    Wanted {
        asked: Some(NATIVE.to_owned()),
        ..wanted(global)
    }
}

/// A database that was looked at and found usable.
pub struct Target {
    /// How to reach it, and what it holds.
    pub site: Site,
    /// What to call it: `local`, `demo`.
    pub profile: String,
    /// What kind of session it gives.
    pub session: Session,
    /// The task to open first.
    pub task: Option<TaskId>,
    /// What is counted here.
    pub metrics: Metrics,
    /// The server to poll, if it is another one.
    pub reads: Option<PgConnectOptions>,
    /// What to say first.
    pub greeting: Option<String>,
}

impl Target {
    /// Connects once: what is wrong is said before the screen is taken.
    ///
    /// # Errors
    ///
    /// [`DataError`] if the database cannot be asked, or holds another schema than ours, or has
    /// nothing with this id.
    pub async fn open(
        options: PgConnectOptions,
        wanted: &Wanted,
        profile: String,
        id: Option<uuid::Uuid>,
    ) -> Result<Self, DataError> {
        let look = async |db: &mut PgConnection, source: &Arc<Source>| {
            let session = queries::session(db, source).await?;
            let task = match id {
                None => None,
                Some(id) => {
                    let found = queries::find_task(db, source, id).await?;
                    Some(found.ok_or_else(|| DataError::NotFound {
                        id: id.to_string().into(),
                    })?)
                }
            };
            Ok((Arc::clone(source), session, task))
        };
        let doing = "look at the database";
        let (source, session, task) =
            ad_hoc::once_found(&options, wanted, doing, LIMIT, look).await?;
        let site = Site { options, source };
        Ok(Self {
            site,
            profile,
            session,
            task,
            metrics: Metrics::off(),
            reads: None,
            greeting: None,
        })
    }

    /// Why it is not certain who answers there, if it is not.
    pub(super) fn tls_warning(&self) -> Option<&'static str> {
        let reads = self.reads.as_ref().and_then(config::connection::warning);
        config::connection::warning(&self.site.options).or(reads)
    }

    /// The same, counted by these.
    #[must_use]
    pub fn with_meters(self, metrics: Metrics) -> Self {
        Self { metrics, ..self }
    }

    /// The server that is polled.
    pub(super) fn poll_site(&self) -> Site {
        Site {
            options: self.reads.as_ref().unwrap_or(&self.site.options).clone(),
            source: Arc::clone(&self.site.source),
        }
    }

    /// That the role may change nothing: neither the system nor what is kept beside it.
    fn lacks(&self) -> Option<LockReason> {
        let source = &self.site.source;
        match (
            self.session.may_act || source.companion.may_write(),
            source.is_native(),
        ) {
            (true, _) => None,
            (false, true) => Some(LockReason::Role),
            (false, false) => Some(LockReason::Grants),
        }
    }

    /// Whether anything can be changed here. What no unlock could lift comes first.
    pub(super) fn access(&self, global: &Global) -> Access {
        let configured = write_lock(global, &self.site.options);
        let of_the_server = if self.session.in_recovery {
            Some(LockReason::Standby)
        } else if self.session.read_only_by_default {
            Some(LockReason::Session)
        } else {
            self.lacks()
        };
        let why = match (configured, of_the_server) {
            (Some(LockReason::Flag), _) => Some(LockReason::Flag),
            (configured, of_the_server) => of_the_server.or(configured),
        };
        why.map_or(Access::Writable, Access::ReadOnly)
    }
}
