//! The filter language on the command line, and the queue by error.

use support::database::Database;
use support::dlqtop::{asked, dlqtop};

async fn letters(errors: &[&str]) -> Database {
    let db = Database::new().await;
    db.template("{}").await;
    for error in errors {
        db.dead_letter(error).await;
    }
    db
}

const ERRORS: [&str; 4] = [
    "card_declined: order 4711 after 30s",
    "card_declined: order 7f3a after 500 ms",
    "connection reset by 10.0.0.7:443",
    "card_declined: order 12 after 2s",
];

#[tokio::test(flavor = "multi_thread")]
async fn the_queue_by_error_says_how_many_of_what_and_how_to_ask_for_them() {
    let db = letters(&ERRORS).await;
    let url = db.url();
    let table = asked(&url, &["queue", "--group"]);
    let table = table.expect_answer();
    assert!(
        table.contains("COUNT") && table.contains("card_declined"),
        "{table}"
    );
    assert!(
        table.ends_with("2 groups of 4 open investigations\n"),
        "{table}"
    );

    let json = asked(&url, &["queue", "--group", "--json"]).expect_json();
    let first = &json["groups"][0];
    assert_eq!(first["count"], 3, "{json}");
    assert_eq!(first["template"], "pay/charge", "{json}");
    assert_eq!(first["error"], "card_declined: order # after #", "{json}");
    assert_eq!(
        (&json["rows_grouped"], &json["total"]),
        (&4.into(), &4.into()),
        "{json}"
    );

    // What it says of the group finds the group, and nothing else.
    let filter = first["filter"].as_str().unwrap();
    let found = asked(&url, &["queue", "--filter", filter, "--json"]).expect_json();
    assert_eq!(found["rows"].as_array().unwrap().len(), 3, "{found}");
    let left = asked(
        &url,
        &["queue", "--group", "--filter", &format!("!{filter}")],
    );
    let left = left.expect_answer();
    assert!(
        left.ends_with("1 group of 1 open investigation of 4\n"),
        "{left}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lists_are_filtered_and_say_of_how_many() {
    let db = letters(&ERRORS).await;
    let url = db.url();
    let found = asked(
        &url,
        &["queue", "--filter", "declined age<1h", "--limit", "2"],
    );
    let found = found.expect_answer();
    assert_eq!(found.matches("card_declined").count(), 2, "{found}");
    assert!(
        found.ends_with("2 of 3 open investigations that match, of 4\n"),
        "{found}"
    );
    let none = asked(&url, &["staleness", "--filter", "ns:nowhere"]);
    let none = none.expect_answer();
    assert!(
        none.starts_with("0 of 0 tasks that can become stale that match, of "),
        "{none}"
    );
}

#[test]
fn a_filter_that_cannot_be_read_points_at_the_place() {
    for command in ["queue", "staleness"] {
        let run = dlqtop(&[
            "--database-url",
            "postgres://nobody@127.0.0.1:1/none",
            command,
            "--filter",
            "charge age>2x ns:pay",
        ]);
        assert_eq!(run.code, Some(2), "{run:?}");
        let lines: Vec<&str> = run.stderr.lines().collect();
        assert!(
            lines[0].contains("an age looks like 30m, 2h or 1d"),
            "{run:?}"
        );
        let [typed, caret] = lines[1..] else {
            panic!("{run:?}")
        };
        assert_eq!(caret.find('^'), typed.find("age>2x"), "{run:?}");
    }
}

/// Errors that are hard to write in a filter, each with a different fingerprint.
const AWKWARD: [&str; 7] = [
    "no error",
    "No error",
    "(staleness_timeout)",
    "card · refund · gone",
    "say \"no\" \\ and \\\" go",
    "it's `gone`: $(rm)",
    "first line\nsecond · line",
];

#[tokio::test(flavor = "multi_thread")]
async fn the_filter_of_every_group_finds_it_and_nothing_else() {
    let db = letters(&AWKWARD).await;
    // Three without an error, of two reasons.
    for _ in 0..3 {
        let task = db.started().await;
        db.date_back(task, 5_000.0).await;
    }
    db.run("select dlqtop.detect_and_transition_stale_tasks(false)")
        .await;
    db.run(
        "update tasker_tasks_dlq set dlq_reason = 'worker_unavailable'
         where dlq_entry_uuid = (select dlq_entry_uuid from v_dlq_investigation_queue
                                 where current_error is null order by 1 limit 1)",
    )
    .await;
    let url = db.url();
    let groups = asked(&url, &["queue", "--group", "--json"]).expect_json();
    let groups = groups["groups"].as_array().unwrap();
    assert_eq!(groups.len(), AWKWARD.len() + 2, "{groups:#?}");
    let reasons: Vec<_> = groups
        .iter()
        .filter_map(|one| one["reason"].as_str())
        .collect();
    assert_eq!(reasons, ["staleness_timeout", "worker_unavailable"]);
    for group in groups {
        let filter = group["filter"].as_str().unwrap();
        let found = asked(&url, &["queue", "--filter", filter, "--json"]).expect_json();
        let found = found["rows"].as_array().unwrap();
        assert_eq!(group["count"], found.len(), "{filter}");
        assert_eq!(found[0]["current_error"], group["sample_error"], "{filter}");
    }
    let table = asked(&url, &["queue", "--group"]);
    let table = table.expect_answer();
    assert!(table.contains("worker unavailable"), "{table}");
    assert_eq!(table.matches("no error").count(), 1, "{table}");
}
