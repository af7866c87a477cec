//! The rules by which errors belong together: what is read with them, and that a change is noticed.

use std::sync::Arc;
use std::time::Duration;

use dlqtop::data::ad_hoc;
use dlqtop::data::fingerprint::rules::{RuleText, Rules};
use dlqtop::data::model::{PollResult, TaskId};
use dlqtop::data::reads::queries;
use dlqtop::data::source::recognise::{Given, Wanted};
use dlqtop::data::source::{Site, Source};
use sqlx::Executor as _;
use support::database::Database;

use crate::polling::Polls;

/// One rule: this pattern stands for that text.
pub fn replacing(pattern: &str, with: &str) -> Rules {
    let text = RuleText {
        pattern: pattern.to_owned(),
        replacement: Some(with.to_owned()),
        ..RuleText::default()
    };
    Rules::compile(&[text]).unwrap()
}

/// The database as a program sees it that was given these rules.
pub async fn site(db: &Database, rules: Option<Rules>) -> Site {
    let given = Given {
        rules,
        ..Given::default()
    };
    let wanted = Wanted {
        given,
        ..Wanted::native()
    };
    let limit = Duration::from_secs(20);
    let found = ad_hoc::once_found(&db.options, &wanted, "look", limit, async |_, source| {
        Ok(Arc::clone(source))
    });
    Site {
        options: db.options.clone(),
        source: found.await.unwrap(),
    }
}

const TENANTS: &str = "[{\"pattern\": \"tenant [a-z]+\", \"replacement\": \"tenant #\"}]";

async fn share(db: &Database, rules: &str) {
    db.run(&format!("select dlqtop.configure(jsonb_build_object('fingerprint_rules', '{rules}'::jsonb), 'ana', 'x')"))
        .await;
}

/// Of each open entry, what its error has in common with others.
fn prints(result: &PollResult) -> Option<(String, Vec<String>)> {
    let PollResult::Snapshot(snapshot) = result else {
        return None;
    };
    let rows = &snapshot.queue.as_ref().ok()?.rows;
    let mut prints: Vec<_> = rows.iter().map(|row| row.fingerprint.clone()).collect();
    prints.sort();
    Some((snapshot.rules_version.clone(), prints))
}

#[tokio::test]
async fn the_poller_notices_that_the_shared_rules_have_changed_and_groups_anew() {
    let db = Database::new().await;
    db.template("{}").await;
    for error in ["quota of tenant acme", "quota of tenant wayne"] {
        db.dead_letter(error).await;
    }
    let mut polls = Polls::start(&db.options);
    let (version, before) = polls.until(prints).await;
    assert_eq!(before, ["quota of tenant acme", "quota of tenant wayne"]);

    share(&db, TENANTS).await;
    let grouped = |heard: &PollResult| prints(heard).filter(|(now, _)| *now != version);
    let (changed, after) = polls.until(grouped).await;
    assert_eq!(after, ["quota of tenant #", "quota of tenant #"]);
    share(&db, "[]").await;
    let back = |heard: &PollResult| prints(heard).filter(|(now, _)| *now != changed);
    assert_eq!(polls.until(back).await, (version, before));
}

#[tokio::test]
async fn a_program_with_rules_of_its_own_keeps_them_whatever_is_shared() {
    let db = Database::new().await;
    let own = site(&db, Some(replacing("tenant [a-z]+", "somebody"))).await;
    assert!(own.source.rules.is_own());
    share(&db, TENANTS).await;
    let plain = site(&db, None).await;
    assert!(!plain.source.rules.is_own());
    assert_eq!(
        plain.source.rules.current(),
        replacing("tenant [a-z]+", "tenant #")
    );
    let same = site(&db, Some(replacing("tenant [a-z]+", "tenant #"))).await;
    assert!(
        !same.source.rules.is_own(),
        "they are those of the database"
    );
    let none = site(&db, Some(Rules::default())).await;
    assert!(none.source.rules.is_own() && none.source.rules.current().is_empty());
}

#[tokio::test]
async fn the_same_error_elsewhere_is_counted_by_the_rules() {
    let db = Database::new().await;
    db.template("{}").await;
    let mut tasks = Vec::new();
    for error in [
        "quota of tenant acme",
        "quota of tenant wayne",
        "quota of tenant kord",
    ] {
        tasks.push(TaskId(db.dead_letter(error).await.task));
    }
    let count = async |source: &Source| {
        let mut conn = db.pool.acquire().await.unwrap();
        let detail = queries::detail(&mut conn, source, tasks[0]).await.unwrap();
        detail.unwrap().task.same_error_elsewhere
    };
    assert_eq!(count(&site(&db, None).await.source).await, 0);
    let own = site(&db, Some(replacing("tenant [a-z]+", "tenant #"))).await;
    assert_eq!(count(&own.source).await, 2);
}

#[tokio::test]
async fn a_role_that_may_not_read_the_settings_has_no_shared_rules_and_reads_all_the_same() {
    let db = Database::new().await;
    share(&db, TENANTS).await;
    let mut conn = db.pool.acquire().await.unwrap();
    let read = dlqtop::data::native::fingerprint_rules::shared(&mut conn).await;
    assert_eq!(read.unwrap(), replacing("tenant [a-z]+", "tenant #"));
    for statement in [
        "create role rules_nothing",
        "set role rules_nothing",
        "begin",
    ] {
        conn.execute(statement).await.unwrap();
    }
    let read = dlqtop::data::native::fingerprint_rules::shared(&mut conn).await;
    assert_eq!(read.unwrap(), Rules::default());
    // The transaction goes on.
    let one: i32 = sqlx::query_scalar("select 1")
        .fetch_one(&mut *conn)
        .await
        .unwrap();
    assert_eq!(one, 1);
    for statement in ["rollback", "reset role", "drop role rules_nothing"] {
        conn.execute(statement).await.unwrap();
    }
}
