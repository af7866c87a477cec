//! A sentence of the program's own in the words of the system it is about, and why something is not
//! there.

use super::manifest::Words;
use super::{Change, EntryVerb, Source, StepVerb, TaskVerb, file_of};
use crate::data::messages::change::Resolution;

/// What `dlqtop install` would keep beside a system that does not keep it itself.
const BESIDE: &str = "; `dlqtop install` keeps them beside it";

impl Words {
    /// What an open entry is called by those who look into it: natively an investigation.
    #[must_use]
    pub fn case(&self) -> &str {
        match self.entry.as_str() {
            "entry" => "investigation",
            own => own,
        }
    }

    /// Several of them.
    #[must_use]
    pub fn cases(&self) -> &str {
        match self.entries.as_str() {
            "entries" => "investigations",
            own => own,
        }
    }

    /// What `R` does to a whole task, as a title begins.
    #[must_use]
    pub fn resuming(&self) -> String {
        match self.requeue.as_str() {
            "requeue" => "Put back to work".to_owned(),
            own => capital(own),
        }
    }

    /// What `U` does, as a title begins.
    #[must_use]
    pub fn closing(&self) -> String {
        capital(&self.close)
    }

    /// What stands in the queue, as the header's number is called.
    #[must_use]
    pub fn backlog(&self, long: bool) -> String {
        match (self.queue.as_str(), long) {
            ("Queue", true) => "DLQ pending".to_owned(),
            ("Queue", false) => "DLQ".to_owned(),
            (own, _) => own.to_uppercase(),
        }
    }

    /// `native`, a sentence that speaks of tasks, steps, investigations and namespaces, in this system's
    /// words. Only for what the program says itself: what is read from a database is nobody's to reword.
    #[must_use]
    pub fn tell(&self, native: &str) -> String {
        let mut told = String::with_capacity(native.len());
        let mut rest = native;
        while !rest.is_empty() {
            let is_letter = |c: char| c.is_alphabetic();
            let word = rest.find(|c| !is_letter(c)).unwrap_or(rest.len());
            let (word, after) = rest.split_at(word);
            match self.instead_of(word) {
                Some(own) => put(&mut told, word, own),
                None => told.push_str(word),
            }
            let gap = after.find(is_letter).unwrap_or(after.len());
            let (gap, after) = after.split_at(gap);
            told.push_str(gap);
            rest = after;
        }
        told
    }

    fn instead_of(&self, word: &str) -> Option<&str> {
        let own = match word.to_lowercase().as_str() {
            "task" => &self.task,
            "tasks" => &self.tasks,
            "step" => &self.step,
            "steps" => &self.steps,
            "namespace" => &self.namespace,
            "namespaces" => &self.namespaces,
            "entry" => &self.entry,
            "entries" => &self.entries,
            "investigation" => self.case(),
            "investigations" => self.cases(),
            _ => return None,
        };
        (!own.eq_ignore_ascii_case(word)).then_some(own)
    }

    /// `job`, or `jobs`: the word for so many of what the program calls `native`.
    #[must_use]
    pub fn noun(&self, n: usize, native: &str) -> &str {
        let (one, several) = match native {
            "task" => (self.task.as_str(), self.tasks.as_str()),
            "step" => (&*self.step, &*self.steps),
            "namespace" => (&*self.namespace, &*self.namespaces),
            "entry" => (&*self.entry, &*self.entries),
            _ => (self.case(), self.cases()),
        };
        if n == 1 { one } else { several }
    }
}

/// Puts `own` in the place of `native`, with the letters as large, after an article that suits it.
fn put(told: &mut String, native: &str, own: &str) {
    let before = told.strip_suffix(' ').unwrap_or_default();
    let article = before.rsplit(|c: char| !c.is_alphabetic()).next();
    let wants_n = own.starts_with(['a', 'e', 'i', 'o', 'u']);
    match article {
        Some("a") if wants_n => told.insert(told.len() - 1, 'n'),
        Some("an") if !wants_n => drop(told.remove(told.len() - 2)),
        _ => {}
    }
    let mut letters = native.chars();
    let first = letters.next().is_some_and(char::is_uppercase);
    if first && letters.next().is_some_and(char::is_uppercase) {
        told.push_str(&own.to_uppercase());
    } else if first {
        told.push_str(&capital(own));
    } else {
        told.push_str(own);
    }
}

