//! What others could have written is not read, and what is written here nobody else can read.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use support::dlqtop::{Run, run};
use support::home::{Home, write_private};
use tempfile::TempDir;

const PASSWORD: &str =
    "[profiles.p]\ndatabase_url = \"postgres://ana:canary-7731@127.0.0.1:1/x\"\n";
const QUIET: &str = "polling.interval = \"5s\"\n";

fn set(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o7777
}

/// Expects that nothing was started, and one line that names the file and what to do.
fn expect_refusal(run: &Run, path: &Path, pieces: &[&str]) {
    assert_eq!(run.code, Some(2), "{run:?}");
    assert_eq!(run.stdout, "", "{run:?}");
    assert!(!run.stderr.contains("canary-"), "{run:?}");
    let path = path.display().to_string();
    let lines: Vec<&str> = run.stderr.lines().collect();
    assert!(lines[0].ends_with("nothing was started"), "{run:?}");
    assert_eq!(lines.len(), 2, "{run:?}");
    for piece in [&[path.as_str(), "chmod "], pieces].concat() {
        assert!(lines[1].contains(piece), "no {piece}: {run:?}");
    }
}

#[test]
fn a_configuration_that_others_may_change_is_refused() {
    for (text, modes) in [
        (QUIET, [0o666, 0o620, 0o602]),
        (PASSWORD, [0o660, 0o606, 0o622]),
    ] {
        for mode in modes {
            let home = Home::with(text);
            set(&home.file(), mode);
            let wanted = format!("others may change it (mode {mode:04o}): chmod go-w ");
            expect_refusal(&home.run(&["config", "show"]), &home.file(), &[&wanted]);
        }
    }
    let home = Home::with(QUIET);
    for mode in [0o600, 0o644, 0o444] {
        set(&home.file(), mode);
        home.run(&["config", "show"]).expect_answer();
    }
}

#[test]
fn a_configuration_with_a_password_in_it_is_its_owners_alone() {
    let replica = "polling.read_url = \"postgres://ana:canary-7731@127.0.0.1:1/x\"\n";
    for text in [PASSWORD, replica] {
        let home = Home::with(text);
        home.run(&["config", "show"]).expect_answer();
        for mode in [0o644, 0o604, 0o640] {
            set(&home.file(), mode);
            let wanted = format!(
                "it holds a password and others may read it (mode {mode:04o}): chmod 0600 "
            );
            expect_refusal(&home.run(&["config", "show"]), &home.file(), &[&wanted]);
        }
    }
}

#[test]
fn the_folders_on_the_way_and_links_count_as_well() {
    let home = Home::with(QUIET);
    let folder = home.file().parent().unwrap().to_owned();
    for (path, mode, refused) in [
        (folder.as_path(), 0o777, true),
        (folder.as_path(), 0o770, true),
        (folder.as_path(), 0o1777, false),
        (home.folder.path(), 0o777, true),
    ] {
        set(path, mode);
        let run = home.run(&["config", "show"]);
        if refused {
            expect_refusal(&run, path, &["others may change what is in it"]);
        } else {
            run.expect_answer();
        }
        set(path, 0o700);
    }
    // Where anybody may put files, only the owner of one counts; the link leads to what is looked at.
    let shared = TempDir::new().unwrap();
    set(shared.path(), 0o1777);
    let there = shared.path().join("config.toml");
    write_private(&there, QUIET);
    fs::remove_file(home.file()).unwrap();
    symlink(&there, home.file()).unwrap();
    home.run(&["config", "show"]).expect_answer();
    set(&there, 0o666);
    expect_refusal(&home.run(&["config", "show"]), &there, &["(mode 0666)"]);
    set(&there, 0o600);
    set(shared.path(), 0o777);
    expect_refusal(
        &home.run(&["config", "show"]),
        shared.path(),
        &["(mode 0777)"],
    );
    if nix::unistd::getuid().is_root() {
        set(shared.path(), 0o1777);
        std::os::unix::fs::chown(&there, Some(65_534), None).unwrap();
        let run = home.run(&["config", "show"]);
        assert_eq!(run.code, Some(2), "{run:?}");
        assert!(run.stderr.contains("it belongs to "), "{run:?}");
    }
}

