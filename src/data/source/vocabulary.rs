//! The program's sentences with the nouns of the system they are about, and why something is missing.

use super::manifest::Words;
use super::{Change, EntryVerb, Source, StepVerb, TaskVerb, file_of};
use crate::data::messages::change::Resolution;

/// What `dlqtop install` would add to a system that does not keep it itself.
const ADDED_BY_INSTALL: &str = "; `dlqtop install` adds them";

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
        capital(&self.requeue)
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

    /// `sentence` with this system's nouns in the place of its placeholders.
    ///
    /// A placeholder is a native noun in braces: `{task}`, `{tasks}`, `{step}`, `{namespace}`, `{entry}`,
    /// `{investigation}` and their plurals. `{Task}` begins a sentence, `{TASKS}` a heading in capitals, and
    /// `{a task}` comes with the article that suits the noun. `{entry}` is a row of the queue;
    /// `{investigation}` is the same row for whoever works on it: only the native source has two words.
    ///
    /// Only the program's own sentences can be filled, as they are known when it is compiled: text from a
    /// database is never reworded.
    #[must_use]
    pub fn fill(&self, sentence: &'static str) -> String {
        let mut filled = String::with_capacity(sentence.len());
        let mut rest = sentence;
        while let Some((before, after)) = rest.split_once('{') {
            let (placeholder, after) = after.split_once('}').unwrap_or((after, ""));
            let own = self.own_noun(placeholder);
            debug_assert!(own.is_some(), "{{{placeholder}}} is not a placeholder");
            filled.push_str(before);
            filled.push_str(&own.unwrap_or_default());
            rest = after;
        }
        filled.push_str(rest);
        filled
    }

    /// What stands in the place of `{placeholder}`, if there is such a placeholder.
    fn own_noun(&self, placeholder: &str) -> Option<String> {
        let (article, native) = match placeholder.split_once(' ') {
            Some((article, native)) => (Some(article), native),
            None => (None, placeholder),
        };
        let (noun, number) = Noun::named(&native.to_lowercase())?;
        let own = self.noun(number, noun);
        let upper = native.chars().take_while(|c| c.is_uppercase()).count();
        let own = match upper {
            0 => own.to_owned(),
            1 => capital(own),
            _ => own.to_uppercase(),
        };
        let Some(article) = article else {
            return Some(own);
        };
        let n = if own.starts_with(VOWELS) { "n" } else { "" };
        match article {
            "a" | "an" => Some(format!("a{n} {own}")),
            "A" | "An" => Some(format!("A{n} {own}")),
            _ => None,
        }
    }

    /// `job`, or `jobs`: the word for so many of them.
    #[must_use]
    pub fn noun(&self, n: usize, noun: Noun) -> &str {
        let (one, several) = match noun {
            Noun::Task => (self.task.as_str(), self.tasks.as_str()),
            Noun::Step => (&*self.step, &*self.steps),
            Noun::Namespace => (&*self.namespace, &*self.namespaces),
            Noun::Entry => (&*self.entry, &*self.entries),
            Noun::Investigation => (self.case(), self.cases()),
        };
        if n == 1 { one } else { several }
    }
}

const VOWELS: [char; 5] = ['a', 'e', 'i', 'o', 'u'];

/// What the program speaks of and each system has its own word for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Noun {
    /// One piece of work.
    Task,
    /// One part of a task.
    Step,
    /// What tasks are sorted by.
    Namespace,
    /// A row of the queue.
    Entry,
    /// A row of the queue, as whoever works on it calls it.
    Investigation,
}

