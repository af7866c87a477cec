//! What was given up, and what is written instead.

/// Phrases and subcommands, in code and its comments, in documents and on screens.
pub(crate) const EVERYWHERE: &[(&str, &str)] = &[
    ("entry update", "entry close"),
    ("entry own", "entry claim"),
    ("task resume", "task requeue"),
    (":wake", ":unsnooze"),
    ("of late", "recently"),
    ("reckon anew", "recalculate"),
    ("reckoned", "calculated"),
    ("reckons", "calculates"),
    ("mend", "fix"),
    ("mended", "fixed"),
    ("change of many", "bulk run"),
    ("changes of many", "bulk runs"),
    ("cut short", "interrupted"),
    ("is no time", "invalid duration"),
    ("that is none", "invalid"),
    ("stands in the way", "is in the way"),
    ("sign of life", "heartbeat"),
    ("signs of life", "heartbeats"),
    ("turned out well", "passed"),
    ("not so any more", "changed"),
    ("is told once", "appears; is counted once"),
    ("that is dealt with", "done"),
    ("times are ages", "times: relative"),
    ("waiting for its turn", "queued"),
    ("further down too", "select all matching"),
    ("not all of it is understood", "part of it is invalid"),
    ("nothing is known of a fix", "no recent fix"),
    ("looks like one that passes", "looks transient"),
    ("nothing was done to", "skipped"),
    ("no command has these letters", "no matching command"),
    ("nobody wrote how", "no resolution notes"),
    ("y does it", "y: confirm"),
];

/// Words that have a use in the code, but not in documents.
pub(crate) const IN_DOCUMENTS: &[(&str, &str)] = &[
    ("dead letter", "entry; dead-letter queue"),
    ("dead letters", "entries"),
    ("beside", "next to, in addition to"),
    ("reckon", "calculate"),
    ("heed", "follow"),
];

/// Names of types and of variants: figures of speech, and words that stood for many things.
pub(super) const TYPES: &[(&str, &str)] = &[
    ("Ailment", "FailureKind"),
    ("Asked", "Args, after the command"),
    ("Beside", "Companion"),
    ("Brakes", "StopSignals"),
    ("Chord", "KeyCombo"),
    ("Colleague", "SecondOperator"),
    ("Crew", "WorkerSummary"),
    ("Deed", "DlqEvent"),
    ("Desk", "EventLoop, or what it is"),
    ("Doing", "QueryContext"),
    ("Effort", "PollCost"),
    ("Gathered", "Collected"),
    ("Gathering", "SelectAll"),
    ("Heard", "PollResult"),
    ("Letter", "Entry"),
    ("Looks", "ViewOptions"),
    ("Meant", "the thing that was resolved"),
    ("Meets", "CheckContext"),
    ("Mishap", "StepOutcome"),
    ("Patient", "CheckTarget"),
    ("Scene", "DashboardSetup"),
    ("Shelf", "SourceCatalog"),
    ("Spot", "Field"),
    ("Told", "Message, or what it is"),
    ("Turned", "SwitchChecked"),
    ("Turning", "ProfileSwitch"),
    ("Wires", "what they connect, as PollerChannels"),
    ("Wiring", "what they connect, as PollerChannels"),
    ("Wish", "RequestedChange"),
    ("Woken", "LoopEvent"),
];

/// Names of functions, methods and modules.
pub(super) const FUNCTIONS: &[(&str, &str)] = &[
    ("beside", "companion, side_by_side, or what it is"),
    ("crew", "worker_summary"),
    ("cut_short", "interrupted"),
    ("doubt", "tls_warning"),
    ("gathered", "on_rows"),
    ("gathering", "select_all"),
    ("goes_on", "has_more"),
    ("hear", "on_, and what comes"),
    ("heard", "on_, and what came"),
    ("hearing", "apply_poll"),
    ("heed", "note_missing"),
    ("let_go", "no_longer_listed"),
    ("meet", "connect"),
    ("mends", "is_repair"),
    ("onward", "advance"),
    ("patient", "with_timeout"),
    ("reaching", "paging"),
    ("spoken", "shell_command"),
    ("tell", "notify, now, localize: what it does"),
    ("told", "on_message, lines, text: what it gives"),
    ("turned", "on_switch_checked"),
    ("turning", "profile_switch"),
    ("unsettle", "reset_repeat"),
    ("wish", "rows_wanted_by"),
];

/// The lines on which `phrase` stands as whole words, large or small. It may run on over the end of a line,
/// also of a comment or of a literal.
pub(crate) fn places_of(text: &str, phrase: &str) -> Vec<usize> {
    let (flowing, lines) = flowing(text);
    let is_letter = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let is_whole = |at: &usize| {
        let before = flowing[..*at].chars().next_back();
        let after = flowing[at + phrase.len()..].chars().next();
        !is_letter(after) && (phrase.starts_with(':') || !is_letter(before))
    };
    let found = flowing.match_indices(phrase).map(|(at, _)| at);
    found.filter(is_whole).map(|at| lines[at]).collect()
}

/// The text on one line, in small letters, and of each of its bytes the number of its line.
fn flowing(text: &str) -> (String, Vec<usize>) {
    const LEADS: [&str; 4] = ["///", "//!", "//", "> "];
    let mut all = (String::with_capacity(text.len()), Vec::new());
    for (line, number) in text.lines().zip(1..) {
        let line = line.trim();
        let lead = LEADS.into_iter().find(|lead| line.starts_with(lead));
        let line = line
            .trim_start_matches(lead.unwrap_or_default())
            .trim_start();
        let line = line.trim_end_matches('\\').trim_end();
        all.0.push_str(&line.to_ascii_lowercase());
        all.0.push(' ');
        all.1.resize(all.0.len(), number);
    }
    all
}

#[test]
fn a_phrase_is_found_as_a_whole() {
    assert_eq!(places_of("one\nto mend it\nrecommended", "mend"), [2]);
    assert_eq!(places_of("type :wake now", ":wake"), [1]);
    assert_eq!(places_of("Cut short\nit was cut_short", "cut short"), [1]);
    let comment = "    /// a run that was cut\n    /// short, or a\n    //! change of\n//! many";
    assert_eq!(places_of(comment, "cut short"), [1]);
    assert_eq!(places_of(comment, "change of many"), [3]);
    assert_eq!(
        places_of("\"which were cut \\\n   short\"", "cut short"),
        [1]
    );
}
