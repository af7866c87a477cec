//! The log is evidence: it names the database's own user, whoever the caller says that he is, and nothing
//! takes a line out of it.

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, Row as _};
use support::database::Database;
use support::scene::DeadLetter;

async fn scene() -> (Database, DeadLetter) {
    let db = Database::new().await;
    db.template("{}").await;
    let dead = db.dead_letter("HTTP 503").await;
    (db, dead)
}

/// A session that has logged in as this user, who may do what an operator may.
async fn login(db: &Database, user: &str) -> PgConnection {
    // Roles are the server's: another test may have made it.
    db.run(&format!(
        "do $$ begin create role {user}; exception when duplicate_object or unique_violation then end $$;
         do $$ begin grant dlqtop_operator to {user}; exception when others then end $$"
    ))
    .await;
    let mut session = PgConnection::connect_with(&db.options).await.unwrap();
    session
        .execute(AssertSqlSafe(format!("set session authorization {user}")))
        .await
        .unwrap();
    session
}

/// What an act answers: its outcome and the state that it names; or why the database refused it.
async fn act(session: &mut PgConnection, call: &str) -> Result<(String, String), String> {
    let sql = format!("select outcome, now_state from {call}");
    match session.fetch_one(AssertSqlSafe(sql)).await {
        Ok(row) => Ok((row.get(0), row.get(1))),
        Err(sqlx::Error::Database(refused)) => Err(refused.message().to_owned()),
        Err(other) => panic!("{other}"),
    }
}

fn note(dead: &DeadLetter, actor: &str) -> String {
    format!(
        "dlqtop.add_investigation_note('{}', '{actor}', 'looking')",
        dead.entry
    )
}

fn claim(dead: &DeadLetter, actor: &str, take_over: bool) -> String {
    format!(
        "dlqtop.own_entry('{}', 1, '{actor}', 'looking', 30, null, {take_over})",
        dead.entry
    )
}

fn release(dead: &DeadLetter, actor: &str) -> String {
    format!(
        "dlqtop.release_entry('{}', 1, '{actor}', 'done with it')",
        dead.entry
    )
}

/// The newest line of the log: who, as which user, what, with which outcome.
async fn newest(db: &Database) -> String {
    db.one(
        "select concat_ws(' ', actor, database_user, action, outcome)
         from v_operator_log order by log_id desc limit 1",
    )
    .await
}

async fn lines(db: &Database) -> i64 {
    db.one("select count(*) from v_operator_log").await
}

#[tokio::test]
async fn the_log_names_the_user_whatever_the_caller_says() {
    let (db, dead) = scene().await;
    let mut bob = login(&db, "evidence_bob").await;
    act(&mut bob, &note(&dead, "ana@lap7")).await.unwrap();
    assert_eq!(newest(&db).await, "ana@lap7 evidence_bob add_note done");
    // A role is not a login.
    bob.execute("set role dlqtop_operator").await.unwrap();
    act(&mut bob, &note(&dead, "ana@lap7")).await.unwrap();
    assert_eq!(newest(&db).await, "ana@lap7 evidence_bob add_note done");
    // Not even the owner of the table chooses it.
    db.run(
        "insert into dlqtop.operator_log (actor, database_user, action, subject, outcome)
         values ('ana', 'evidence_eve', 'cancel_task', 'pay/charge', 'done')",
    )
    .await;
    let forged: i64 = db
        .one("select count(*) from v_operator_log where database_user = 'evidence_eve'")
        .await;
    assert_eq!(forged, 0);
}

#[tokio::test]
async fn a_bound_user_acts_under_its_own_names_only() {
    let (db, dead) = scene().await;
    let mut bob = login(&db, "evidence_bob").await;
    let mut eve = login(&db, "evidence_eve").await;
    db.run("select dlqtop.bind_actor('evidence_bob', 'bob', 'owner', 'the shift has names')")
        .await;
    assert!(newest(&db).await.starts_with("owner "));
    act(&mut bob, &note(&dead, "bob@desk")).await.unwrap();
    act(&mut bob, &note(&dead, "bob")).await.unwrap();
    act(&mut eve, &note(&dead, "ana")).await.unwrap();

    let before = lines(&db).await;
    let retry = format!(
        "dlqtop.act_on_step('reset_for_retry', '{}', 'error', 'ana', 'now')",
        dead.step
    );
    for call in [note(&dead, "ana"), claim(&dead, "ana", true), retry] {
        assert_eq!(
            act(&mut bob, &call).await.unwrap_err(),
            "the database user evidence_bob may not act as ana",
            "{call}"
        );
    }
    assert_eq!(
        act(&mut eve, &note(&dead, "bob@desk")).await.unwrap_err(),
        "the database user evidence_eve may not act as bob@desk",
        "a name that is bound is nobody else's"
    );
    assert_eq!(lines(&db).await, before);
    assert_eq!(db.step_state(dead.step).await, "error", "nothing was done");
    for refused in [
        "insert into dlqtop.actors values ('evidence_bob', 'ana')",
        "select dlqtop.bind_actor('evidence_bob', 'ana', 'bob', 'me too')",
    ] {
        let refused = bob.execute(refused).await.unwrap_err().to_string();
        assert!(refused.contains("permission denied"), "{refused}");
    }
    db.run("select dlqtop.unbind_actor('evidence_bob', 'bob', 'owner', 'gone')")
        .await;
    act(&mut bob, &note(&dead, "ana")).await.unwrap();
}

