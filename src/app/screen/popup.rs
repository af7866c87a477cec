//! What lies over the screen: one at a time.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::app::action::{Action, DetectorAsk, Edit};
use crate::app::format::{clock, count, duration};
use crate::app::lists::sort::SortChoices;
use crate::app::screen::command_support;
use crate::app::screen::commands::{self, CommandSpec};
use crate::app::session::TimeFormat;
use crate::app::text_input::TextInput;
use crate::app::viewport::Viewport;
use crate::app::writes::confirm::Confirm;
use crate::app::writes::detector::DetectorDialog;
use crate::data::model::safe_text::SafeText;
use crate::data::model::{LogRow, SweepRow};
use crate::data::source::Source;

/// What lies over the screen.
#[derive(Debug)]
pub enum Popup {
    /// Asks before anything is changed.
    Confirm(Box<Confirm>),
    /// Asks before anything is decided about the detector.
    Detector(Box<DetectorDialog>),
    /// The keys that work where the operator is.
    Help(Viewport),
    /// The command bar.
    Palette(Palette),
    /// A short list to choose from.
    Menu(Menu),
    /// What became of a write, row by row.
    Results(Viewport),
    /// One line of the log, whole.
    LogLine(Box<LogRow>, Viewport),
}

/// A command that was chosen in the command bar.
#[derive(Debug)]
pub struct TakenCommand {
    /// What it does.
    pub action: Action,
    /// Whether the command bar stays open meanwhile.
    pub stays_open: bool,
}

/// The command bar.
#[derive(Debug)]
pub struct Palette {
    /// Whose commands are offered.
    pub source: Arc<Source>,
    /// What was typed.
    pub field: TextInput,
    /// The place of the choice.
    pub at: usize,
    /// What is wrong with what was typed after the name.
    pub complaint: Option<String>,
}

impl Palette {
    /// One in which nothing has been typed.
    #[must_use]
    pub fn of(source: &Arc<Source>) -> Self {
        Self {
            source: Arc::clone(source),
            field: TextInput::default(),
            at: 0,
            complaint: None,
        }
    }

    /// Changes what is typed.
    pub fn edit(&mut self, edit: &Edit) {
        self.field.apply(edit);
        self.at = 0;
        self.complaint = None;
    }

    /// Writes the chosen name; where words follow it, what they usually begin with.
    pub fn complete(&mut self) {
        let Some(named) = self.chosen() else { return };
        let typed = commands::with_args(self.field.text());
        match (named.args, typed) {
            (None, _) => self.field.set(named.name),
            (Some(_), Some((_, rest))) if !rest.is_empty() => {}
            (Some(args), _) => self.field.set(&format!("{} {}", named.name, args.usual)),
        }
        self.at = 0;
        self.complaint = None;
    }

    /// The action of the chosen command. One that takes words stays in the bar, where what is wrong
    /// with them is said; it closes the bar itself.
    #[must_use]
    pub fn take(&mut self) -> Option<TakenCommand> {
        let named = self.chosen()?;
        let Some(args) = named.args else {
            return Some(TakenCommand {
                action: (named.action)(),
                stays_open: false,
            });
        };
        let action = if let Some((_, rest)) = commands::with_args(self.field.text()) {
            (args.action)(rest)
        } else {
            self.field.set(&format!("{} ", named.name));
            (args.action)("")
        };
        Some(TakenCommand {
            action,
            stays_open: true,
        })
    }

    /// What is offered.
    #[must_use]
    pub fn offers(&self) -> Vec<&'static CommandSpec> {
        command_support::matching(&self.source, self.field.text())
    }

    /// The one chosen.
    #[must_use]
    pub fn chosen(&self) -> Option<&'static CommandSpec> {
        let offers = self.offers();
        offers
            .get(self.at.min(offers.len().saturating_sub(1)))
            .copied()
    }

    /// Chooses the next or previous one.
    pub fn choose(&mut self, by: isize) {
        let last = self.offers().len().saturating_sub(1);
        self.at = self.at.min(last).saturating_add_signed(by).min(last);
    }
}

/// A short list to choose from.
#[derive(Debug)]
pub struct Menu {
    /// What is being chosen.
    pub title: &'static str,
    /// The choices.
    pub items: Vec<(String, Action)>,
    /// The place of the cursor.
    pub at: usize,
}

impl Menu {
    /// All systems in this database, the one on the screen first.
    #[must_use]
    pub fn of_sources(source: &Source) -> Self {
        let mut here = source.siblings.clone();
        here.sort_by_key(|(name, _)| *name != source.name);
        let item = |(name, title): (String, String)| {
            let text = SafeText::new(&format!("{name}  {title}")).to_string();
            (text, Action::Source(name))
        };
        Self {
            title: "This database holds several systems",
            items: here.into_iter().map(item).collect(),
            at: 0,
        }
    }

    /// The last sweeps, newest first. One that took something can be undone.
    #[must_use]
    pub fn of_sweeps(sweeps: &[SweepRow], now: DateTime<Utc>, times: TimeFormat) -> Self {
        let item = |sweep: &SweepRow| {
            let undo = Action::AskDetector(DetectorAsk::UndoSweep(sweep.sweep_id?));
            Some((sweep_line(sweep, now, times), undo))
        };
        Self {
            title: "Last sweeps (Enter: undo)",
            items: sweeps.iter().filter_map(item).collect(),
            at: sweeps.iter().position(SweepRow::acted).unwrap_or(0),
        }
    }

    /// What a list can be sorted by.
    #[must_use]
    pub fn of_columns(choices: &SortChoices) -> Self {
        let by_server = "most urgent first (as the server says)".to_owned();
        let mut items = vec![(by_server, Action::SortBy(None))];
        let columns = choices.columns.iter();
        items.extend(columns.map(|one| (one.title().to_owned(), Action::SortBy(Some(*one)))));
        let current = choices.current;
        let at = current.and_then(|current| choices.columns.iter().position(|one| *one == current));
        Self {
            title: "Sort by (again: reverse)",
            items,
            at: at.map_or(0, |at| at + 1),
        }
    }

    /// Chooses the next or previous one.
    pub fn choose(&mut self, by: isize) {
        let last = self.items.len().saturating_sub(1);
        self.at = self.at.saturating_add_signed(by).min(last);
    }
}

/// `12m ago     19 moved    180 ms  ana@lap7:4711 · undone by bob`.
fn sweep_line(sweep: &SweepRow, now: DateTime<Utc>, times: TimeFormat) -> String {
    let when = match times {
        TimeFormat::Relative => {
            let ago = (now - sweep.started).as_seconds_f64();
            format!("{} ago", duration(ago.max(0.0)))
        }
        TimeFormat::Local => clock(sweep.started, now, false),
        TimeFormat::Utc => clock(sweep.started, now, true),
    };
    let did = match (sweep.held, sweep.dry_run) {
        _ if sweep.acted() => format!("{} moved", count(sweep.moved)),
        (true, _) => format!("held, {} due", count(sweep.detected)),
        (_, true) => "dry run".to_owned(),
        _ => "nothing".to_owned(),
    };
    let undone = sweep.undone_by.as_ref();
    let undone = undone.map_or_else(String::new, |by| {
        format!(" · undone by {}", by.first_line())
    });
    format!(
        "{when:<12}{did:<16}{:>6.0} ms  {}{undone}",
        sweep.took_ms,
        sweep.instance.first_line()
    )
}