impl Noun {
    /// The noun with this native name, and how many that name stands for: one or several.
    fn named(native: &str) -> Option<(Self, usize)> {
        Some(match native {
            "task" => (Self::Task, 1),
            "tasks" => (Self::Task, 2),
            "step" => (Self::Step, 1),
            "steps" => (Self::Step, 2),
            "namespace" => (Self::Namespace, 1),
            "namespaces" => (Self::Namespace, 2),
            "entry" => (Self::Entry, 1),
            "entries" => (Self::Entry, 2),
            "investigation" => (Self::Investigation, 1),
            "investigations" => (Self::Investigation, 2),
            _ => return None,
        })
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
    /// Why it is not known what was closed.
    #[must_use]
    pub fn why_no_trace(&self) -> String {
        if self.has("samples") {
            "too few recent samples: a dashboard that may write records them".to_owned()
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
        let (what, can_be_added) = lack(file);
        let what = match file {
            "resume_task" => format!(
                "cannot {} {} from here",
                words.requeue,
                words.fill("{a task}")
            ),
            "reset_for_retry" => format!(
                "cannot {} {} from here",
                words.retry,
                words.fill("{a step}")
            ),
            _ => words.fill(what),
        };
        // What it records in part itself is not added by an installation as well.
        let hint = if can_be_added && self.companion_can_provide(file) {
            ADDED_BY_INSTALL
        } else {
            ""
        };
        format!("{title} {what}{hint}")
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
            | "retried_steps"
            | "named_steps"
    )
}

/// What is missing without this file, and whether an installation could add it.
fn lack(file: &str) -> (&'static str, bool) {
    match file {
        "staleness" | "staleness_total" => ("has nothing that can become stale", false),
        "queue" | "queue_total" => ("has no queue of failed work", false),
        "counts" => ("does not count what is stuck", false),
        "task" | "find_task" | "named" => ("does not show a single {task}", false),
        "steps" => ("does not show the {steps} of {a task}", false),
        "snapshot" => ("keeps no snapshot of {a task}", false),
        "history" => ("keeps no history of {a task}", false),
        "entries" | "entries_page" | "closed_page" => ("keeps no list of {investigations}", false),
        "fixes" => ("does not record how earlier failures were fixed", false),
        "workers" => ("does not list its workers", false),
        "queues" => ("does not list its queues", false),
        "notes" | "add_note" => ("keeps no notes", true),
        "own_entry" | "release_entry" => ("keeps no claims", true),
        "snooze_entry" | "unsnooze_entry" => ("keeps no snoozes", true),
        "log" | "log_page" | "log_batch" | "log_failure" => ("keeps no operator log", true),
        "samples" => ("keeps no record of what was closed", true),
        "resolve_manually" => ("cannot resolve {a step} by hand", false),
        "complete_manually" => ("cannot complete {a step} by hand", false),
        "cancel_step" => ("cannot cancel {a step} from here", false),
        "cancel_task" => ("cannot cancel {a task} from here", false),
        "set_step_limits" => ("cannot change the limits of {a step}", false),
        "send_to_dlq" => ("cannot open {an investigation} by hand", false),
        "close_entry" => ("cannot close {an investigation} from here", false),
        "reopen_entry" => ("cannot reopen {an investigation}", false),
        "retried_tasks" => ("does not report the outcome of a retried {task}", false),
        "retried_steps" => ("does not report the outcome of a retried {step}", false),
        "detector" => ("has no detector that dlqtop knows", false),
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
    fn the_native_words_are_the_names_of_the_placeholders() {
        for (sentence, filled) in [
            ("send the {task} to the DLQ", "send the task to the DLQ"),
            ("WORST {NAMESPACES}", "WORST NAMESPACES"),
            (
                "{An investigation} of {a step}",
                "An investigation of a step",
            ),
            ("the {entry}'s {steps}", "the entry's steps"),
            ("no noun", "no noun"),
            ("", ""),
        ] {
            assert_eq!(Words::default().fill(sentence), filled);
        }
    }

    #[test]
    fn other_words_have_the_letters_of_the_placeholder_and_an_article_that_suits_them() {
        let celery = words("job", "failed job");
        for (sentence, filled) in [
            (
                "the {task}'s id, a task of yours",
                "the job's id, a task of yours",
            ),
            ("{Tasks}, {TASKS}, tasking", "Jobs, JOBS, tasking"),
            ("open {an investigation}", "open a failed job"),
            ("{An entry} or {entries}", "A failed job or failed jobs"),
        ] {
            assert_eq!(celery.fill(sentence), filled);
        }
        let shop = words("order", "x");
        assert_eq!(shop.fill("{a task}, {A task}"), "an order, An order");
        assert_eq!(celery.noun(1, Noun::Investigation), "failed job");
        assert_eq!(celery.noun(2, Noun::Task), "jobs");
    }

    #[test]
    fn only_nouns_are_placeholders() {
        let native = Words::default();
        for unknown in ["job", "the task", "a", "", "Entry entry", "taskS "] {
            assert_eq!(native.own_noun(unknown), None, "{{{unknown}}}");
        }
    }

    /// Every name of the contract, and some that it has not: what is missing is said in other words too.
    #[test]
    fn what_is_missing_is_said_without_native_nouns() {
        let mut words = words("job", "failed job");
        words.step = "part".to_owned();
        words.steps = "parts".to_owned();
        for file in crate::data::source::contract::files().map(|file| file.name) {
            let said = words.fill(lack(file).0);
            let is_native = |word: &str| Noun::named(word).is_some();
            let native = said
                .split(|c: char| !c.is_alphabetic())
                .find(|word| is_native(word));
            assert_eq!(native, None, "{file}: {said}");
        }
    }
}
