//! Commands that change something, at a terminal: what they ask, and what they do with the answer.

use support::database::Database;
use support::home::write_private;
use support::pseudo_terminal::PseudoTerminal;
use support::screens::with_history;
use uuid::Uuid;

const SIZE: (u16, u16) = (160, 45);

async fn open_entries(db: &Database, limit: usize) -> Vec<String> {
    let ids: Vec<Uuid> = sqlx::query_scalar(
        "select dlq_entry_uuid from v_dlq_investigation_queue order by priority_instant, dlq_entry_uuid",
    )
    .fetch_all(&db.pool)
    .await
    .unwrap();
    assert!(ids.len() >= limit, "{} entries", ids.len());
    ids.iter().take(limit).map(Uuid::to_string).collect()
}

async fn notes(db: &Database) -> i64 {
    db.one("select count(*) from dlqtop.notes where body = 'tonight'")
        .await
}

fn noting(db: &Database, ids: &[String]) -> PseudoTerminal {
    let url = db.url();
    let mut arguments = vec![
        "--database-url",
        &url,
        "entry",
        "note",
        "--reason",
        "tonight",
    ];
    arguments.extend(ids.iter().map(String::as_str));
    PseudoTerminal::dlqtop(&arguments, SIZE)
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_but_a_yes_does_it() {
    let db = with_history().await;
    let ids = open_entries(&db, 2).await;
    for answer in ["\r", "n\r", "2\r", "\u{4}"] {
        let mut screen = noting(&db, &ids);
        screen.wait_for("Add a note to 2 investigations.");
        screen.wait_for("Proceed? [y/N]");
        screen.type_keys(answer);
        screen.wait_for("nothing was changed");
        assert_eq!(screen.exit_code(), 1, "{answer:?}");
    }
    assert_eq!(notes(&db).await, 0);
    let mut screen = noting(&db, &ids);
    screen.wait_for("Proceed? [y/N]");
    screen.type_keys("y\r");
    screen.wait_for("2 done; batch ");
    assert_eq!(screen.exit_code(), 0);
    assert_eq!(notes(&db).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_want_their_number_typed() {
    let db = with_history().await;
    let ids = open_entries(&db, 20).await;
    let mut screen = noting(&db, &ids);
    screen.wait_for("Type 20 to confirm:");
    screen.type_keys("y\r");
    screen.wait_for("nothing was changed");
    assert_eq!(screen.exit_code(), 1);
    assert_eq!(notes(&db).await, 0);
    let mut screen = noting(&db, &ids);
    screen.wait_for("Type 20 to confirm:");
    screen.type_keys("20\r");
    screen.wait_for("20 done; batch ");
    assert_eq!(screen.exit_code(), 0);
    assert_eq!(notes(&db).await, 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn production_wants_its_name_typed() {
    let db = with_history().await;
    let ids = open_entries(&db, 1).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    let profile = format!(
        "[profiles.prod-eu]\ndatabase_url = {:?}\nproduction = true\n",
        db.url()
    );
    write_private(&file, profile);
    let arguments = [
        "--config",
        file.to_str().unwrap(),
        "--profile",
        "prod-eu",
        "entry",
        "note",
        &ids[0],
        "--reason",
        "tonight",
        "--incident",
        "INC-1",
    ];
    for (typed, code) in [("y\r", 1), ("prod-eu\r", 0)] {
        let mut screen = PseudoTerminal::dlqtop(&arguments, SIZE);
        screen.wait_for("PRODUCTION: type prod-eu to confirm:");
        screen.type_keys(typed);
        assert_eq!(screen.exit_code(), code, "{typed:?}: {}", screen.screen());
    }
    let notes: i64 = db
        .one("select count(*) from dlqtop.notes where body = '[INC-1] tonight'")
        .await;
    assert_eq!(notes, 1);
}
