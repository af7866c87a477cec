//! What arrives by itself: the passing of time, polls, answers.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::App;
use crate::app::cursor::Cause;
use crate::app::message::{Message, Reply};
use crate::app::screen::popup::Popup;
use crate::app::writes::confirm::target_drift::TargetDrift;
use crate::data::messages::command::Answer;
use crate::data::model::{PollResult, Snapshot};

impl App {
    /// A second passed.
    pub(super) fn tick(&mut self, now: DateTime<Utc>) -> Reply {
        if self.session.tick(now) {
            // What came before the first tick could not be dated.
            self.polled.polled_at = self.polled.polled_at.map(|_| now);
            if let Some(news) = &mut self.screen.notification {
                news.at = now;
            }
        }
        self.screen.expire_notification(now);
        self.offer_passed();
        let unanswered = self.writes.unanswered();
        let mut reply = self.session.access.expire(now, unanswered);
        if reply.command.is_none() {
            reply.command = self.writes.pending_command.take();
        }
        if reply.message.is_none() {
            reply.message = self.writes.retries.expire(now);
        }
        reply
    }

    /// A poll ended, well or badly.
    pub(super) fn on_poll(&mut self, result: PollResult) -> Option<Message> {
        if let PollResult::Snapshot(snapshot) = &result {
            self.writes.retries.on_poll();
            // Also while the screen is frozen: that must not make an alert begin anew.
            self.polled.source_alerts.take(snapshot);
        }
        match result {
            PollResult::Snapshot(snapshot) if self.polled.frozen.is_some() => {
                self.buffer_while_frozen(snapshot);
                None
            }
            PollResult::Snapshot(snapshot) => self.apply_snapshot(&snapshot),
            PollResult::Unreachable { error, retry_in } => {
                let now = self.session.now;
                self.polled.mark_unreachable(&error, retry_in, now);
                None
            }
        }
    }

    /// While the screen is frozen, only a task that was opened since is let in.
    fn buffer_while_frozen(&mut self, snapshot: Arc<Snapshot>) {
        let is_new = self.detail.as_ref().is_some_and(|it| it.answer.is_none());
        if is_new {
            self.show_detail(&snapshot);
        }
        if let Some(frozen) = &mut self.polled.frozen {
            frozen.newest = Some(snapshot);
        }
    }

    fn show_detail(&mut self, snapshot: &Snapshot) {
        if let (Some(detail), Some((task, part))) = (&mut self.detail, &snapshot.detail)
            && detail.task == *task
        {
            detail.take(part, self.session.now);
        }
    }

    /// Shows what a poll brought.
    pub(super) fn apply_snapshot(&mut self, snapshot: &Snapshot) -> Option<Message> {
        let now = self.session.now;
        let before = self.lists.under_cursor(&self.polled);
        let rules = self.polled.rules_version.take();
        let regrouped = rules.is_some_and(|version| version != snapshot.rules_version);
        self.polled.take(snapshot, now);
        if regrouped {
            self.lists.forget_groups();
        }
        self.show_detail(snapshot);
        self.lists.refresh(&self.polled, now);
        self.lists.note_lost(before);
        if let Some(log) = &mut self.screen.operator_log {
            log.refresh(self.polled.log_rows(), Cause::Poll(now));
        }
        let message = self.lists.follow_end(&self.polled);
        let parts = self.parts();
        if let Some(Popup::Confirm(confirm)) = &mut parts.screen.popup {
            // What it acts on is fixed: it only says what has changed since.
            confirm.drift = TargetDrift::of(&confirm.plan, &parts.seen);
        } else {
            self.lists.prune_marks(&self.polled);
        }
        let changed =
            "the rules for which errors belong together have changed: groups are made anew";
        message.or_else(|| regrouped.then(|| Message::info(changed)))
    }

    /// A question was answered.
    pub(super) fn on_answer(&mut self, answer: Answer) -> Option<Message> {
        match answer {
            Answer::Collected(ticket, rows) => {
                let rows = rows.map_err(|error| error.one_line());
                let database_now = self.polled.database_now(self.session.now);
                self.lists.on_collected(ticket, rows, database_now)
            }
            Answer::Fixes(template, rows) => {
                let rules = self.session.source.rules.current();
                let history = &mut self.lists.fix_history;
                history.on_answer(template, rows.ok(), &rules, self.session.now);
                None
            }
            Answer::Retried(batch, found) => self.writes.retries.on_answer(batch, found.ok()),
            Answer::LookedUp(asked, found) => {
                let lost = &mut self.lists.lost;
                lost.on_answer(&asked, found.ok(), self.session.now);
                None
            }
            Answer::NewestActs(acts) => {
                if let Some(log) = &mut self.screen.operator_log {
                    log.on_answer(acts.ok(), self.polled.log_rows());
                }
                None
            }
            answer => {
                self.screen.tell_detector_dialog(answer);
                None
            }
        }
    }
}
