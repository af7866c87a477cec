//! What a dashboard needs before its tasks start: a target, the state of the screen, a detector or none.

use std::sync::Arc;
use std::time::Duration;

use crate::app::App;
use crate::app::action::Action;
use crate::app::session::Session;
use crate::app::session::read_only::Access;
use crate::cli::target::open_command::open_command;
use crate::cli::target::{self, Target};
use crate::config::global::Global;
use crate::config::settings::Settings;
use crate::config::{self, shared_settings};
use crate::data::native::sweep::{SweepOptions, Sweeper};
use crate::failure::Failure;
use crate::telemetry::log;

/// One database on the screen: a dashboard may show several, one after the other.
pub(super) struct DashboardSetup {
    pub(super) global: Global,
    pub(super) target: Target,
    pub(super) app: Box<App>,
    pub(super) sweeps: Option<Sweeps>,
}

impl DashboardSetup {
    /// A dashboard that is about to begin, and what there is to tell.
    pub(super) async fn new(
        global: Global,
        target: Target,
    ) -> Result<(Self, Option<String>), Failure> {
        let place = place(&global, &target, target.access(&global))?;
        let sweeper = sweeper(&global.settings, &target, &place);
        let line = if target.site.source.is_native() {
            shared_settings::look(&target.site.options, &global.settings).await
        } else {
            None
        };
        let mut app = Box::new(App::new(place));
        app.writes.pace = global.settings.program.bulk;
        app.writes.receipt_folder = log::folder().map(|state| state.join("receipts"));
        app.session.tls_warning = target.tls_warning();
        if let Some(greeting) = &target.greeting {
            app.update(Action::Message(Ok(greeting.clone())));
        }
        app.begin_choosing_source(target::wanted(&global).asked.is_some());
        let profiles = global.settings.profiles.all.iter();
        app.session.profiles = profiles.map(|profile| profile.name.clone()).collect();
        let setup = Self {
            global,
            target,
            app,
            sweeps: Some(sweeper),
        };
        Ok((setup, line))
    }
}

pub(super) fn place(global: &Global, target: &Target, access: Access) -> Result<Session, Failure> {
    let profile = global.settings.profile.as_ref().map(|it| &it.profile);
    let production = profile.filter(|profile| profile.production);
    Ok(Session {
        profile: target.profile.clone(),
        database: target.session.database.clone(),
        open_command: open_command(global, target),
        actor: config::actor(global)?,
        access,
        production: production.map(|profile| profile.name.clone()),
        poll_interval: global.settings.program.polling.interval,
        scope: target.session.scope.clone(),
        may_show_secrets: profile.is_some_and(|profile| profile.show_secrets),
        read_replica: target.reads.as_ref().map(config::address),
        ..Session::new(Arc::clone(&target.site.source))
    })
}

/// The detector to run and its interval, or why there is none.
pub(super) type Sweeps = Result<(Sweeper, Duration), &'static str>;

fn sweeper(settings: &Settings, target: &Target, place: &Session) -> Sweeps {
    if let Some(why) = settings.detector_off() {
        return Err(why);
    }
    if place.access.read_only().is_some() {
        // An unlock is for what an operator does: it starts none.
        return Err("read-only");
    }
    if !target.session.may_sweep {
        return Err("this role may not sweep");
    }
    let sweeping = SweepOptions {
        instance: instance(&place.actor),
        dry_run: settings.program.detection.dry_run,
        budget: settings.program.detection.budget,
    };
    let sweeper = Sweeper::new(&target.site.options, sweeping);
    Ok((sweeper, settings.program.detection.interval))
}

/// Names this detector among all that run: `ana@lap7:4711`.
pub(in crate::cli) fn instance(actor: &str) -> String {
    format!("{actor}:{}", std::process::id())
}
