//! Every pair of functions that write, one against the other: no deadlock, whoever is first.

#![allow(clippy::print_stdout, reason = "races print their seed and figures")]

use std::collections::BTreeSet;

use fastrand::Rng;
use sqlx::postgres::PgRow;
use support::database::Database;

use super::acts::{
    ACTS, Act, OWN, Scene, TABLES, closed, ended, failed, forgotten, prepare, returned, working,
};
use super::{Session, waits};

const DEADLOCK: &str = "40P01";

/// Two sessions.
struct Racers {
    one: Session,
    two: Session,
}

/// The races of one scene, and what has come of them.
struct Races<'a> {
    db: &'a Database,
    scene: &'a Scene,
    /// The acts that this scene is for; all, if there are none.
    special: &'a [&'a str],
    /// Acts that went through when they were alone.
    effective: BTreeSet<&'static str>,
    /// How often one had to wait for the other.
    waited: usize,
    /// What deadlocked.
    deadlocks: Vec<String>,
}

impl Races<'_> {
    fn is_special(&self, act: &Act) -> bool {
        self.special.is_empty() || self.special.iter().any(|name| act.sql.contains(name))
    }

    /// Whether a transaction may go on with this: then it is tried against the one that waits.
    fn may_follow(&self, first: &Act, next: &Act) -> bool {
        first.rank != TABLES && (first.rank..OWN).contains(&next.rank) && self.is_special(next)
    }

    /// One session has done `first` in an open transaction and another one wants to do `other`. If it has to
    /// wait, the first one goes on with everything that may come after `first`, one at a time. Nothing is kept.
    async fn race(&mut self, first: &Act, other: &Act, racers: Racers) -> Racers {
        let Racers { mut one, mut two } = racers;
        let scene = self.scene;
        let begun = one.run(&format!("begin; {}", scene.sql(first.sql))).await;
        if begun.is_err() {
            one.must("rollback").await;
            return Racers { one, two };
        }
        two.must("begin").await;
        let pid = two.pid;
        let running = two.start(&scene.sql(other.sql));
        if waits(self.db, &running, pid).await {
            self.waited += 1;
            one.must("savepoint before").await;
            for next in ACTS {
                if running.is_finished() {
                    break;
                }
                if !self.may_follow(first, next) {
                    continue;
                }
                let sql = format!("rollback to before; {}", scene.sql(next.sql));
                let went = one.run(&sql).await;
                self.note(
                    &went,
                    &format!("{}, then {}", first.sql, next.sql),
                    other.sql,
                );
            }
        }
        one.must("rollback").await;
        let (mut two, went) = running.await.unwrap();
        self.note(&went, other.sql, first.sql);
        two.must("rollback").await;
        Racers { one, two }
    }

    fn note(
        &mut self,
        went: &Result<Option<PgRow>, (String, String)>,
        victim: &str,
        against: &str,
    ) {
        if let Err((code, _)) = went
            && code == DEADLOCK
        {
            let scene = self.scene.name;
            self.deadlocks
                .push(format!("{scene}: {victim} against {against}"));
        }
    }
}

