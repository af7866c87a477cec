//! Keys that lead to a change, and what came of it: the dialogs between the keys and the writes.

use super::App;
use crate::app::action::{DetectorAsk, EditedText, Verb};
use crate::app::message::{Message, Reply};
use crate::app::screen::popup::{Menu, Popup};
use crate::app::viewport::Viewport;
use crate::app::writes::confirm::Confirm;
use crate::app::writes::confirm::field::Field;
use crate::app::writes::detector::DetectorDialog;
use crate::app::writes::detector::decide::Decision;
use crate::app::writes::in_flight::Run;
use crate::app::writes::runs::Submitted;
use crate::app::writes::{follow_up, outcome};
use crate::data::bulk::retry_outcome::has_outcome;
use crate::data::messages::command::{Command, Outcome, Progress, Question, SwitchTo};

impl App {
    /// Opens the dialog that asks whether to do this to what is chosen.
    pub(super) fn ask(&mut self, verb: Verb) -> Reply {
        let parts = self.parts();
        let confirm = match parts.writes.ask(verb, &parts.seen) {
            Ok(confirm) => confirm,
            Err(why) => return why.into(),
        };
        // The editor is what was asked for; the dialog is what comes after.
        let command = confirm.edit_command();
        parts.screen.confirm(confirm);
        self.lists.filtering = false;
        let on_list = self.detail.is_none();
        let message = on_list.then(|| self.lists.more_rows_hint(&self.polled));
        Reply {
            message: message.flatten(),
            command,
        }
    }

    /// Asks whether to go on with a run that was interrupted, or to give it up.
    pub(super) fn ask_resume(&mut self, give_up: bool) -> Option<Message> {
        let asked = self.writes.ask_resume(give_up, &self.session, &self.polled);
        asked.map(|confirm| self.screen.confirm(confirm)).err()
    }

    /// Opens a dialog about the detector, and asks the database what it is about.
    pub(super) fn ask_detector(&mut self, ask: DetectorAsk) -> Reply {
        let asked = self.writes.ask_detector(ask, &self.session, &self.polled);
        asked
            .map(|(dialog, question)| {
                self.screen.ask_detector(dialog);
                question
            })
            .into()
    }

    /// Shows the last sweeps: one that took something can be undone.
    pub(super) fn open_sweeps(&mut self) -> Option<Message> {
        let Some(stats) = &self.polled.stats.rows else {
            return Some(Message::info("the last sweeps are still loading"));
        };
        let now = self.polled.database_now(self.session.now);
        let menu = Menu::of_sweeps(&stats.sweeps, now, self.session.view.times);
        if menu.items.is_empty() {
            return Some(Message::info("no detector has swept yet"));
        }
        self.screen.popup = Some(Popup::Menu(menu));
        None
    }

    /// Enter: keeps what is typed, presses the button, takes the choice.
    pub(super) fn accept(&mut self) -> Reply {
        match self.screen.popup.take() {
            Some(Popup::Confirm(confirm)) => self.press(confirm),
            Some(Popup::Detector(dialog)) => self.press_about_detector(dialog),
            Some(Popup::Palette(mut palette)) => {
                let taken = palette.take();
                if taken.as_ref().is_none_or(|taken| taken.stays_open) {
                    self.screen.popup = Some(Popup::Palette(palette));
                }
                taken.and_then(|taken| self.update(taken.action)).into()
            }
            Some(Popup::Menu(mut menu)) => {
                let chosen = (!menu.items.is_empty()).then(|| menu.items.swap_remove(menu.at));
                chosen.and_then(|(_, action)| self.update(action)).into()
            }
            Some(Popup::Help(_) | Popup::Results(_) | Popup::LogLine(..)) => Reply::default(),
            None => self.keep_typed().into(),
        }
    }

    /// Enter in a dialog: presses the button that has the focus, or moves on.
    fn press(&mut self, mut confirm: Box<Confirm>) -> Reply {
        match confirm.field {
            Field::Cancel => {
                self.writes.save_draft(&confirm);
                Message::info("nothing was changed").into()
            }
            Field::DoIt => self.send(confirm),
            Field::Result => {
                let command = confirm.edit_command();
                self.screen.popup = Some(Popup::Confirm(confirm));
                command.into()
            }
            _ => {
                confirm.now = self.polled.database_now(self.session.now);
                confirm.advance();
                self.screen.popup = Some(Popup::Confirm(confirm));
                Reply::default()
            }
        }
    }

