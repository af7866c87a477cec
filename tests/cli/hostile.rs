//! Text in a database is written by others, and may be meant for the terminal.

use dlqtop::data::model::safe_text::is_unsafe;
use support::database::Database;
use support::dlqtop::asked;

/// Clears the screen, writes the clipboard, sets the title, turns text round, hides it.
const HOSTILE: &str = "\u{1b}[2J\u{1b}]52;c;cm0gLXJmIC8=\u{7}\u{1b}]0;pwned\u{1b}\\\u{9b}31m\u{202e}txet\u{2066}\u{200b}\u{7f}\u{8} end";

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_a_terminal_obeys_is_ever_printed() {
    let db = Database::new().await;
    db.template("{}").await;
    let letter = db.dead_letter(HOSTILE).await;
    db.started().await;
    db.run("insert into dlqtop.sweeps (instance, started, took, detected, moved, skipped, failed, dry_run) values ('x', now(), '1 s', 0, 0, 0, 0, false)")
        .await;
    for (table, column) in [
        ("tasker_named_tasks", "name"),
        ("tasker_task_namespaces", "name"),
        ("tasker_workflow_steps", "last_error"),
        ("dlqtop.sweeps", "instance"),
    ] {
        db.run(&format!("update {table} set {column} = '{HOSTILE}'"))
            .await;
    }
    db.run(&format!(
        "insert into dlqtop.notes (entry, author, body) values ('{}', '{HOSTILE}', '{HOSTILE}');
         insert into dlqtop.operator_log (actor, action, subject, reason, outcome)
         values ('{HOSTILE}', '{HOSTILE}', '{HOSTILE}', '{HOSTILE}', '{HOSTILE}')",
        letter.entry
    ))
    .await;

    let task = letter.task.to_string();
    // A template that the doctor names.
    db.run("update tasker_named_tasks set configuration = jsonb_set(configuration, '{lifecycle}', '7')")
        .await;
    let act = ["step", "retry", &task, "--dry-run"];
    let commands: [&[&str]; 10] = [
        &["doctor"],
        &["queue"],
        &["staleness"],
        &["stats"],
        &["show", &task],
        &["steps", &task],
        &["log"],
        &["entries"],
        &["handover"],
        &act,
    ];
    for command in commands {
        for json in [false, true] {
            let mut arguments = command.to_vec();
            if json {
                arguments.push("--json");
            }
            let run = asked(&db.url(), &arguments);
            let out = run.expect_answer();
            let raw = out.chars().find(|c| *c != '\n' && is_unsafe(*c));
            assert_eq!(raw, None, "{arguments:?}: {out:?}");
            // It was there to be printed.
            assert!(out.contains("pwned"), "{arguments:?}: {out}");
        }
    }
}
