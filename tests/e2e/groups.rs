//! What failed alike is found, opened and retried as one, from the keyboard.

use std::collections::HashMap;

use dlqtop::app::group_key::GroupKey;
use dlqtop::app::lists::filter::fields::FilterFields;
use dlqtop::data::fingerprint::fingerprint;
use sqlx::FromRow;
use support::database::Database;
use support::screens::{LARGE, ROOT, dashboard, with_history};
use uuid::Uuid;

#[derive(Debug, Clone, FromRow)]
struct Letter {
    namespace_name: String,
    task_name: String,
    step_name: Option<String>,
    current_error: Option<String>,
    step_state: Option<String>,
    workflow_step_uuid: Option<Uuid>,
}

/// The largest group whose steps can all be retried, with its steps.
async fn largest(db: &Database) -> (GroupKey, Vec<Uuid>) {
    let letters: Vec<Letter> = sqlx::query_as(
        "select namespace_name, task_name, step_name, current_error, step_state, workflow_step_uuid
         from v_dlq_investigation_queue",
    )
    .fetch_all(&db.pool)
    .await
    .unwrap();
    let mut groups: HashMap<GroupKey, Vec<Letter>> = HashMap::new();
    for letter in letters {
        let error = letter.current_error.as_deref().unwrap_or_default();
        let key = GroupKey::of(&FilterFields {
            fingerprint: &fingerprint(error),
            text: [
                &letter.namespace_name,
                &letter.task_name,
                letter.step_name.as_deref().unwrap_or_default(),
                error,
            ],
            ..FilterFields::default()
        });
        groups.entry(key).or_default().push(letter);
    }
    let retried = |letter: &Letter| letter.step_state.as_deref() == Some("error");
    groups.retain(|key, letters| !key.error.is_empty() && letters.iter().all(retried));
    let (key, letters) = groups
        .into_iter()
        .max_by_key(|(key, letters)| (letters.len(), key.clone()))
        .unwrap();
    let mut steps: Vec<Uuid> = (letters.iter())
        .filter_map(|one| one.workflow_step_uuid)
        .collect();
    steps.sort();
    (key, steps)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_is_opened_left_and_retried_whole() {
    let db = with_history().await;
    let (group, steps) = largest(&db).await;
    let count = steps.len();
    assert!((2..20).contains(&count), "{count} of {group}");
    let mut screen = dashboard(&db, &["--no-detect", "--as", "tester@pty"], LARGE);

    screen.type_keys("2g");
    screen.wait_for(" groups of ");
    screen.type_keys("/");
    screen.wait_for("Enter keep");
    screen.type_keys(&group.term());
    screen.wait_for(&format!("2 Queue · 1 group of {count} of "));
    screen.type_keys("\r");
    screen.wait_for(ROOT);
    // Open it: its entries and no others; and back.
    screen.type_keys("\r");
    screen.wait_for(&format!("2 Queue · {count} of "));
    screen.type_keys("\x1b");
    screen.wait_for("2 Queue · 1 group of ");

    screen.type_keys("R");
    screen.wait_for(&format!("Retry {count} steps"));
    screen.type_keys("the bank is back");
    screen.wait_for("the bank is back");
    // No fleet is at work here that could tell of a canary.
    screen.type_keys("\x1b[B");
    screen.wait_for("● all at once");
    screen.type_keys("\r");
    screen.wait_for("press");
    screen.type_keys("y");
    screen.wait_for(&format!("{count} sent"));

    let mut done: Vec<Uuid> = db
        .one(
            "select array_agg(subject_uuid) from dlqtop.operator_log
             where actor = 'tester@pty' and action = 'reset_for_retry' and outcome = 'done'
                 and reason = 'the bank is back'",
        )
        .await;
    done.sort();
    assert_eq!(done, steps, "each of the group once, and nothing else");
    // Nobody is at work: whether they pass is not known, and may be closed over knowingly.
    screen.wait_for(&format!("Retry {count} steps: {count} running"));
    screen.type_keys("o");
    screen.wait_for("Results of this session");
    screen.type_keys("U");
    screen.wait_for("it is not known yet whether they pass");
    screen.wait_for(&format!("Close {count} investigations"));
    screen.type_keys("\x1b");
    screen.wait_for(ROOT);
    screen.type_keys("\x03");
    assert_eq!(screen.exit_code(), 0);
}

/// What a dashboard has read, by the server's log.
fn asked(db: &Database) -> Vec<String> {
    let statements = db.statements_of("dlqtop").into_iter();
    let all = statements.map(|(_, statement)| statement);
    all.filter(|text| text.contains("from public.v_") || text.contains("from dlqtop"))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn groups_cost_the_database_nothing_but_how_the_one_under_the_cursor_was_fixed() {
    let db = with_history().await;
    let name = db.options.get_database().unwrap().to_owned();
    db.run(&format!("alter database {name} set log_statement = 'all'"))
        .await;
    // No poll comes between.
    let mut screen = dashboard(&db, &["--no-detect", "--interval", "1h"], LARGE);
    screen.type_keys("2");
    screen.wait_for("2 Queue · ");
    let before = asked(&db).len();
    assert!(before > 5, "{before}");
    screen.type_keys("g");
    screen.wait_for(" groups of ");
    // From group to group, into one, out again, back to entries and to groups once more.
    screen.type_keys("jjkk\r");
    screen.wait_for("score =base+age");
    screen.type_keys("\x1b");
    screen.wait_for(" groups of ");
    screen.type_keys("g");
    screen.wait("entries", |shown| !shown.contains(" groups of "));
    screen.type_keys("g");
    screen.wait_for(" groups of ");
    screen.type_keys("qq");
    assert_eq!(screen.exit_code(), 0);
    let after = asked(&db);
    let more: Vec<&String> = (after[before..].iter())
        .filter(|text| !text.contains("v_dlq_closed"))
        .collect();
    assert!(more.is_empty(), "{more:#?}");
    assert!(after.len() > before, "how it was fixed is asked");
}