    /// The same in a dialog about the detector.
    fn press_about_detector(&mut self, mut dialog: Box<DetectorDialog>) -> Reply {
        match dialog.field {
            Field::Cancel => {
                self.writes.keep_reason(&dialog);
                Message::info("nothing was changed").into()
            }
            Field::DoIt => self.decide(dialog),
            _ => {
                dialog.advance();
                self.screen.popup = Some(Popup::Detector(dialog));
                Reply::default()
            }
        }
    }

    fn decide(&mut self, dialog: Box<DetectorDialog>) -> Reply {
        match self.writes.decide(dialog, &self.session) {
            Decision::Sent(reply) => reply,
            Decision::Stays(dialog) => {
                self.screen.popup = Some(Popup::Detector(dialog));
                Reply::default()
            }
        }
    }

    /// `y` in a dialog: does it, if a button has the focus or the count that was asked for.
    pub(super) fn confirm_yes(&mut self) -> Reply {
        match self.screen.popup.take() {
            Some(Popup::Confirm(confirm))
                if matches!(confirm.field, Field::Count | Field::Cancel | Field::DoIt) =>
            {
                self.send(confirm)
            }
            Some(Popup::Detector(dialog))
                if matches!(dialog.field, Field::Count | Field::Cancel | Field::DoIt) =>
            {
                self.decide(dialog)
            }
            other => {
                self.screen.popup = other;
                Reply::default()
            }
        }
    }

    fn send(&mut self, confirm: Box<Confirm>) -> Reply {
        let parts = self.parts();
        match parts.writes.send(confirm, &parts.seen) {
            Submitted::Sent(reply) => reply,
            Submitted::Stays(confirm) => {
                parts.screen.popup = Some(Popup::Confirm(confirm));
                Reply::default()
            }
        }
    }

    /// The operator has left the editor.
    pub(super) fn on_editor_closed(&mut self, text: EditedText) -> Option<Message> {
        let Some(Popup::Confirm(confirm)) = &mut self.screen.popup else {
            return None;
        };
        let why = confirm.on_editor_closed(text).err()?;
        self.writes.save_draft(confirm);
        self.screen.popup = None;
        Some(Message::bad(format!("{why}: nothing was sent")))
    }

    /// Takes the progress of a run.
    pub(super) fn on_progress(&mut self, progress: Progress) -> Option<Message> {
        self.writes.on_progress(progress, self.session.now)
    }

    /// A write ended: says what became of it, keeps what failed marked, and offers to close the
    /// entries of what worked. Of what was retried that is not known yet.
    pub(super) fn on_write_finished(&mut self, outcome: Outcome) -> Message {
        let run = self.writes.take_run(outcome.batch);
        let database_now = self.polled.database_now(self.session.now);
        let message = outcome::message(run.as_ref(), &outcome, database_now);
        let now = self.session.now;
        let Some(run) = run else {
            self.writes.remember(None, outcome, now);
            return message;
        };
        outcome::update_marks(&mut self.lists, &run, &outcome);
        self.writes.save_draft_of_failures(&run, &outcome);
        if has_outcome(&run.plan.change) && outcome.tally().done == outcome.items.len() {
            self.writes.keep_reason_to_close(&run);
        }
        self.offer_to_close(&run, &outcome);
        outcome::drop_finished(&mut self.lists, &run, &outcome, &self.polled);
        self.writes.remember(Some(&run), outcome.clone(), now);
        self.writes.retries.watch(run, &outcome, now);
        message
    }

    /// Never over something that the operator is in the middle of.
    fn offer_to_close(&mut self, run: &Run, outcome: &Outcome) {
        if self.screen.is_typing() || self.lists.filtering || self.is_searching() {
            return;
        }
        let done = outcome::tasks_done(run, outcome);
        let parts = self.parts();
        let Some(offer) = follow_up::offer_to_close(run, &done, outcome, &parts.seen) else {
            return;
        };
        if parts.screen.popup.is_none() {
            parts.screen.confirm(offer);
        } else {
            parts.writes.keep_reason_to_close(run);
        }
    }

    /// Offers to close the entries of retries that have passed, as soon as the operator is not in the middle of
    /// something: a box that opens by itself must not take a key that was meant for what it covers.
    pub(super) fn offer_passed(&mut self) {
        let Some(batch) = self.writes.retries.to_offer() else {
            return;
        };
        if !self.is_at_rest() {
            return;
        }
        let parts = self.parts();
        let retries = parts.writes.retries.of(batch);
        let offer = retries.and_then(|retries| {
            let passed = retries.to_close();
            follow_up::offer_passed(retries, &passed, &parts.seen)
        });
        parts.writes.retries.on_offered(batch);
        if let Some(offer) = offer {
            parts.screen.confirm(offer);
        }
    }

