//! `config.toml`, the environment and flags: checked as a whole, and each value with its origin.

use std::fs;

use dlqtop::config::keys::{KEYS, SECTIONS};
use serde_json::Value as Json;
use support::dlqtop::run;
use support::home::{Home, RETRY, shown, write_private};

/// One fault of each kind.
const FAULTY: &str = "# line 1\n\
         [staleness_detection]\n\
         batch_size = 0\n\
         enabled = \"yes\"\n\
         dry_rum = true\n\
         [staleness_detection.thresholds]\n\
         waiting_for_retry_minutes = \"30m\"\n\
         warning_ratio = 1.5\n\
         [archive.policies]\n\
         failed_days = true\n\
         [pollng]\n\
         interval = \"2s\"\n\
         [polling]\n\
         interval = 2 seconds\n\
         db_budget = \"200%\"\n";

/// Where each is, and what is said of it; two are in the environment.
const FAULTS: [(&str, &str); 11] = [
    (
        ":3:",
        "staleness_detection.batch_size = 0: must be a whole number from 1 to 10000",
    ),
    (
        ":4:",
        "staleness_detection.enabled = \"yes\": must be true or false",
    ),
    (":5:", "did you mean staleness_detection.dry_run?"),
    (
        ":7:",
        "waiting_for_retry_minutes = \"30m\": must be a number from 0.01 to 5256000",
    ),
    (
        ":8:",
        "warning_ratio = 1.5: must be a number from 0.01 to 0.99",
    ),
    (
        ":10:",
        "failed_days = true: must be a number from 0 to 36500, or false for ever",
    ),
    (":11:", "no section [pollng]: did you mean [polling]?"),
    (":14:", "this is not TOML"),
    (
        ":15:",
        "db_budget = \"200%\": must be a share of one core from 0.1% to 100%, or off",
    ),
    (
        "environment DLQTOP_ARCHIVE__BATCH_SIZE",
        "many: must be a whole number",
    ),
    (
        "environment DLQTOP_POLLING_INTERVAL",
        "DLQTOP_POLLING__INTERVAL is one",
    ),
];

#[test]
fn everything_that_is_wrong_is_said_at_once_with_its_place() {
    let home = Home::with(FAULTY);
    // Any command, and before anything else is asked.
    for arguments in [
        &["queue"][..],
        &["config", "show"],
        &[],
        &["demo", "--headless", "1"],
    ] {
        let mut command = home.command(arguments);
        command
            .env("DLQTOP_ARCHIVE__BATCH_SIZE", "many")
            .env("DLQTOP_POLLING_INTERVAL", "2s");
        let run = run(&mut command);
        assert_eq!(run.code, Some(2), "{run:?}");
        assert_eq!(run.stdout, "", "{run:?}");
        let lines: Vec<&str> = run.stderr.lines().collect();
        assert_eq!(
            lines[0], "dlqtop: the configuration has 11 faults; nothing was started",
            "{run:?}"
        );
        assert_eq!(lines.len() - 1, FAULTS.len(), "{}", run.stderr);
        for (line, (place, what)) in lines[1..].iter().zip(FAULTS) {
            let place = if place.starts_with(':') {
                format!("  {}{place} ", home.file().display())
            } else {
                format!("  {place}: ")
            };
            assert!(line.starts_with(&place), "{place}: {line}");
            assert!(line.contains(what), "{what}: {line}");
        }
    }
}

/// A home, flags and variables; the value and its origin.
type Case<'a> = (
    &'a Home,
    &'a [&'a str],
    &'a [(&'a str, &'a str)],
    &'a str,
    &'a str,
);

#[test]
fn a_flag_outranks_the_environment_and_that_the_file_and_that_the_default() {
    let home = Home::with("\n[polling]\ninterval = \"3s\"\n");
    let none = Home::new();
    let key = "polling.interval";
    let variable = ("DLQTOP_POLLING__INTERVAL", "4s");
    let flag = ["--interval", "5s"];
    let cases: [Case<'_>; 6] = [
        (&none, &[], &[], "2s", "default"),
        (&home, &[], &[], "3s", "config.toml:3"),
        (
            &home,
            &[],
            &[variable],
            "4s",
            "environment DLQTOP_POLLING__INTERVAL",
        ),
        (&home, &flag, &[variable], "5s", "flag --interval"),
        (&home, &flag, &[], "5s", "flag --interval"),
        // Empty is not said.
        (&home, &[], &[(variable.0, "")], "3s", "config.toml:3"),
    ];
    for (home, more, variables, value, from) in cases {
        let seen = shown(home, more, variables, key);
        assert_eq!(
            seen,
            (value.into(), from.to_owned()),
            "{more:?} {variables:?}"
        );
    }
}