/// The text with a large letter in front.
#[must_use]
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

impl Source {
    /// Why nothing tells what was closed.
    #[must_use]
    pub fn why_no_trace(&self) -> String {
        if self.has("samples") {
            "too few samples of late: a dashboard that may write keeps them".to_owned()
        } else {
            self.why_not("samples")
        }
    }

    /// What it lacks that has no file of this name, in its own words.
    pub(super) fn lacks(&self, file: &str) -> String {
        let words = &self.manifest.words;
        let title = &self.manifest.title;
        if is_of_steps(file) && !self.has("steps") {
            let steps = &words.steps;
            return match file {
                "reset_for_retry" => format!("{title} has no {steps} to {}", words.retry),
                _ => format!("{title} has no {steps}"),
            };
        }
        let (what, beside) = lack(file);
        let what = match file {
            "resume_task" if words.requeue == "requeue" => {
                "cannot put a task back to work".to_owned()
            }
            "resume_task" => format!("cannot {} a task from here", words.requeue),
            "reset_for_retry" => format!("cannot {} a step from here", words.retry),
            _ => what.to_owned(),
        };
        // What it does in part itself is not kept beside it as well.
        let beside = if beside && self.companion_can_provide(file) {
            BESIDE
        } else {
            ""
        };
        format!("{title} {}{beside}", words.tell(&what))
    }

    /// Whether what is done here stands in a log that others read: the system's own, or one that is kept
    /// beside it.
    #[must_use]
    pub fn is_logged(&self) -> bool {
        let own = self.text("log").is_some();
        own || (self.companion_can_provide("log") && self.companion.may_write())
    }

    /// What this system calls such a resolution.
    #[must_use]
    pub fn resolution(&self, resolution: Resolution) -> &str {
        let own = self.manifest.resolutions.get(resolution.as_str());
        own.map_or(resolution.as_str(), String::as_str)
    }

    /// The resolutions there are, in the order the screen offers them.
    #[must_use]
    pub fn resolutions(&self) -> Vec<Resolution> {
        let all = Resolution::ALL.into_iter();
        all.filter(|one| self.resolves(*one)).collect()
    }

    /// What this system calls them.
    #[must_use]
    pub fn resolution_words(&self) -> Vec<&str> {
        let all = self.resolutions().into_iter();
        all.map(|one| self.resolution(one)).collect()
    }

    /// The resolution that somebody means by this word: one of the system's own, else a native one.
    #[must_use]
    pub fn resolution_called(&self, word: &str) -> Option<Resolution> {
        let all = self.resolutions();
        let own = all.iter().find(|one| self.resolution(**one) == word);
        own.or_else(|| all.iter().find(|one| one.as_str() == word))
            .copied()
    }

    /// Whether this state is what such a change leaves behind, as far as that can be known.
    #[must_use]
    pub(in crate::data) fn is_left_by(&self, change: &Change, state: &str) -> bool {
        let said = self.manifest.actions.get(file_of(change));
        if let Some(to) = said.and_then(|action| action.to.as_ref()) {
            return to == state;
        }
        match change {
            Change::Steps(verb, _) => match verb {
                StepVerb::ResetForRetry => state == "pending",
                StepVerb::ResolveManually => state == "resolved_manually",
                StepVerb::CompleteManually(_) => state == "complete",
                StepVerb::Cancel => state == "cancelled",
                StepVerb::SetLimits(_) => false,
            },
            Change::Tasks(TaskVerb::Cancel, _) => state == "cancelled",
            Change::Entries(EntryVerb::Close(resolution), _) => {
                state == resolution.as_str() || state == self.resolution(*resolution)
            }
            _ => false,
        }
    }
}