    fn is_at_rest(&self) -> bool {
        let covered = self.screen.popup.is_some() || self.screen.operator_log.is_some();
        let busy = self.lists.filtering || self.is_searching() || self.polled.frozen.is_some();
        !covered && !busy && self.screen.is_idle(self.session.now)
    }

    /// Opens the dialog to close the entries of the latest retries, known or not.
    pub(super) fn ask_close_retried(&mut self) -> Option<Message> {
        let parts = self.parts();
        match parts.writes.ask_close_retried(&parts.seen) {
            Ok(confirm) => {
                parts.screen.confirm(confirm);
                None
            }
            Err(why) => Some(why),
        }
    }

    /// A command could not be handed on, because too many are waiting.
    pub(super) fn on_command_rejected(&mut self, command: Command) -> Option<Message> {
        match command {
            Command::Write(write) => return Some(self.writes.on_write_rejected(write.batch)),
            Command::Follow(_) => {
                let task = self.following();
                self.writes.pending_command = Some(Command::Follow(task));
            }
            Command::RowsWanted(_) => self.lists.paging.on_rejected(),
            Command::Query(Question::Fixes(_)) => self.lists.fix_history.on_rejected(),
            Command::Query(Question::LookUp(_)) => self.lists.lost.on_rejected(),
            Command::Query(Question::NewestActs) => {
                if let Some(log) = &mut self.screen.operator_log {
                    log.on_rejected();
                }
            }
            Command::Decide(_) => return Some(self.writes.on_decision_rejected()),
            // The dialog would wait for ever.
            Command::Query(Question::SweepPreview | Question::UndoPreview(_)) => {
                self.screen.popup = None;
                return Some(Message::info("still busy; try again"));
            }
            Command::Query(Question::Retried(asked)) => {
                self.writes.retries.on_rejected(asked.batch);
            }
            Command::Query(Question::Collect(_)) => {
                return Some(self.lists.select_all.on_rejected());
            }
            Command::Stop(batch) => return Some(self.writes.on_stop_rejected(batch)),
            Command::Resume(run) => return Some(self.writes.on_resume_rejected(*run)),
            Command::Unlock { .. } => return Some(self.session.access.on_unlock_rejected()),
            Command::Switch(_) => return Some(self.session.switch.on_rejected()),
            // It must not be forgotten.
            Command::Lock => self.writes.pending_command = Some(Command::Lock),
            Command::PollNow
            | Command::Copy(_)
            | Command::Edit(_)
            | Command::GiveUp(_)
            | Command::Save(_) => return Some(Message::info("still busy; try again")),
        }
        None
    }

    pub(super) fn show_results(&mut self) -> Option<Message> {
        if self.writes.outcomes.is_empty() {
            return Some(Message::info("nothing has been changed from here yet"));
        }
        self.screen.popup = Some(Popup::Results(Viewport::default()));
        None
    }

    /// Allows writes for a while. An error appears where the command was typed, and stays there.
    pub(super) fn unlock(&mut self, typed: &str) -> Reply {
        match self.session.access.unlock(typed, self.session.now) {
            Ok(reply) => {
                self.screen.popup = None;
                reply
            }
            Err(complaint) => self.screen.complain(complaint).into(),
        }
    }

    /// Asks for another profile's database.
    pub(super) fn switch_profile(&mut self, name: String) -> Reply {
        let unanswered = self.writes.unanswered();
        let session = &self.session;
        let may = (session.switch).check_profile(&name, &session.profiles, unanswered);
        self.switch_to(SwitchTo::Profile(name), may)
    }

    /// Asks for another system in the same database; without a name, lets one be chosen.
    pub(super) fn switch_source(&mut self, name: String) -> Reply {
        let source = &self.session.source;
        if name.is_empty() && source.siblings.len() > 1 {
            self.screen.popup = Some(Popup::Menu(Menu::of_sources(source)));
            return Reply::default();
        }
        let unanswered = self.writes.unanswered();
        let may = (self.session.switch).check_source(&name, source, unanswered);
        self.switch_to(SwitchTo::Source(name), may)
    }

    /// The other database was looked at.
    pub(super) fn on_switch_checked(
        &mut self,
        answer: Result<SwitchTo, String>,
    ) -> Option<Message> {
        let unanswered = self.writes.unanswered();
        self.session.switch.on_checked(answer, unanswered)
    }

    fn switch_to(&mut self, to: SwitchTo, may: Result<bool, String>) -> Reply {
        match may {
            Ok(true) => {
                self.screen.popup = None;
                self.session.switch.begin(to)
            }
            // It is on the screen already.
            Ok(false) => {
                self.screen.popup = None;
                Reply::default()
            }
            Err(complaint) => self.screen.complain(complaint).into(),
        }
    }
}
