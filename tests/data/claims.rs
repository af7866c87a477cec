//! Who owns what, what may wait, and limits of one step.

use chrono::{DateTime, TimeDelta, Utc};
use dlqtop::data::messages::command::{
    Change, EntryTarget, EntryVerb, ItemResult, Limits, Resolution, StepTarget, StepVerb, Until,
};
use dlqtop::data::model::{EntryId, QueueRow, StepId, TaskId};
use dlqtop::data::reads::{keyset_pages, queries};
use dlqtop::data::source::Source;
use support::database::Database;
use support::scene::DeadLetter;

use crate::acting;

const OWN: EntryVerb = EntryVerb::Claim {
    minutes: 30,
    take_over: false,
};
const TAKE_OVER: EntryVerb = EntryVerb::Claim {
    minutes: 5,
    take_over: true,
};

async fn scene() -> (Database, DeadLetter) {
    let db = Database::new().await;
    db.template("{}").await;
    let dead = db.dead_letter("HTTP 503").await;
    (db, dead)
}

async fn act_seen(
    (db, dead): &(Database, DeadLetter),
    actor: &str,
    verb: EntryVerb,
    seen_version: i32,
) -> ItemResult {
    let target = EntryTarget {
        entry: EntryId(dead.entry),
        seen_version,
        label: "pay/charge".into(),
    };
    acting::act(db, actor, "looking", Change::Entries(verb, vec![target])).await
}

async fn act(scene: &(Database, DeadLetter), actor: &str, verb: EntryVerb) -> ItemResult {
    act_seen(scene, actor, verb, 1).await
}

async fn limit((db, dead): &(Database, DeadLetter), seen: &str, limits: Limits) -> ItemResult {
    let target = StepTarget {
        step: StepId(dead.step),
        task: TaskId(dead.task),
        seen_state: seen.into(),
        seen_error: None,
        label: "pay/charge · first".into(),
    };
    let change = Change::Steps(StepVerb::SetLimits(limits), vec![target]);
    acting::act(db, "ana", "slow", change).await
}

/// What it says it is now.
fn done(result: ItemResult) -> String {
    let ItemResult::Done { now } = result else {
        panic!("{result:?}");
    };
    now.to_string()
}

/// By whom it was changed, and what it says it is now.
fn changed(result: ItemResult) -> (String, String) {
    let ItemResult::Changed { by, now, at } = result else {
        panic!("{result:?}");
    };
    assert!(at.is_some(), "a time belongs to it");
    (by.unwrap_or_default().to_string(), now.to_string())
}

fn refused(result: ItemResult) -> String {
    let ItemResult::Failed { why } = result else {
        panic!("{result:?}");
    };
    why.to_string()
}

async fn owner(db: &Database) -> Option<String> {
    db.one("select max(owner) from v_dlq_owners").await
}

#[tokio::test]
async fn one_owns_and_the_other_reads_who_and_until_when() {
    let scene = scene().await;
    let db = &scene.0;
    let now = done(act(&scene, "bob", OWN).await);
    assert!(
        now.starts_with("owned by bob until ") && now.ends_with(" UTC"),
        "{now}"
    );
    let (by, now) = changed(act(&scene, "ana", OWN).await);
    assert_eq!(by, "bob");
    assert!(now.starts_with("owned by bob until "), "{now}");
    for verb in [
        EntryVerb::Release,
        EntryVerb::Snooze(Until::Minutes(15)),
        EntryVerb::Unsnooze,
    ] {
        assert_eq!(changed(act(&scene, "ana", verb).await).0, "bob", "{verb:?}");
    }
    assert_eq!(owner(db).await.as_deref(), Some("bob"));
    let told: Vec<String> = db
        .one(
            "select array_agg(action || ': ' || outcome order by log_id) from v_operator_log
             where actor = 'ana'",
        )
        .await;
    let all = ["own", "release", "snooze", "unsnooze"];
    assert_eq!(
        told,
        all.map(|one| format!("{one}_entry: changed meanwhile"))
    );

    let now = done(act(&scene, "ana", TAKE_OVER).await);
    assert!(now.starts_with("owned by ana until "), "{now}");
    let before: String = db
        .one("select before from v_operator_log order by log_id desc limit 1")
        .await;
    assert_eq!(before, "owned by bob", "the log keeps from whom");
    assert_eq!(
        done(act(&scene, "ana", EntryVerb::Release).await),
        "owned by nobody"
    );
    assert_eq!(owner(db).await, None);
}

