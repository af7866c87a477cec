//! A result for a step, written in an editor: the terminal is the editor's for as long as it runs,
//! whatever it does, and the dashboard's again afterwards.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::sys::signal::Signal;
use portable_pty::CommandBuilder;
use serde_json::{Value, json};
use support::database::Database;
use support::eventually::eventually;
use support::pseudo_terminal::PseudoTerminal;
use support::screens::{LARGE, ROOT, process_state, with_history};
use support::wait::wait_until;
use tempfile::TempDir;

use crate::repair::{Letter, find, passing};

/// How long a process may take to stop or to end.
const SOON: Duration = Duration::from_secs(10);

/// Says that it has begun, reads a line from the terminal and writes it into the file; leaves word of
/// what it was given.
const ASKS: &str = r#"
stat -c '%a' "$1" "$(dirname "$1")" > "$NOTES/modes"
echo "$1" > "$NOTES/path"
echo $$ > "$NOTES/process"
printf 'in the editor: '
read typed
printf '{"typed": "%s"}' "$typed" > "$1"
"#;

/// The dashboard with an editor that is a shell script, on a letter.
struct Scene {
    db: Database,
    letter: Letter,
    screen: PseudoTerminal,
    notes: TempDir,
}

impl Scene {
    async fn new(script: &str) -> Self {
        let notes = tempfile::tempdir().unwrap();
        let editor = notes.path().join("editor");
        fs::write(&editor, format!("#!/bin/sh\n{script}")).unwrap();
        fs::set_permissions(&editor, fs::Permissions::from_mode(0o755)).unwrap();
        // An option, as many have it.
        let command = format!("sh {}", editor.display());
        Self::with_editor(&command, notes).await
    }

    async fn with_editor(editor: &str, notes: TempDir) -> Self {
        let db = with_history().await;
        let letter = passing(&db).await;
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_dlqtop"));
        let url = db.url();
        command.args(["--database-url", &url, "--no-detect", "--as", "tester@pty"]);
        command.env("VISUAL", editor);
        command.env("EDITOR", "false");
        command.env("NOTES", notes.path());
        let mut screen = PseudoTerminal::start(command, LARGE);
        screen.wait_for("· db ");
        find(&mut screen, &letter);
        Self {
            db,
            letter,
            screen,
            notes,
        }
    }

    fn note(&self, name: &str) -> String {
        fs::read_to_string(self.notes.path().join(name)).unwrap()
    }

    /// The state of the step, and what it has returned.
    async fn step(&self) -> (String, Option<Value>) {
        let id = self.letter.workflow_step_uuid;
        let state = self
            .db
            .one(&format!("select dlqtop.step_state('{id}')"))
            .await;
        let results =
            format!("select results from tasker_workflow_steps where workflow_step_uuid = '{id}'");
        (state, self.db.one(&results).await)
    }

    async fn is_untouched(&self) {
        assert_eq!(self.step().await, ("error".to_owned(), None));
        let acts = "select count(*) from dlqtop.operator_log where actor = 'tester@pty'";
        assert_eq!(self.db.one::<i64>(acts).await, 0);
    }
}

