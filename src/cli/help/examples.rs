//! Two examples for each command, and what it does and how it ends where that is not plain.

const ID: &str = "01939b2c-7c4e-7d3a-9f10-2b1a6c0e5d4f";

/// A command, its examples, and what else its help says.
struct Help {
    path: &'static str,
    examples: [&'static str; 2],
    more: &'static str,
}

const fn help(path: &'static str, examples: [&'static str; 2], more: &'static str) -> Help {
    Help {
        path,
        examples,
        more,
    }
}

/// What the help of this command ends with: `step retry`, or nothing for the program itself.
pub(super) fn of(path: &str) -> Option<String> {
    let help = (SCREENS.iter().chain(CHANGES).chain(SET_UP)).find(|help| help.path == path)?;
    let mut text = String::from("Examples:\n");
    for line in help.examples {
        text.push_str("  ");
        text.push_str(&line.replace("ID", ID));
        text.push('\n');
    }
    if !help.more.is_empty() {
        text.push('\n');
        text.push_str(help.more);
    }
    Some(text.trim_end().to_owned())
}

const CHANGE: &str = "Exit codes: 0 everything was done, 1 at least one change was not, 2 usage, 3 the database could not be asked.";

/// Screens and lists.
const SCREENS: &[Help] = &[
    help(
        "",
        [
            "dlqtop --database-url postgres://ana@db.example/prod",
            "dlqtop --profile prod-eu",
        ],
        "",
    ),
    help(
        "demo",
        ["dlqtop demo --seed 7", "dlqtop demo --headless 20 --json"],
        "Starts a PostgreSQL server of its own, downloaded on first use if none is installed, and removes it \
             on exit. No other database is touched.\nExit codes: 0 ended normally, 2 usage, 3 no server could be started, 130 interrupted.",
    ),
    help(
        "watch",
        [
            "dlqtop watch",
            "dlqtop watch --profile prod-eu --theme high-contrast",
        ],
        "Changes nothing and runs no detector.\nExit codes: 0 closed, 2 usage, 3 the database could not be asked.",
    ),
    help(
        "detect",
        [
            "dlqtop detect --arm --reason 'thresholds agreed with payments'",
            "dlqtop detect --once --dry-run --verbose",
        ],
        "Moves stale tasks to the dead-letter queue as their templates say, once somebody has armed the detector on \
             that database. Several detectors may run at once; one sweeps at a time.\nExit codes: 0 ended normally, \
             1 with --once: a task could not be processed or the breaker holds the sweep, 1 with --arm or --confirm: \
             more are due than the count, 2 usage, 3 the database could not be asked.",
    ),
    help(
        "undo",
        [
            "dlqtop undo --sweep 812 --dry-run",
            "dlqtop undo --sweep 812 --reason 'the clock of db2 was wrong' --yes",
        ],
        "Puts back to work what the sweep failed and nobody has touched since, closes those entries as cancelled and \
             disarms the detector.\nExit codes: 0 undone, 1 another session held some of the tasks, or you said no, \
             2 usage, 3 the database could not be asked.",
    ),
    help(
        "staleness",
        [
            "dlqtop staleness",
            "dlqtop staleness --filter 'ns:payments age>2h' --json",
        ],
        "",
    ),
    help(
        "queue",
        [
            "dlqtop queue --group",
            "dlqtop queue --filter reason:max_retries --limit 20",
        ],
        "",
    ),
    help(
        "entries",
        ["dlqtop entries", "dlqtop entries --limit 20 --json"],
        "",
    ),
    help(
        "log",
        ["dlqtop log --since 8h", "dlqtop log --by ana --json"],
        "",
    ),
    help(
        "receipt",
        [
            "dlqtop receipt 01979f3e-8d2c-7c4e-9a43-6f0d0b0c1f11",
            "dlqtop receipt 01979f3e-8d2c-7c4e-9a43-6f0d0b0c1f11 --wait --json",
        ],
        "",
    ),
    help(
        "handover",
        ["dlqtop handover", "dlqtop handover --since 12h --json"],
        "",
    ),
    help(
        "workers",
        ["dlqtop workers", "dlqtop workers --limit 20 --json"],
        "",
    ),
    help("stats", ["dlqtop stats", "dlqtop stats --json"], ""),
    help("show", ["dlqtop show ID", "dlqtop show ID --json"], ""),
    help("steps", ["dlqtop steps ID", "dlqtop steps ID --json"], ""),
];

