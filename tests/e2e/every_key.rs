//! Every key there is, ten thousand times at random, wherever nothing may be written: the server's
//! log holds no write, and what was sent to it could not have been one.

mod statements;

use std::time::{Duration, Instant};

use fastrand::Rng;
use sqlx::{Connection as _, Executor as _, PgConnection};
use support::bouncer::{self, Bouncer};
use support::database::Database;
use support::home::write_private;
use support::pseudo_terminal::PseudoTerminal;
use support::screens::{with_history, writes};
use support::wait::wait_until;
use tempfile::TempDir;

use self::statements::{functions_that_write, is_poolers_own, suspicious};

/// Small, so that frames are drawn fast; large enough for every pane and box.
const SIZE: (u16, u16) = (80, 24);

/// Keys from one heartbeat to the next.
const CHUNK: usize = 100;

/// Chunks from one start of the program to the next.
const CHUNKS_A_LIFE: usize = 10;

/// Esc as terminals send it when more follows at once. A move after it, because what follows an Esc
/// immediately may be a terminal's own reply, which is thrown away.
const ESC: &str = "\x1b\x1b\x1b[B";

/// What is typed in one piece: keys, pastes, and whole attempts to write.
const PIECES: [&str; 34] = [
    ESC,
    "\t",
    "\r",
    "\x7f",
    "\x1b[Z",
    "\x1b[A",
    "\x1b[B",
    "\x1b[C",
    "\x1b[D",
    "\x1b[H",
    "\x1b[F",
    "\x1b[5~",
    "\x1b[6~",
    "\x1b[2~",
    "\x1b[3~",
    "\x1bOP",
    "\x1bOQ",
    "\x1b[15~",
    "\x1b[24~",
    "\x1b[1;5C",
    "\x1b[1;5D",
    "\x1bx",
    "\x1bb",
    "é",
    "日",
    "\x1b[200~Ry\nX :retry\x1b[201~",
    "Rbecause\ry",
    "2Ubecause\r\ry",
    "Abecause\ry",
    "X\t\t\ty",
    ":retry\rbecause\ry",
    ":dlq\rbecause\ry",
    ":ro\r",
    ":lock\r",
];

/// The same where no profile could be unlocked by it.
const UNLOCK: &str = "\x1b\x1b\x1b[B:unlock 15m INC-4411\r";

/// Any key but those that leave: they are pressed at the end of each life.
fn any_key(rng: &mut Rng, may_unlock: bool) -> String {
    const TOLD: [&str; 12] = ["R", "B", "U", "A", "X", "D", "O", "P", "Z", "y", "\r", " "];
    match rng.u8(0..12) {
        0..4 => rng.char(' '..='~').to_string().replace('q', "Q"),
        4..6 => {
            let control = rng.char('\u{1}'..='\u{19}');
            control.to_string().replace('\u{3}', "\u{4}")
        }
        6..9 => rng.choice(TOLD).unwrap_or_default().to_owned(),
        9 if may_unlock && rng.u8(0..8) == 0 => UNLOCK.to_owned(),
        _ => rng.choice(PIECES).unwrap_or_default().to_owned(),
    }
}

/// How many keys that is: an escape sequence is one, and so is a paste.
fn length(piece: &str) -> usize {
    if piece.starts_with('\x1b') && piece != UNLOCK {
        1
    } else {
        piece.chars().count()
    }
}

/// Where keys are typed, and how it is started again.
struct Life<'a> {
    arguments: Vec<&'a str>,
    /// What the first screen shows.
    shows: &'a str,
    /// It has a command bar; the wall has none.
    has_commands: bool,
    may_unlock: bool,
    /// Only to see that these keys would write.
    may_write: bool,
}