#[test]
fn every_flag_says_so() {
    let home = Home::new();
    for (more, key, value) in [
        (&["--no-detect"][..], "staleness_detection.enabled", "false"),
        (&["--detect-dry-run"], "staleness_detection.dry_run", "true"),
        (
            &["--detect-interval", "2m"],
            "staleness_detection.detection_interval_seconds",
            "120.0",
        ),
        (&["--db-budget", "0.5%"], "polling.db_budget", "\"0.5%\""),
        (&["--db-budget", "off"], "polling.db_budget", "\"off\""),
        (
            &["--metrics-listen", "127.0.0.1:9187"],
            "telemetry.metrics_listen",
            "\"127.0.0.1:9187\"",
        ),
    ] {
        let (seen, from) = shown(&home, more, &[], key);
        assert_eq!(seen.to_string(), value, "{more:?}");
        assert_eq!(from, format!("flag {}", more[0]));
    }
    for wrong in [
        ["--db-budget", "2"],
        ["--db-budget", "0.01%"],
        ["--metrics-listen", "here"],
    ] {
        let run = home.run(&["config", "show", wrong[0], wrong[1]]);
        assert_eq!(run.code, Some(2), "{run:?}");
        assert!(run.stderr.contains(wrong[0]), "{run:?}");
    }
}

#[test]
fn the_file_can_be_named_and_then_must_be_there() {
    let home = Home::with("[polling]\ninterval = \"3s\"\n");
    let other = home.folder.path().join("other.toml");
    write_private(&other, "polling.interval = \"7s\"");
    let other = other.to_str().unwrap();
    let wanted = (Json::from("7s"), "other.toml:1".to_owned());
    assert_eq!(
        shown(&home, &["--config", other], &[], "polling.interval"),
        wanted
    );
    let variable = [("DLQTOP_CONFIG", other)];
    assert_eq!(shown(&home, &[], &variable, "polling.interval"), wanted);

    let nowhere = home.folder.path().join("nowhere.toml");
    for bad in [nowhere.as_path(), home.folder.path()] {
        let run = home.run(&["config", "show", "--config", bad.to_str().unwrap()]);
        assert_eq!(run.code, Some(2), "{run:?}");
        assert!(run.stderr.contains("cannot be read"), "{run:?}");
    }
    fs::write(home.file(), b"[polling]\n# caf\xe9\n").unwrap();
    let run = home.run(&["config", "show"]);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(
        run.stderr.contains("config.toml:2: this is not UTF-8"),
        "{run:?}"
    );
}

#[test]
fn a_password_in_the_wrong_place_is_not_repeated() {
    let home = Home::with(
        "database_url = \"postgres://ana:canary-7731@db/prod\"\n\
         telemetry.metrics_listen = \"http://ana:canary-7731@0.0.0.0:9187\"\n",
    );
    let run = run(home
        .command(&["queue"])
        .env("DLQTOP_TELEMETRY__METRICS_LISTEN", "ana:canary-7731@db"));
    assert_eq!(run.code, Some(2), "{run:?}");
    assert_eq!(run.stderr.lines().count(), 4, "{run:?}");
    assert!(!run.stderr.contains("canary-"), "{run:?}");
}

#[test]
fn hostile_text_in_a_file_does_not_reach_the_terminal() {
    let home = Home::with("\"a\\u001b]0;pwned\\u0007\" = 1\n[polling]\ninterval = \"\u{9b}31m\"\n");
    let run = home.run(&["queue"]);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert_eq!(run.stderr.lines().count(), 3, "{run:?}");
    assert!(run.stderr.contains("pwned"), "{run:?}");
    let raw = run.stderr.chars().find(|c| *c != '\n' && c.is_control());
    assert_eq!(raw, None, "{run:?}");
}