fn is_of_steps(file: &str) -> bool {
    matches!(
        file,
        "steps"
            | "reset_for_retry"
            | "resolve_manually"
            | "complete_manually"
            | "cancel_step"
            | "set_step_limits"
            | "canary_step"
            | "named_steps"
    )
}

/// What is missing without this file, and whether it is something that could be kept beside.
fn lack(file: &str) -> (&'static str, bool) {
    match file {
        "staleness" | "staleness_total" => ("has nothing that could be stale", false),
        "queue" | "queue_total" => ("has no queue of what has failed", false),
        "counts" => ("does not count what is stuck", false),
        "task" | "find_task" | "named" => ("does not show a task by itself", false),
        "steps" => ("does not show the steps of a task", false),
        "snapshot" => ("keeps no snapshot of a task", false),
        "history" => ("keeps no history of a task", false),
        "entries" | "entries_page" | "closed_page" => ("keeps no list of investigations", false),
        "fixes" => ("does not tell how something was fixed before", false),
        "workers" => ("does not tell who works", false),
        "queues" => ("does not tell what waits where", false),
        "notes" | "add_note" => ("keeps no notes", true),
        "own_entry" | "release_entry" => ("keeps no claims", true),
        "snooze_entry" | "unsnooze_entry" => ("knows no snoozes", true),
        "log" | "log_page" | "log_failure" => ("keeps no log of what operators do", true),
        "samples" => ("keeps no traces of what was closed", true),
        "resolve_manually" => ("lets nobody resolve a step by hand", false),
        "complete_manually" => ("takes no result of a step by hand", false),
        "cancel_step" => ("lets nobody cancel a step from here", false),
        "cancel_task" => ("lets nobody cancel a task from here", false),
        "set_step_limits" => ("lets nobody change the limits of a step", false),
        "send_to_dlq" => ("lets nobody open an investigation by hand", false),
        "close_entry" => ("lets nobody close an investigation from here", false),
        "reopen_entry" => ("lets nobody open an investigation again", false),
        "canary_task" => ("does not tell how a task that was retried turns out", false),
        "canary_step" => ("does not tell how a step that was retried turns out", false),
        "failed_again" => ("does not tell what failed again", false),
        "stats_sweeps" => ("has no sweeps that dlqtop knows", false),
        "stats_templates" => ("has no templates that dlqtop knows", false),
        "stats_archive" => ("has no archive that dlqtop knows", false),
        _ if file.starts_with("handover_") => ("keeps too little for a handover", false),
        _ if file.starts_with("stats_") => ("keeps no such statistics", false),
        _ => ("has no such thing", false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(task: &str, entry: &str) -> Words {
        Words {
            task: task.to_owned(),
            tasks: format!("{task}s"),
            entry: entry.to_owned(),
            entries: format!("{entry}s"),
            ..Words::default()
        }
    }

    #[test]
    fn the_native_words_change_nothing() {
        for text in [
            "send the task to the DLQ",
            "WORST NAMESPACES",
            "an investigation · a step, the entry's owner",
            "",
        ] {
            assert_eq!(Words::default().tell(text), text);
        }
    }

    #[test]
    fn other_words_take_the_place_of_whole_words_as_large_and_with_their_article() {
        let celery = words("job", "failed job");
        for (native, own) in [
            ("the task's id", "the job's id"),
            ("Tasks, TASKS, tasking", "Jobs, JOBS, tasking"),
            ("open an investigation", "open a failed job"),
            ("an entry", "a failed job"),
            ("Banana investigation", "Banana failed job"),
        ] {
            assert_eq!(celery.tell(native), own);
        }
        assert_eq!(
            words("order", "x").tell("a task, a task"),
            "an order, an order"
        );
        assert_eq!(celery.noun(1, "investigation"), "failed job");
        assert_eq!(celery.noun(2, "task"), "jobs");
    }
}