impl Life<'_> {
    /// Types so many keys, and says how long that took.
    fn type_and_tell(&self, what: &str, keys: usize, seed: u64) {
        let since = Instant::now();
        self.type_at_random(keys, &mut Rng::with_seed(seed));
        let seconds = since.elapsed().as_secs_f64();
        eprintln!("{what}: {keys} keys in {seconds:.1} s, seed {seed}");
    }

    fn begin(&self) -> PseudoTerminal {
        let screen = PseudoTerminal::dlqtop(&self.arguments, SIZE);
        screen.wait_for(self.shows);
        screen
    }

    /// Waits until all that was typed has been read: a word that was never typed before shows up.
    fn is_read(&self, screen: &mut PseudoTerminal, mark: usize) -> bool {
        if !self.has_commands {
            // Another frame.
            let sent = screen.raw().len();
            let drawn = || screen.raw().len() > sent || screen.has_ended();
            return wait_until(Duration::from_secs(20), drawn) && !screen.has_ended();
        }
        let word = format!("mark{mark:05}");
        // What is typed while an editor has the terminal is the editor's: then once more.
        let (times, limit) = if self.may_write { (12, 5) } else { (1, 60) };
        let mut read = Err(String::new());
        for _ in 0..times {
            screen.type_keys(&ESC.repeat(9));
            screen.type_keys(&format!(":{word}"));
            let limit = Duration::from_secs(limit);
            read = screen.wait_within(limit, |shown| shown.contains(&word));
            if read.is_ok() || screen.has_ended() {
                break;
            }
        }
        assert!(
            read.is_ok() || screen.has_ended(),
            "keys are not read:\n{}",
            screen.screen()
        );
        screen.type_keys(ESC);
        read.is_ok()
    }

    /// Types so many keys, and leaves by each of the keys that leave.
    fn type_at_random(&self, keys: usize, rng: &mut Rng) {
        let mut screen = self.begin();
        let mut typed = 0;
        for chunk in 1.. {
            let mut piece = String::new();
            let mut pieces = 0;
            while pieces < CHUNK {
                let key = any_key(rng, self.may_unlock);
                pieces += length(&key);
                piece.push_str(&key);
            }
            if !self.has_commands {
                // There is no command to be spelled there: it would leave.
                piece = piece.replace('q', "Q");
            }
            screen.type_keys(&piece);
            typed += pieces;
            // The command bar can quit as well.
            let lives = self.is_read(&mut screen, chunk);
            if lives {
                let shown = screen.screen();
                assert!(self.may_write || !shown.contains("[ Cancel ]"), "{shown}");
            }
            assert!(lives || self.has_commands, "the wall has ended");
            let over = typed >= keys;
            if lives && (over || chunk % CHUNKS_A_LIFE == 0) {
                leave(&mut screen, if rng.bool() { "qq" } else { "\x03\x03" });
            }
            if !lives || over || chunk % CHUNKS_A_LIFE == 0 {
                assert_eq!(screen.exit_code(), 0);
                assert!(screen.is_restored());
                if over {
                    return;
                }
                screen = self.begin();
            }
        }
    }
}

/// Leaves by a key that is pressed twice: where changes are under way, the first only warns. Whatever is open is
/// closed before; an editor takes what is typed for itself, so it may take more than once.
fn leave(screen: &mut PseudoTerminal, keys: &str) {
    for _ in 0..12 {
        screen.type_keys(&ESC.repeat(9));
        screen.type_keys(keys);
        if wait_until(Duration::from_secs(5), || screen.has_ended()) {
            return;
        }
    }
}

/// A database that logs every statement, and what was written in it so far.
async fn watched() -> (Database, Vec<(String, i64)>) {
    let db = with_history().await;
    let name = db.options.get_database().unwrap().to_owned();
    db.run(&format!("alter database {name} set log_statement = 'all'"))
        .await;
    db.pool.close().await;
    let before = writes(&db).await;
    assert!(before.iter().any(|(_, writes)| *writes > 0), "{before:?}");
    (db, before)
}

/// Nothing was written, by the tables' counters and by every statement in the server's log; and what
/// is measured would be seen.
async fn expect_no_writes(db: &Database, before: &[(String, i64)], seed: u64) {
    assert_eq!(writes(db).await, before, "seed {seed}");
    let options = db.options.clone().application_name("dlqtop");
    let mut session = PgConnection::connect_with(&options).await.unwrap();
    let writing = functions_that_write(&mut session).await;
    let statements = db.statements_of("dlqtop");
    let from_here = statements.len();
    // The question about functions is the last one, and ours.
    let theirs: Vec<_> = (statements.into_iter())
        .filter(|(_, statement)| !statement.contains("pg_proc") && !is_poolers_own(statement))
        .collect();
    assert!(theirs.len() > 30, "it has sent {} statements", theirs.len());
    let found = suspicious(&theirs, &writing);
    assert!(found.is_empty(), "seed {seed}: {found:#?}");

    // A write by function, which no log of data-changing statements would show.
    session
        .execute("select dlqtop.log_refused_act('a', 'b', 'c', null, 'd', null, 'e')")
        .await
        .unwrap();
    session.close().await.unwrap();
    let statements = db.statements_of("dlqtop");
    assert_eq!(suspicious(&statements[from_here..], &writing).len(), 1);
    expect_writes_to_be_seen(db).await;
}