#[tokio::test]
async fn a_refused_act_is_not_logged_in_anothers_name() {
    let (db, _) = scene().await;
    let mut bob = login(&db, "evidence_bob").await;
    db.run("select dlqtop.bind_actor('evidence_bob', 'bob', 'owner', 'the shift has names')")
        .await;
    for (actor, logged) in [("bob@desk", "bob@desk"), ("ana", "evidence_bob")] {
        bob.execute(AssertSqlSafe(format!(
            "select dlqtop.log_refused_act('{actor}', 'cancel_task', 'pay/charge', null, 'why', null, 'failed')"
        )))
        .await
        .unwrap();
        assert_eq!(
            newest(&db).await,
            format!("{logged} evidence_bob cancel_task failed")
        );
    }
}

#[tokio::test]
async fn a_claim_is_released_by_who_holds_it_or_taken_over_in_the_open() {
    let (db, dead) = scene().await;
    let mut bob = login(&db, "evidence_bob").await;
    let mut eve = login(&db, "evidence_eve").await;
    act(&mut bob, &claim(&dead, "bob", false)).await.unwrap();
    // The same name, by another user.
    for call in [release(&dead, "bob"), claim(&dead, "bob", false)] {
        let (outcome, now) = act(&mut eve, &call).await.unwrap();
        assert_eq!(outcome, "changed", "{call}");
        assert!(
            now.starts_with("owned by bob as evidence_bob until "),
            "{now}"
        );
    }
    let owner = "select owner || ' ' || database_user from dlqtop.claims";
    assert_eq!(db.one::<String>(owner).await, "bob evidence_bob");

    let (outcome, now) = act(&mut eve, &claim(&dead, "eve", true)).await.unwrap();
    assert_eq!(outcome, "done");
    assert!(now.ends_with(", taken over from bob"), "{now}");
    let logged: String = db
        .one("select before || ' > ' || after from v_operator_log order by log_id desc limit 1")
        .await;
    assert!(
        logged.starts_with("owned by bob > owned by eve until "),
        "{logged}"
    );
    assert!(logged.ends_with(", taken over from bob"), "{logged}");
    let (outcome, _) = act(&mut bob, &release(&dead, "bob")).await.unwrap();
    assert_eq!(outcome, "changed", "it is hers now");
    act(&mut eve, &release(&dead, "eve")).await.unwrap();

    // Nobody held it: the log does not claim that somebody did.
    act(&mut bob, &release(&dead, "bob")).await.unwrap();
    let before = "select before from v_operator_log order by log_id desc limit 1";
    assert_eq!(db.one::<String>(before).await, "owned by nobody");
}

#[tokio::test]
async fn who_closes_an_entry_that_somebody_holds_is_seen_to_do_so() {
    let (db, dead) = scene().await;
    let mut bob = login(&db, "evidence_bob").await;
    act(&mut bob, &claim(&dead, "bob", false)).await.unwrap();
    let close = format!(
        "dlqtop.update_investigation('{}', 1, 'manually_resolved', 'eve', 'fixed')",
        dead.entry
    );
    act(&mut bob, &close).await.unwrap();
    let before = "select before from v_operator_log order by log_id desc limit 1";
    assert_eq!(db.one::<String>(before).await, "pending, owned by bob");
}

#[tokio::test]
async fn evidence_is_neither_rewritten_nor_truncated() {
    let (db, dead) = scene().await;
    db.run(&format!(
        "select {};
         select dlqtop.record_sweep('d1', 1, 1, 1, 0, 0, false)",
        note(&dead, "ana")
    ))
    .await;
    for destroy in [
        "truncate dlqtop.operator_log",
        "truncate dlqtop.notes",
        "truncate dlqtop.sweeps cascade",
        "truncate dlqtop.sweep_chunks",
        "truncate tasker_tasks, dlqtop.operator_log cascade",
        "update dlqtop.operator_log set database_user = 'eve'",
        "delete from dlqtop.notes",
    ] {
        let refused = db.pool.execute(destroy).await.unwrap_err().to_string();
        assert!(refused.contains("append-only"), "{destroy}: {refused}");
    }
    let kept: bool = db
        .one(
            "select exists (select from dlqtop.operator_log) and exists (select from dlqtop.notes)
                and exists (select from dlqtop.sweeps)",
        )
        .await;
    assert!(kept);
}