/// Steps, tasks and entries.
const CHANGES: &[Help] = &[
    help(
        "step retry",
        [
            "dlqtop step retry ID --reason 'the bank is back'",
            "dlqtop step retry --filter 'error:timeout' --canary --rate 5/s --reason 'network fixed' --yes",
        ],
        CHANGE,
    ),
    help(
        "step resolve",
        [
            "dlqtop step resolve ID --reason 'done by hand'",
            "dlqtop step resolve ID --reason 'done by hand' --dry-run",
        ],
        CHANGE,
    ),
    help(
        "step complete",
        [
            "dlqtop step complete ID --result '{\"paid\": true}' --reason 'paid by hand'",
            "dlqtop step complete ID --result @result.json --reason 'paid by hand' --yes",
        ],
        CHANGE,
    ),
    help(
        "step cancel",
        [
            "dlqtop step cancel ID --reason 'no longer wanted'",
            "dlqtop step cancel ID --dry-run",
        ],
        CHANGE,
    ),
    help(
        "step limits",
        [
            "dlqtop step limits ID --max-attempts 5 --reason 'slow partner'",
            "dlqtop step limits ID --timeout-seconds 600 --reason 'large file'",
        ],
        CHANGE,
    ),
    help(
        "task requeue",
        [
            "dlqtop task requeue ID --reason 'fixed'",
            "dlqtop task requeue --ids-from tasks.txt --reason 'fixed' --yes",
        ],
        CHANGE,
    ),
    help(
        "task cancel",
        [
            "dlqtop task cancel ID --reason 'ordered twice'",
            "dlqtop task cancel ID --dry-run",
        ],
        CHANGE,
    ),
    help(
        "task dlq",
        [
            "dlqtop task dlq ID --reason 'looks wrong'",
            "dlqtop task dlq ID --reason 'looks wrong' --yes --json",
        ],
        CHANGE,
    ),
    help(
        "entry close",
        [
            "dlqtop entry close ID --status manually_resolved --reason 'refunded'",
            "dlqtop entry close --filter 'age>7d' --status permanently_failed --reason 'too old' --dry-run",
        ],
        CHANGE,
    ),
    help(
        "entry note",
        [
            "dlqtop entry note ID --reason 'asked the bank, ticket 4711'",
            "dlqtop entry note ID --reason 'see ticket 4711' --yes",
        ],
        CHANGE,
    ),
    help(
        "entry claim",
        [
            "dlqtop entry claim ID --reason 'on it'",
            "dlqtop entry claim ID --for 4h --take-over --reason 'bob is off shift'",
        ],
        CHANGE,
    ),
    help(
        "entry release",
        [
            "dlqtop entry release ID --reason 'end of shift'",
            "dlqtop entry release ID --reason 'end of shift' --yes",
        ],
        CHANGE,
    ),
    help(
        "entry snooze",
        [
            "dlqtop entry snooze ID --for 2h --reason 'the bank works on it'",
            "dlqtop entry snooze ID --until 2026-11-21T09:00:00Z --reason 'until Monday'",
        ],
        CHANGE,
    ),
    help(
        "entry unsnooze",
        [
            "dlqtop entry unsnooze ID --reason 'the bank is back'",
            "dlqtop entry unsnooze ID --reason 'the bank is back' --yes",
        ],
        CHANGE,
    ),
    help(
        "entry reopen",
        [
            "dlqtop entry reopen ID --reason 'it came back'",
            "dlqtop entry reopen ID --reason 'it came back' --yes",
        ],
        CHANGE,
    ),
    help(
        "resume",
        ["dlqtop resume", "dlqtop resume ID --yes"],
        CHANGE,
    ),
];