/// Races all pairs in which one of `special` takes part; all, if there are none.
async fn race_all<'a>(db: &'a Database, scene: &'a Scene, special: &'a [&'a str]) -> Races<'a> {
    let mut found = Races {
        db,
        scene,
        special,
        effective: BTreeSet::new(),
        waited: 0,
        deadlocks: Vec::new(),
    };
    let mut racers = Racers {
        one: Session::of(db).await,
        two: Session::of(db).await,
    };
    for act in ACTS {
        let sql = format!("begin; {}", scene.sql(act.sql));
        if racers.one.run(&sql).await.is_ok() {
            found.effective.insert(act.sql);
        }
        racers.one.must("rollback").await;
    }
    for first in ACTS {
        for other in ACTS {
            if found.is_special(first) || found.is_special(other) {
                racers = found.race(first, other, racers).await;
            }
        }
    }
    println!(
        "{}: one waited for the other {} times",
        scene.name, found.waited
    );
    assert!(found.deadlocks.is_empty(), "{:#?}", found.deadlocks);
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_two_that_write_deadlock() {
    let db = Database::new().await;
    prepare(&db).await;
    assert_eq!(
        forgotten(&db).await,
        [""; 0],
        "these are not raced: add them to the acts"
    );
    let scene = working(&db).await;
    let found = race_all(&db, &scene, &[]).await;
    assert!(found.waited > 200, "{}", found.waited);
    let mut effective = found.effective;

    for special in ["returned", "failed", "closed", "ended"] {
        let db = Database::new().await;
        prepare(&db).await;
        let (scene, acts): (Scene, &[&str]) = match special {
            "returned" => (returned(&db).await, &["advance_tasks"]),
            "failed" => (failed(&db).await, &["resume_task", "undo_sweep"]),
            "closed" => (closed(&db).await, &["reopen_investigation", "send_to_dlq"]),
            _ => (ended(&db).await, &["archive"]),
        };
        let found = race_all(&db, &scene, acts).await;
        assert!(found.waited > 10, "{special}: {}", found.waited);
        effective.extend(found.effective);
    }
    let idle = ACTS.iter().map(|act| act.sql);
    let idle: Vec<&str> = idle.filter(|sql| !effective.contains(sql)).collect();
    assert_eq!(
        idle, [""; 0],
        "these never went through: they have shown nothing"
    );
}

/// How many sessions act at once in the rounds.
const SESSIONS: usize = 4;

/// The acts of a round, dealt to the sessions: transactions of two, in the order of locks, or of one that is to
/// be alone.
fn deal(scene: &Scene, rng: &mut Rng) -> Vec<Vec<String>> {
    let (single, mut others): (Vec<&Act>, Vec<&Act>) =
        ACTS.iter().partition(|act| act.rank == TABLES);
    rng.shuffle(&mut others);
    let pairs = others.chunks_mut(2).map(|two| {
        two.sort_by_key(|act| act.rank);
        two.to_vec()
    });
    let mut turns: Vec<Vec<&Act>> = single
        .into_iter()
        .map(|act| vec![act])
        .chain(pairs)
        .collect();
    rng.shuffle(&mut turns);
    let mut hands = vec![Vec::new(); SESSIONS];
    for (n, turn) in turns.iter().enumerate() {
        let calls: Vec<String> = turn.iter().map(|act| scene.sql(act.sql)).collect();
        hands[n % SESSIONS].push(format!("begin; {}; commit", calls.join("; ")));
    }
    hands
}

/// Runs the transactions one after the other: how many went through, and which deadlocked.
async fn play(mut session: Session, hand: Vec<String>) -> (Session, usize, Vec<String>) {
    let (mut went, mut deadlocks) = (0, Vec::new());
    for sql in hand {
        match session.run(&sql).await {
            Ok(_) => went += 1,
            Err((code, why)) => {
                session.must("rollback").await;
                if code == DEADLOCK {
                    deadlocks.push(format!("{why}: {sql}"));
                }
            }
        }
    }
    (session, went, deadlocks)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_that_write_at_once_do_not_deadlock_in_two_hundred_rounds() {
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut rng = Rng::with_seed(seed);
    let db = Database::new().await;
    prepare(&db).await;
    let mut sessions = Vec::new();
    for _ in 0..SESSIONS {
        sessions.push(Session::of(&db).await);
    }
    let (mut done, mut deadlocks) = (0, Vec::new());
    for _ in 0..200 {
        let scene = working(&db).await;
        let hands = deal(&scene, &mut rng);
        let playing: Vec<_> = sessions
            .into_iter()
            .zip(hands)
            .map(|(session, hand)| tokio::spawn(play(session, hand)))
            .collect();
        sessions = Vec::new();
        for played in playing {
            let (session, went, mut lost) = played.await.unwrap();
            sessions.push(session);
            done += went;
            deadlocks.append(&mut lost);
        }
    }
    println!("{done} transactions went through");
    assert!(deadlocks.is_empty(), "{deadlocks:#?}");
    assert!(done > 1_000, "only {done} transactions went through");
}