fn mode(notes: &str) -> Vec<&str> {
    notes.lines().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_is_written_in_the_editor_and_completes_the_step() {
    let mut scene = Scene::new(ASKS).await;
    scene.screen.type_keys("P");
    scene.screen.wait_for("in the editor: ");
    assert!(
        scene.screen.is_restored(),
        "the terminal is not the editor's"
    );
    assert_eq!(mode(&scene.note("modes")), ["600", "700"]);

    // Polls go on meanwhile.
    let latest = "select max(query_start)::text from pg_stat_activity
                  where datname = current_database() and pid <> pg_backend_pid()
                      and query ilike '%v_dlq%'";
    let before: Option<String> = scene.db.one(latest).await;
    let later = eventually(SOON, async || {
        let now: Option<String> = scene.db.one(latest).await;
        (now != before).then_some(())
    });
    assert!(later.await.is_some(), "no poll while the editor is open");

    // Keys that mean something to the dashboard, and are not for it.
    scene.screen.type_keys("RBXq\r");
    scene.screen.wait_for("{\"typed\": \"RBXq\"}");
    scene.screen.wait_for("Complete 1 step");
    let path = PathBuf::from(scene.note("path").trim());
    assert!(!path.exists() && !path.parent().is_some_and(Path::exists));
    assert!(!scene.screen.is_restored());
    scene.is_untouched().await;

    scene.screen.type_keys("charged by hand\r");
    scene.screen.wait_for("press");
    scene.screen.type_keys("y");
    scene.screen.wait_for("Complete 1 step: 1 done");
    scene.screen.wait_for("Close 1 investigation");
    scene.screen.wait_for("charged by hand");
    let step = scene.step().await;
    assert_eq!(
        step,
        ("complete".to_owned(), Some(json!({"typed": "RBXq"})))
    );
    scene.screen.type_keys("\x1b");
    scene.screen.wait_for(ROOT);
    scene.screen.type_keys("q");
    assert_eq!(scene.screen.exit_code(), 0);
    assert!(scene.screen.is_restored());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_parse_is_said_with_its_place_and_edited_again() {
    let script = r#"
if grep -q broken "$1"; then printf '{"fixed": true}' > "$1"
else printf '{\n  "broken": \n}' > "$1"; fi
"#;
    let mut scene = Scene::new(script).await;
    scene.screen.type_keys("P");
    scene.screen.wait_for("line 3, column 1: expected value");
    scene.screen.wait_for("\"broken\":");
    scene.is_untouched().await;
    scene.screen.type_keys("\r");
    scene.screen.wait_for("{\"fixed\": true}");
    scene.screen.type_keys("\x1b");
    scene.screen.wait_for("nothing was changed");
    scene.is_untouched().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_editor_that_fails_crashes_or_is_missing_sends_nothing() {
    let crash = "stty raw -echo; printf '\\033[?1049h\\033[?25l'; kill -9 $$";
    for (script, said) in [
        ("exit 3", "ended with exit code 3: nothing was sent"),
        (crash, "was killed: nothing was sent"),
        ("true", "the result was not changed: nothing was sent"),
        (": > \"$1\"", "the result was left empty: nothing was sent"),
    ] {
        let mut scene = Scene::new(script).await;
        scene.screen.type_keys("P");
        scene.screen.wait_for(said);
        scene.screen.wait_for(ROOT);
        scene.is_untouched().await;
        // It hears keys, and leaves as always.
        scene.screen.type_keys("@");
        scene.screen.wait_for("Log · what was done");
        scene.screen.type_keys("\x03");
        assert_eq!(scene.screen.exit_code(), 0, "{script}");
        assert!(scene.screen.is_restored(), "{script}");
    }
    let mut scene = Scene::with_editor("no-such-editor -x", tempfile::tempdir().unwrap()).await;
    scene.screen.type_keys("P");
    scene
        .screen
        .wait_for("there is no no-such-editor -x to be run here");
}

#[tokio::test(flavor = "multi_thread")]
async fn signals_and_sizes_while_the_editor_runs_are_the_editors() {
    let mut scene = Scene::new(ASKS).await;
    scene.screen.type_keys("P");
    scene.screen.wait_for("in the editor: ");
    // Suspended and continued: the editor still has the terminal.
    let process = scene.screen.process();
    scene.screen.signal(Signal::SIGTSTP);
    assert!(wait_until(SOON, || process_state(process) == Some('T')));
    scene.screen.signal(Signal::SIGCONT);
    assert!(wait_until(SOON, || process_state(process) != Some('T')));
    scene.screen.resize(120, 40);
    scene.screen.signal(Signal::SIGINT);
    scene.screen.type_keys("still here\r");
    scene.screen.wait_for("{\"typed\": \"still here\"}");
    // It is as wide as the terminal is now.
    let screen = scene.screen.wait_for("Complete 1 step");
    let wide = screen.lines().map(|line| line.chars().count()).max();
    assert_eq!(wide, Some(120), "{screen}");

    scene.screen.type_keys("\x1b");
    scene.screen.wait_for("nothing was changed");
    scene.is_untouched().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_that_interrupts_ends_the_editor_and_not_the_dashboard() {
    let mut scene = Scene::new(ASKS).await;
    scene.screen.type_keys("P");
    scene.screen.wait_for("in the editor: ");
    scene.screen.type_keys("\x03");
    scene.screen.wait_for("nothing was sent");
    scene.screen.wait_for(ROOT);
    scene.is_untouched().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_that_ends_it_ends_the_editor_too() {
    let mut scene = Scene::new(ASKS).await;
    scene.screen.type_keys("P");
    scene.screen.wait_for("in the editor: ");
    let editor: i32 = scene.note("process").trim().parse().unwrap();
    scene.screen.signal(Signal::SIGTERM);
    assert_eq!(scene.screen.exit_code(), 143);
    assert!(scene.screen.is_restored());
    let gone = wait_until(SOON, || matches!(process_state(editor), None | Some('Z')));
    assert!(gone, "the editor lives on");
    let path = PathBuf::from(scene.note("path").trim());
    assert!(!path.exists(), "what was written is left behind");
    scene.is_untouched().await;
}