#[tokio::test]
async fn a_claim_ends_by_itself_and_is_lengthened_by_its_owner() {
    let scene = scene().await;
    let db = &scene.0;
    done(act(&scene, "bob", OWN).await);
    done(
        act(
            &scene,
            "bob",
            EntryVerb::Claim {
                minutes: 90,
                take_over: false,
            },
        )
        .await,
    );
    let minutes: f64 = db
        .one("select extract(epoch from max(expires_at) - now())::float8 / 60 from v_dlq_owners")
        .await;
    assert!((89.0..=90.0).contains(&minutes), "{minutes}");
    db.run("update dlqtop.claims set expires_at = now() - interval '1 second'")
        .await;
    assert_eq!(owner(db).await, None);
    done(act(&scene, "ana", OWN).await);
    assert_eq!(owner(db).await.as_deref(), Some("ana"));
}

#[tokio::test]
async fn a_claim_stands_in_nobodys_way_to_close_and_ends_with_it() {
    let scene = scene().await;
    let db = &scene.0;
    done(act(&scene, "bob", OWN).await);
    // With the version seen before bob claimed it.
    let close = EntryVerb::Close(Resolution::ManuallyResolved);
    assert_eq!(done(act(&scene, "ana", close).await), "manually_resolved");
    let (by, now) = changed(act(&scene, "bob", EntryVerb::Snooze(Until::Minutes(15))).await);
    assert_eq!((by.as_str(), now.as_str()), ("ana", "manually_resolved"));
    let kept: i64 = db
        .one("select (select count(*) from dlqtop.claims) + (select count(*) from dlqtop.snoozes)")
        .await;
    assert_eq!(kept, 0);
    assert_eq!(
        done(act_seen(&scene, "bob", EntryVerb::Reopen, 2).await),
        "pending"
    );
    let (by, _) = changed(act_seen(&scene, "ana", EntryVerb::Reopen, 2).await);
    assert_eq!(by, "", "nobody has closed it since");
}

#[tokio::test]
async fn a_snooze_hides_for_a_time_and_is_never_in_the_past() {
    let scene = scene().await;
    let db = &scene.0;
    let now: DateTime<Utc> = db.one("select now()").await;
    let snoozed = async || -> i64 {
        db.one("select count(*) from v_dlq_investigation_queue where snoozed_until is not null")
            .await
    };
    for (until, why) in [
        (Until::At(now - TimeDelta::minutes(1)), "is past"),
        (Until::At(now + TimeDelta::days(40)), "30 days"),
        (Until::Minutes(0), "from 1 minute"),
        (Until::Minutes(i32::MAX), "30 days"),
    ] {
        let said = refused(act(&scene, "ana", EntryVerb::Snooze(until)).await);
        assert!(said.contains(why), "{until:?}: {said}");
    }
    assert_eq!(snoozed().await, 0);
    let said = done(act(&scene, "ana", EntryVerb::Snooze(Until::Minutes(15))).await);
    assert!(said.starts_with("snoozed until "), "{said}");
    assert_eq!(snoozed().await, 1);
    db.run("update dlqtop.snoozes set until = now() - interval '1 second'")
        .await;
    assert_eq!(snoozed().await, 0, "it comes back by itself");
    let at = now + TimeDelta::hours(4);
    done(act(&scene, "bob", EntryVerb::Snooze(Until::At(at))).await);
    assert_eq!(snoozed().await, 1);
    assert_eq!(
        done(act(&scene, "ana", EntryVerb::Unsnooze).await),
        "not snoozed"
    );
    assert_eq!(snoozed().await, 0);
}

#[tokio::test]
async fn bad_claims_are_refused_and_nothing_is_written() {
    let scene = scene().await;
    for minutes in [0, -5, 10_081] {
        let own = EntryVerb::Claim {
            minutes,
            take_over: true,
        };
        let said = refused(act(&scene, "ana", own).await);
        assert!(said.contains("from 1 minute to 7 days"), "{said}");
    }
    let (_, now) = changed(act_seen(&scene, "ana", OWN, 7).await);
    assert_eq!(now, "pending", "another version than was seen");
    assert_eq!(owner(&scene.0).await, None);
}