/// A source of one's own, as far as this needs one: its folder and its files.
fn own_source(home: &Home) -> (PathBuf, PathBuf) {
    let folder = home.folder.path().join("dlqtop/sources/mine");
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join("counts.sql");
    write_private(&file, "select 1");
    write_private(&folder.join("source.toml"), "title = \"Mine\"\n");
    (folder, file)
}

#[test]
fn a_source_that_others_may_change_is_refused() {
    let home = Home::with(QUIET);
    let (folder, file) = own_source(&home);
    home.run(&["config", "show"]).expect_answer();
    let all = folder.parent().unwrap();
    for (path, mode) in [
        (file.as_path(), 0o666),
        (file.as_path(), 0o664),
        (folder.as_path(), 0o777),
        (folder.as_path(), 0o1777),
        (all, 0o777),
    ] {
        let before = fs::metadata(path).unwrap().permissions();
        set(path, mode);
        let run = home.run(&["config", "show"]);
        // A folder that is not a way only is named once, whatever is below it.
        assert!(
            run.stderr
                .contains(&format!("(mode {mode:04o}): chmod go-w ")),
            "{run:?}"
        );
        assert_eq!(run.code, Some(2), "{run:?}");
        fs::set_permissions(path, before).unwrap();
    }
}

#[test]
fn a_program_that_hands_out_the_address_is_not_run_if_others_may_change_it() {
    let home = Home::new();
    let (program, ran) = (
        home.folder.path().join("op"),
        home.folder.path().join("ran"),
    );
    write_private(
        &program,
        format!(
            "#!/bin/sh\ntouch {}\necho postgres://x@127.0.0.1:1/x\n",
            ran.display()
        ),
    );
    fs::create_dir_all(home.file().parent().unwrap()).unwrap();
    for (command, run_by) in [
        (format!("[\"{}\"]", program.display()), "program"),
        (format!("[\"sh\", \"{}\"]", program.display()), "script"),
    ] {
        let text = format!("[profiles.p]\ndatabase_url_command = {command}\n");
        write_private(&home.file(), text);
        for (mode, refused) in [(0o777, true), (0o720, true), (0o700, false)] {
            set(&program, mode);
            let run = home.run(&["queue", "--profile", "p"]);
            assert_eq!(run.code, Some(3), "{run:?}");
            let said =
                run.stderr.contains("others may change it") && run.stderr.contains("chmod go-w");
            assert_eq!(said, refused, "{run_by} {mode:o}: {run:?}");
            assert_eq!(ran.exists(), !refused, "{run_by} {mode:o}");
        }
        fs::remove_file(&ran).unwrap();
    }
}

/// Runs it with a umask that takes nothing away from anybody.
fn run_open(home: &Home, arguments: &[&str]) -> Run {
    let meant = home.command(arguments);
    let mut command = Command::new("/bin/sh");
    command
        .args(["-c", "umask 000; exec \"$@\"", "sh"])
        .arg(meant.get_program())
        .args(meant.get_args())
        .env_clear();
    let given = meant.get_envs();
    command
        .envs(given.filter_map(|(name, value)| Some((name, value?))))
        .env("XDG_STATE_HOME", home.folder.path().join("state"))
        .env("DLQTOP_LOG", "trace");
    run(&mut command)
}

#[test]
fn state_log_and_a_new_configuration_are_the_owners_alone_whatever_the_umask() {
    let home = Home::new();
    run_open(&home, &["config", "init"]).expect_answer();
    assert_eq!(mode(&home.file()), 0o600);
    assert_eq!(mode(home.file().parent().unwrap()), 0o700);

    let state = home.folder.path().join("state/dlqtop");
    fs::create_dir_all(state.join("runs")).unwrap();
    let old = [
        state.join("dlqtop.2026-01-01.log"),
        state.join("runs/old.jsonl"),
    ];
    for file in &old {
        fs::write(file, "x").unwrap();
        set(file, 0o666);
    }
    set(&state, 0o777);
    let run = run_open(
        &home,
        &["queue", "--database-url", "postgres://x@127.0.0.1:1/x"],
    );
    assert_eq!(run.code, Some(3), "{run:?}");
    assert_eq!(mode(&state), 0o700);
    assert_eq!(mode(&state.join("runs")), 0o700);
    let files: Vec<PathBuf> = fs::read_dir(&state)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .collect();
    assert_eq!(files.len(), 2, "the old and the new one: {files:?}");
    for file in files.iter().chain(&old) {
        assert_eq!(mode(file), 0o600, "{}", file.display());
    }
}
