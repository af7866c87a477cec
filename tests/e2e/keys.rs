//! Keys that the configuration gives to actions: they work, and are what the screen says.

use support::home::write_private;
use support::screens::{LARGE, dashboard, with_history};
use tempfile::TempDir;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_action_answers_to_its_new_key_and_the_screen_names_that_one() {
    let db = with_history().await;
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("config.toml");
    let text = "[keys]\nretry = [\"F5\", \"T\"]\nclose = \"V\"\nfreeze = []\ndown = \"i\"\n";
    write_private(&file, text);
    let more = ["--no-detect", "--config", file.to_str().unwrap()];
    let mut screen = dashboard(&db, &more, LARGE);
    let shown = screen.wait_for("F5 retry");
    assert!(
        shown.contains("V close") && !shown.contains("R retry"),
        "{shown}"
    );
    assert!(!shown.contains(" freeze"), "{shown}");

    screen.type_keys("2/error:503\r");
    screen.wait("the filter", |shown| {
        shown.contains("/error:503") && shown.contains("F5 retry")
    });

    // The old key does nothing any more; the new ones ask.
    screen.type_keys("R?");
    let help = screen.wait_for("Actions (with");
    assert!(
        help.contains("F5 T") && !help.contains("Retry 1 step"),
        "{help}"
    );
    screen.type_keys("\x1b");
    screen.wait("no help", |shown| !shown.contains("Actions (with"));
    for key in ["\x1b[15~", "T"] {
        screen.type_keys(key);
        screen.wait_for("Retry 1 step");
        screen.type_keys("\x1b");
        screen.wait("no box", |shown| !shown.contains("Retry 1 step"));
    }
    screen.type_keys("\r");
    screen.wait_for("Why stuck");
    screen.type_keys("q");
    screen.wait_for("Enter open");
    screen.type_keys("q");
    assert_eq!(screen.exit_code(), 0);
}
