//! `[keys]` in a configuration: what is wrong with it, and what `config show` says of it.

use support::home::Home;

#[test]
fn everything_wrong_with_keys_is_said_with_its_line() {
    let text = "[keys]\nretri = \"T\"\nretry = \"r\"\nopen = \"Ctrl-S\"\nsort = \"F13\"\nnote = 5\n\
                yes = \"Y\"\ncancel = \"U\"\nclaim = \"E\"\nsnooze = \"E\"\nlog = [\"@\", 4]\n";
    let home = Home::with(text);
    let run = home.run(&["queue"]);
    assert_eq!(run.code, Some(2), "{run:?}");
    let wanted = [
        (2, "there is no action retri: did you mean retry?"),
        (3, "keys.retry = \"r\": not that key, capitals write"),
        (4, "keys.open = \"Ctrl-S\": not that key, terminals stop"),
        (5, "keys.sort = \"F13\": no such key; write"),
        (6, "keys.note: must be a key like"),
        (7, "keys.yes belongs to a box"),
        (
            8,
            "keys.cancel = \"U\": close has that key; give close another one too",
        ),
        (
            10,
            "keys.snooze = \"E\": claim has that key; give claim another one too",
        ),
        (11, "keys.log: must be a key like"),
    ];
    let lines: Vec<&str> = run.stderr.lines().skip(1).collect();
    assert_eq!(lines.len(), wanted.len(), "{}", run.stderr);
    for (line, (at, what)) in lines.iter().zip(wanted) {
        let place = format!("{}:{at}: {what}", home.file().display());
        assert!(line.trim().starts_with(&place), "{place}: {line}");
    }
}

#[test]
fn two_actions_may_change_their_keys_with_each_other() {
    let home = Home::with("[keys]\nretry = \"X\"\ncancel = [\"R\", \"ctrl-t\"]\nfreeze = []\n");
    let shown = home.run(&["config", "show"]);
    let shown = shown.expect_answer();
    for wanted in [
        ["keys.retry", "X", "config.toml:2"].as_slice(),
        &["keys.cancel", "R,", "ctrl-t", "config.toml:3"],
        &["keys.freeze", "no", "key", "config.toml:4"],
    ] {
        let line = shown
            .lines()
            .find(|line| line.starts_with(wanted[0]))
            .unwrap();
        assert_eq!(line.split_whitespace().collect::<Vec<_>>(), wanted);
    }
    let json = home.run(&["config", "show", "--json"]).expect_json();
    let wanted = serde_json::json!(
        { "action": "cancel", "keys": ["R", "ctrl-t"], "from": "config.toml:3" });
    assert_eq!(json["keys"][1], wanted, "{json}");
}

#[test]
fn a_file_to_begin_with_names_every_action_and_can_be_taken_as_it_is() {
    let new = Home::new().run(&["config", "init", "--stdout"]);
    let text = new.expect_answer().to_owned();
    let (_, keys) = text.split_once("[keys]\n").unwrap();
    let keys: Vec<&str> = (keys.lines())
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.strip_prefix('#').filter(|line| !line.starts_with(' ')))
        .collect();
    assert!(
        keys.len() > 50 && keys.contains(&"retry = \"R\""),
        "{keys:?}"
    );
    let home = Home::with(&format!("[keys]\n{}\n", keys.join("\n")));
    home.run(&["config", "show"]).expect_answer();
}