/// Installation, configuration and upkeep.
const SET_UP: &[Help] = &[
    help(
        "archive",
        ["dlqtop archive --dry-run", "dlqtop archive --stats --json"],
        "",
    ),
    help(
        "template list",
        ["dlqtop template list", "dlqtop template list --json"],
        "",
    ),
    help(
        "template show",
        [
            "dlqtop template show payments/charge_order > charge_order.yaml",
            "dlqtop template show payments/charge_order@2.3.0",
        ],
        "",
    ),
    help(
        "template apply",
        [
            "dlqtop template apply --dry-run charge_order.yaml",
            "dlqtop template apply charge_order.yaml --reason 'longer timeout'",
        ],
        "A file replaces the template of the same namespace, name and version.\nExit codes: 0 applied, 2 a file has faults and nothing was written, \
             3 the database could not be asked.",
    ),
    help(
        "migrate",
        ["dlqtop migrate --dry-run", "dlqtop migrate --yes"],
        "Creates and changes tables, views and functions of the schema that the connection uses. There is no way back but a backup. \
             It asks first if the database has no such schema yet.\nExit codes: 0 up to date, 1 the answer was no, 2 usage, 3 the database could \
             not be asked, or is newer than this program.",
    ),
    help(
        "install",
        [
            "dlqtop install --dry-run",
            "dlqtop install --grant oncall --yes",
        ],
        "Creates a schema named dlqtop next to a third-party system, whose own tables are not changed.\n\
             Exit codes: 0 done, 1 the answer was no, 2 usage, 3 the database could not be asked.",
    ),
    help(
        "uninstall",
        ["dlqtop uninstall --dry-run", "dlqtop uninstall --yes"],
        "Drops the schema dlqtop with all notes, claims, snoozes, log lines and samples in it.\n\
             Exit codes: 0 done, 1 the answer was no, 2 usage, 3 the database could not be asked.",
    ),
    help(
        "doctor",
        ["dlqtop doctor", "dlqtop doctor --json"],
        "Changes nothing without --repair.\nExit codes: 0 nothing is wrong, 1 something is wrong, 2 usage, 3 the database could not be asked.",
    ),
    help(
        "fingerprint",
        [
            "dlqtop fingerprint --explain traceback.txt",
            "dlqtop fingerprint --json-lines --template payments/charge_order < errors.jsonl",
        ],
        "Applies the rules of [[fingerprint.rules]] in config.toml. The text read is one error; with --json-lines, each line is one, \
             and the answer to a line is written before the next is waited for.\nExit codes: 0 done, 2 usage, or a line that is no JSON string.",
    ),
    help(
        "check",
        [
            "dlqtop check --fail-if 'pending>50'",
            "dlqtop check --fail-if 'oldest>=4h' --fail-if 'detector_age>10m' --json",
        ],
        "Exit codes: 0 no condition holds, 1 at least one does, 2 usage, 3 the database could not be asked.",
    ),
    help(
        "source list",
        ["dlqtop source list", "dlqtop source list --json"],
        "",
    ),
    help(
        "source check",
        [
            "dlqtop source check celery",
            "dlqtop source check ./my-source",
        ],
        "Exit codes: 0 the source keeps its contract, 1 it does not, 2 usage, 3 the database could not be asked.",
    ),
    help(
        "completions",
        [
            "dlqtop completions bash > ~/.local/share/bash-completion/completions/dlqtop",
            "dlqtop completions zsh > ~/.zfunc/_dlqtop",
        ],
        "",
    ),
    help(
        "man",
        [
            "dlqtop man step retry",
            "dlqtop man --out ~/.local/share/man/man1",
        ],
        "",
    ),
    help("info", ["dlqtop info", "dlqtop info --json"], ""),
    help(
        "config show",
        ["dlqtop config show", "dlqtop config show --json"],
        "",
    ),
    help(
        "config apply",
        [
            "dlqtop config apply --dry-run",
            "dlqtop config apply --yes --reason 'the gateway is slow'",
        ],
        "",
    ),
    help(
        "config init",
        ["dlqtop config init", "dlqtop config init --stdout"],
        "",
    ),
];
