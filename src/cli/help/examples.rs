//! Two examples for each command, and what it does and how it ends where that is not plain.

const ID: &str = "01939b2c-7c4e-7d3a-9f10-2b1a6c0e5d4f";

/// What the help of this command ends with: `step retry`, or nothing for the program itself.
pub(super) fn of(path: &str) -> Option<String> {
    let (lines, more) =
        (own(path).or_else(|| of_a_change(path))).or_else(|| of_the_set_up(path))?;
    let mut text = String::from("Examples:\n");
    for line in lines {
        text.push_str("  ");
        text.push_str(&line.replace("ID", ID));
        text.push('\n');
    }
    if !more.is_empty() {
        text.push('\n');
        text.push_str(more);
    }
    Some(text.trim_end().to_owned())
}

type Text = ([&'static str; 2], &'static str);

const READ: &str = "";
const CHANGE: &str = "Exit codes: 0 everything was done, 1 at least one change was not, 2 usage, 3 the database could not be asked.";

/// Screens and lists.
fn own(path: &str) -> Option<Text> {
    Some(match path {
        "" => (
            [
                "dlqtop --database-url postgres://ana@db.example/prod",
                "dlqtop --profile prod-eu",
            ],
            "",
        ),
        "demo" => (
            ["dlqtop demo --seed 7", "dlqtop demo --headless 20 --json"],
            "Starts a PostgreSQL server of its own, downloaded on first use if none is installed, and removes it \
             on exit. No other database is touched.\nExit codes: 0 ended normally, 2 usage, 3 no server could be started, 130 interrupted.",
        ),
        "watch" => (
            [
                "dlqtop watch",
                "dlqtop watch --profile prod-eu --theme high-contrast",
            ],
            "Changes nothing and runs no detector.\nExit codes: 0 closed, 2 usage, 3 the database could not be asked.",
        ),
        "detect" => (
            [
                "dlqtop detect --interval 5m",
                "dlqtop detect --once --dry-run --verbose",
            ],
            "Moves stale tasks to the dead-letter queue as their templates say. Several detectors may run at \
             once; one sweeps at a time.\nExit codes: 0 ended normally, 1 with --once: a task could not be processed, 2 usage, \
             3 the database could not be asked.",
        ),
        "staleness" => (
            [
                "dlqtop staleness",
                "dlqtop staleness --filter 'ns:payments age>2h' --json",
            ],
            READ,
        ),
        "queue" => (
            [
                "dlqtop queue --group",
                "dlqtop queue --filter reason:max_retries --limit 20",
            ],
            READ,
        ),
        "entries" => (["dlqtop entries", "dlqtop entries --limit 20 --json"], READ),
        "log" => (
            ["dlqtop log --since 8h", "dlqtop log --by ana --json"],
            READ,
        ),
        "handover" => (
            ["dlqtop handover", "dlqtop handover --since 12h --json"],
            READ,
        ),
        "workers" => (["dlqtop workers", "dlqtop workers --limit 20 --json"], READ),
        "stats" => (["dlqtop stats", "dlqtop stats --json"], READ),
        "show" => (["dlqtop show ID", "dlqtop show ID --json"], READ),
        "steps" => (["dlqtop steps ID", "dlqtop steps ID --json"], READ),
        _ => return None,
    })
}

/// Steps, tasks and entries.
fn of_a_change(path: &str) -> Option<Text> {
    Some((
        match path {
            "step retry" => [
                "dlqtop step retry ID --reason 'the bank is back'",
                "dlqtop step retry --filter 'error:timeout' --canary --rate 5/s --reason 'network fixed' --yes",
            ],
            "step resolve" => [
                "dlqtop step resolve ID --reason 'done by hand'",
                "dlqtop step resolve ID --reason 'done by hand' --dry-run",
            ],
            "step complete" => [
                "dlqtop step complete ID --result '{\"paid\": true}' --reason 'paid by hand'",
                "dlqtop step complete ID --result @result.json --reason 'paid by hand' --yes",
            ],
            "step cancel" => [
                "dlqtop step cancel ID --reason 'no longer wanted'",
                "dlqtop step cancel ID --dry-run",
            ],
            "step limits" => [
                "dlqtop step limits ID --max-attempts 5 --reason 'slow partner'",
                "dlqtop step limits ID --timeout-seconds 600 --reason 'large file'",
            ],
            "task requeue" => [
                "dlqtop task requeue ID --reason 'fixed'",
                "dlqtop task requeue --ids-from tasks.txt --reason 'fixed' --yes",
            ],
            "task cancel" => [
                "dlqtop task cancel ID --reason 'ordered twice'",
                "dlqtop task cancel ID --dry-run",
            ],
            "task dlq" => [
                "dlqtop task dlq ID --reason 'looks wrong'",
                "dlqtop task dlq ID --reason 'looks wrong' --yes --json",
            ],
            "entry close" => [
                "dlqtop entry close ID --status manually_resolved --reason 'refunded'",
                "dlqtop entry close --filter 'age>7d' --status permanently_failed --reason 'too old' --dry-run",
            ],
            "entry note" => [
                "dlqtop entry note ID --reason 'asked the bank, ticket 4711'",
                "dlqtop entry note ID --reason 'see ticket 4711' --yes",
            ],
            "entry claim" => [
                "dlqtop entry claim ID --reason 'on it'",
                "dlqtop entry claim ID --for 4h --take-over --reason 'bob is off shift'",
            ],
            "entry release" => [
                "dlqtop entry release ID --reason 'end of shift'",
                "dlqtop entry release ID --reason 'end of shift' --yes",
            ],
            "entry snooze" => [
                "dlqtop entry snooze ID --for 2h --reason 'the bank works on it'",
                "dlqtop entry snooze ID --until 2026-11-21T09:00:00Z --reason 'until Monday'",
            ],
            "entry unsnooze" => [
                "dlqtop entry unsnooze ID --reason 'the bank is back'",
                "dlqtop entry unsnooze ID --reason 'the bank is back' --yes",
            ],
            "entry reopen" => [
                "dlqtop entry reopen ID --reason 'it came back'",
                "dlqtop entry reopen ID --reason 'it came back' --yes",
            ],
            "resume" => ["dlqtop resume", "dlqtop resume ID --yes"],
            _ => return None,
        },
        CHANGE,
    ))
}

/// Installation, configuration and upkeep.
fn of_the_set_up(path: &str) -> Option<Text> {
    Some(match path {
        "archive" => (
            ["dlqtop archive --dry-run", "dlqtop archive --stats --json"],
            "",
        ),
        "template list" => (["dlqtop template list", "dlqtop template list --json"], ""),
        "template show" => (
            [
                "dlqtop template show payments/charge_order > charge_order.yaml",
                "dlqtop template show payments/charge_order@2.3.0",
            ],
            "",
        ),
        "template apply" => (
            [
                "dlqtop template apply --dry-run charge_order.yaml",
                "dlqtop template apply charge_order.yaml --reason 'longer timeout'",
            ],
            "A file replaces the template of the same namespace, name and version.\nExit codes: 0 applied, 2 a file has faults and nothing was written, \
             3 the database could not be asked.",
        ),
        "migrate" => (
            ["dlqtop migrate --dry-run", "dlqtop migrate --yes"],
            "Creates and changes tables, views and functions of the schema that the connection uses. There is no way back but a backup. \
             It asks first if the database has no such schema yet.\nExit codes: 0 up to date, 1 the answer was no, 2 usage, 3 the database could \
             not be asked, or is newer than this program.",
        ),
        "install" => (
            [
                "dlqtop install --dry-run",
                "dlqtop install --grant oncall --yes",
            ],
            "Creates a schema named dlqtop next to a third-party system, whose own tables are not changed.\n\
             Exit codes: 0 done, 1 the answer was no, 2 usage, 3 the database could not be asked.",
        ),
        "uninstall" => (
            ["dlqtop uninstall --dry-run", "dlqtop uninstall --yes"],
            "Drops the schema dlqtop with all notes, claims, snoozes, log lines and samples in it.\n\
             Exit codes: 0 done, 1 the answer was no, 2 usage, 3 the database could not be asked.",
        ),
        "doctor" => (
            ["dlqtop doctor", "dlqtop doctor --json"],
            "Changes nothing without --repair.\nExit codes: 0 nothing is wrong, 1 something is wrong, 2 usage, 3 the database could not be asked.",
        ),
        "check" => (
            [
                "dlqtop check --fail-if 'pending>50'",
                "dlqtop check --fail-if 'oldest>=4h' --fail-if 'detector_age>10m' --json",
            ],
            "Exit codes: 0 no condition holds, 1 at least one does, 2 usage, 3 the database could not be asked.",
        ),
        "source list" => (["dlqtop source list", "dlqtop source list --json"], ""),
        "source check" => (
            [
                "dlqtop source check celery",
                "dlqtop source check ./my-source",
            ],
            "Exit codes: 0 the source keeps its contract, 1 it does not, 2 usage, 3 the database could not be asked.",
        ),
        "completions" => (
            [
                "dlqtop completions bash > ~/.local/share/bash-completion/completions/dlqtop",
                "dlqtop completions zsh > ~/.zfunc/_dlqtop",
            ],
            "",
        ),
        "man" => (
            [
                "dlqtop man step retry",
                "dlqtop man --out ~/.local/share/man/man1",
            ],
            "",
        ),
        "info" => (["dlqtop info", "dlqtop info --json"], ""),
        "config show" => (["dlqtop config show", "dlqtop config show --json"], ""),
        "config init" => (["dlqtop config init", "dlqtop config init --stdout"], ""),
        _ => return None,
    })
}