#[tokio::test]
async fn limits_of_one_step_are_changed_kept_and_lifted() {
    let scene = scene().await;
    let db = &scene.0;
    let limits = async || -> String {
        let id = scene.1.step;
        db.one(&format!(
            "select max_attempts || ' ' || coalesce(timeout_seconds::text, 'none')
             from tasker_workflow_steps where workflow_step_uuid = '{id}'"
        ))
        .await
    };
    let set = |max_attempts, timeout_seconds| Limits {
        max_attempts,
        timeout_seconds,
    };
    assert_eq!(
        done(limit(&scene, "error", set(Some(7), Some(90))).await),
        "error"
    );
    assert_eq!(limits().await, "7 90");
    assert_eq!(
        done(limit(&scene, "error", set(None, Some(0))).await),
        "error"
    );
    assert_eq!(limits().await, "7 none");
    let after: String = db
        .one("select after from v_operator_log order by log_id desc limit 1")
        .await;
    assert_eq!(after, "7 attempts, no timeout");
    for (bad, why) in [
        (set(None, None), "which limit"),
        (set(Some(0), None), "from 1 to 1000"),
        (set(Some(1001), None), "from 1 to 1000"),
        (set(None, Some(-1)), "whole seconds"),
    ] {
        let said = refused(limit(&scene, "error", bad).await);
        assert!(said.contains(why), "{bad:?}: {said}");
    }
    let stale = limit(&scene, "in_progress", set(Some(9), None)).await;
    assert_eq!(changed(stale).1, "error");
    assert_eq!(limits().await, "7 none");
}

#[tokio::test]
async fn who_looks_reads_the_owner_the_snooze_and_the_result() {
    let scene = scene().await;
    let (db, dead) = &scene;
    done(act(&scene, "bob", OWN).await);
    done(act(&scene, "bob", EntryVerb::Snooze(Until::Minutes(15))).await);
    db.run(&format!(
        "update tasker_workflow_steps set results = '{{\"half\": 1}}'
         where workflow_step_uuid = '{}'",
        dead.step
    ))
    .await;
    let mut conn = db.pool.acquire().await.unwrap();
    let now: DateTime<Utc> = db.one("select now()").await;
    let soon = |at: Option<DateTime<Utc>>, minutes| {
        let left = at.unwrap() - now;
        assert!(left <= TimeDelta::minutes(minutes), "{left}");
        assert!(left > TimeDelta::minutes(minutes - 1), "{left}");
    };

    let queue = keyset_pages::top::<QueueRow>(&mut conn, &Source::native(), 10, 10)
        .await
        .unwrap();
    assert_eq!(queue.rows[0].owner.as_ref().unwrap(), &"bob");
    soon(queue.rows[0].owned_until, 30);
    soon(queue.rows[0].snoozed_until, 15);
    assert_eq!(
        queries::counts(&mut conn, &Source::native())
            .await
            .unwrap()
            .snoozed,
        1
    );

    let detail = queries::detail(&mut conn, &Source::native(), TaskId(dead.task))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(detail.entries[0].owner.as_ref().unwrap(), &"bob");
    soon(detail.entries[0].owned_until, 30);
    soon(detail.entries[0].snoozed_until, 15);
    let first = &detail.steps[0];
    assert_eq!(first.results.as_ref().unwrap()["half"], 1);
    assert!(detail.steps[1].results.is_none());
}

#[tokio::test]
async fn what_is_snoozed_goes_behind_all_others_and_comes_back() {
    let scene = scene().await;
    let (db, dead) = &scene;
    db.run("update tasker_tasks_dlq set dlq_timestamp = now() - interval '9 hours'")
        .await;
    db.dead_letter("HTTP 500").await;
    let mut conn = db.pool.acquire().await.unwrap();
    let first = async |conn: &mut sqlx::PgConnection| {
        let queue = keyset_pages::top::<QueueRow>(conn, &Source::native(), 10, 10)
            .await
            .unwrap();
        assert_eq!(queue.rows.len(), 2);
        queue.rows[0].dlq_entry_uuid.0
    };
    assert_eq!(first(&mut conn).await, dead.entry);
    done(act(&scene, "ana", EntryVerb::Snooze(Until::Minutes(15))).await);
    assert_ne!(first(&mut conn).await, dead.entry);
    db.run("update dlqtop.snoozes set until = now() - interval '1 second'")
        .await;
    assert_eq!(first(&mut conn).await, dead.entry);
}