#[test]
fn init_writes_a_file_once_and_overwrites_none() {
    let home = Home::new();
    let printed = home.run(&["config", "init", "--stdout"]);
    let printed = printed.expect_answer();
    assert!(!home.file().exists());
    let run = home.run(&["config", "init"]);
    assert_eq!(
        run.expect_answer(),
        format!("wrote {}\n", home.file().display())
    );
    assert_eq!(fs::read_to_string(home.file()).unwrap(), printed);
    for key in &KEYS {
        let line = format!("\n#{} = {}\n", key.leaf(), key.default);
        assert!(printed.contains(&line), "{line}");
    }
    // It changes nothing as it is.
    let (_, from) = shown(&home, &[], &[], RETRY);
    assert_eq!(from, "default");

    fs::write(home.file(), "not TOML at all").unwrap();
    home.run(&["config", "init"])
        .expect_complaint(2, &["is there already", "--stdout"]);
    assert_eq!(fs::read_to_string(home.file()).unwrap(), "not TOML at all");
    // Also the way out of a broken file.
    assert_eq!(
        home.run(&["config", "init", "--stdout"]).expect_answer(),
        printed
    );
    let elsewhere = home.folder.path().join("new").join("mine.toml");
    let elsewhere = elsewhere.to_str().unwrap();
    home.run(&["config", "init", "--config", elsewhere])
        .expect_answer();
    assert_eq!(fs::read_to_string(elsewhere).unwrap(), printed);
}

#[test]
fn a_first_file_is_announced_as_json_too() {
    let home = Home::new();
    let said = home.run(&["config", "init", "--json"]).expect_json();
    assert_eq!(said["wrote"], home.file().to_str().unwrap());
    let printed = home.run(&["config", "init", "--json", "--stdout"]);
    let written = fs::read_to_string(home.file()).unwrap();
    assert_eq!(printed.expect_json()["text"], written);
}

#[test]
fn the_replica_is_outranked_by_its_flag_and_shown_without_its_password() {
    let show = ["config", "show"];
    let home = Home::with("[polling]\nread_url = \"postgres://r:canary-1@one.example/x\"\n");
    let from_file = home.run(&show);
    let said = from_file.expect_answer();
    assert!(said.contains("postgres://r@one.example:5432/x"), "{said}");
    assert!(said.contains("config.toml:2"), "{said}");
    let flag = home.run(&[&show[..], &["--read-url", "postgres://r@two.example/x"]].concat());
    let said = flag.expect_answer();
    assert!(said.contains("postgres://r@two.example:5432/x"), "{said}");
    assert!(said.contains("flag --read-url"), "{said}");
    let variable = run(home
        .command(&show)
        .env("DLQTOP_READ_URL", "postgres://r:canary-2@three.example/x"));
    let said = variable.expect_answer();
    assert!(said.contains("postgres://r@three.example:5432/x"), "{said}");

    let home = Home::with("[polling]\nread_url = \"host=one password=canary-3 x\"\n");
    let refused = home.run(&show);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    let pieces = "polling.read_url = …: must be an address such as";
    assert!(refused.stderr.contains(pieces), "{refused:?}");
    for run in [from_file, variable, refused] {
        assert!(!format!("{run:?}").contains("canary-"), "{run:?}");
    }
}

#[test]
fn the_documentation_has_every_key_as_the_program_has_it() {
    let docs = fs::read_to_string("docs/reference/configuration.md").unwrap();
    let mut wanted = Vec::new();
    for (section, about) in SECTIONS {
        let keys: Vec<_> = KEYS.iter().filter(|key| key.section() == section).collect();
        if keys.is_empty() {
            continue;
        }
        wanted.push(format!("### `[{section}]`"));
        wanted.push(about.to_owned());
        for key in keys {
            let column = key
                .column()
                .map_or(String::new(), |name| format!("`{name}`"));
            wanted.push(format!(
                "| `{}` | {} | `{}` | {} | {} |",
                key.leaf(),
                key.docs,
                key.default,
                key.kind.wanted(),
                column
            ));
        }
    }
    let documented: Vec<&str> = docs
        .lines()
        .filter(|line| wanted.iter().any(|wanted| wanted == line))
        .collect();
    assert_eq!(documented, wanted, "it should read:\n{}", wanted.join("\n"));
    let rows = docs.lines().filter(|line| line.starts_with("| `")).count();
    assert_eq!(rows, KEYS.len(), "a key is documented that does not exist");
    for flag in KEYS.iter().filter_map(|key| key.flag) {
        assert!(docs.contains(&format!("`{}", flag.name)), "{}", flag.name);
    }
}