/// What is measured would be seen: the same look at a database that is written to by something
/// of that name.
async fn expect_writes_to_be_seen(db: &Database) {
    let before = writes(db).await;
    let options = db.options.clone().application_name("dlqtop");
    let mut writer = PgConnection::connect_with(&options).await.unwrap();
    writer
        .execute("insert into dlqtop.operator_log (actor, action, subject, outcome) values ('a', 'b', 'c', 'd')")
        .await
        .unwrap();
    writer.close().await.unwrap();
    assert_ne!(writes(db).await, before);
    assert!(!db.logged_by("dlqtop").is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_keys_write_where_they_may() {
    let (seed, keys) = (20_261_121, 2_000);
    let (db, before) = watched().await;
    let url = db.url();
    let life = Life {
        arguments: vec!["--database-url", &url, "--no-detect"],
        shows: "Enter open",
        has_commands: true,
        may_unlock: false,
        may_write: true,
    };
    life.type_at_random(keys, &mut Rng::with_seed(seed));
    assert_ne!(writes(&db).await, before, "seed {seed}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_keys_write_nothing_in_a_dashboard_that_is_read_only() {
    let (seed, keys) = (20_261_121, 10_000);
    let (db, before) = watched().await;
    let url = db.url();
    let life = Life {
        arguments: vec!["--database-url", &url, "--read-only"],
        shows: "READ-ONLY",
        has_commands: true,
        may_unlock: true,
        may_write: false,
    };
    life.type_and_tell("--read-only", keys, seed);
    expect_no_writes(&db, &before, seed).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_write_nothing_as_a_role_that_may_only_look() {
    let (seed, keys) = (20_261_122, 2_000);
    let (db, before) = watched().await;
    let url = format!("{}&options[role]=dlqtop_viewer", db.url());
    let life = Life {
        arguments: vec!["--database-url", &url],
        shows: "READ-ONLY",
        has_commands: true,
        may_unlock: true,
        may_write: false,
    };
    life.type_and_tell("viewer", keys, seed);
    expect_no_writes(&db, &before, seed).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_write_nothing_in_a_profile_that_is_locked() {
    let (seed, keys) = (20_261_123, 2_000);
    let (db, before) = watched().await;
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("config.toml");
    let text = format!(
        "[profiles.p]\ndatabase_url = {:?}\nread_only = true\n",
        db.url()
    );
    write_private(&file, text);
    let life = Life {
        arguments: vec!["--config", file.to_str().unwrap(), "--profile", "p"],
        shows: "READ-ONLY",
        has_commands: true,
        // It would be, as it should.
        may_unlock: false,
        may_write: false,
    };
    life.type_and_tell("profile", keys, seed);
    expect_no_writes(&db, &before, seed).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_write_nothing_on_the_wall() {
    let (seed, keys) = (20_261_124, 2_000);
    let (db, before) = watched().await;
    let url = db.url();
    let life = Life {
        arguments: vec!["watch", "--database-url", &url],
        shows: "DLQ PENDING",
        has_commands: false,
        may_unlock: true,
        may_write: false,
    };
    life.type_and_tell("wall", keys, seed);
    expect_no_writes(&db, &before, seed).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_write_nothing_through_a_pooler() {
    if bouncer::is_missing() {
        return;
    }
    let (seed, keys) = (20_261_125, 2_000);
    let (db, before) = watched().await;
    let bouncer = Bouncer::before(&db, &[]);
    let url = bouncer.url("dlqtop", "127.0.0.1", "?sslmode=disable");
    let life = Life {
        arguments: vec!["--database-url", &url, "--read-only"],
        shows: "READ-ONLY",
        has_commands: true,
        may_unlock: true,
        may_write: false,
    };
    life.type_and_tell("pooler", keys, seed);
    // Its sessions are counted when they go.
    drop(bouncer);
    expect_no_writes(&db, &before, seed).await;
}
