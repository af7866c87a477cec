//! `dlqtop fingerprint`: one error or a JSON string a line, from a file or a pipe, without a database.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::Stdio;

use serde_json::Value as Json;
use support::dlqtop::Run;
use support::home::Home;

const RULES: &str = r#"
[[fingerprint.rules]]
pattern = 'tenant \w+'
replacement = "tenant #"

[[fingerprint.rules]]
pattern = 'upstream (eu|us)-\d+'
split_by = 1
template = "payments/*"

[[fingerprint.rules]]
pattern = 'broker'
replacement = "queue"
source = "celery"
"#;

const ERROR: &str = "no answer for tenant acme from upstream eu-7 after 30 s";

/// Runs the command with this on its standard input.
fn piped(home: &Home, arguments: &[&str], input: impl AsRef<[u8]>) -> Run {
    let mut command = home.command(&["fingerprint"]);
    command.args(arguments);
    let pipe = || Stdio::piped();
    let mut child = command
        .stdin(pipe())
        .stdout(pipe())
        .stderr(pipe())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // A complaint may come before all is read.
    let _ = stdin.write_all(input.as_ref());
    drop(stdin);
    let out = child.wait_with_output().unwrap();
    Run {
        code: out.status.code(),
        stdout: String::from_utf8(out.stdout).unwrap(),
        stderr: String::from_utf8(out.stderr).unwrap(),
    }
}

fn json_lines(text: &str) -> Vec<Json> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn a_file_or_a_pipe_is_one_error_and_rules_apply() {
    let home = Home::with(RULES);
    let file = home.folder.path().join("error.txt");
    std::fs::write(&file, ERROR).unwrap();
    let named = home.run(&["fingerprint", file.to_str().unwrap()]);
    assert_eq!(
        named.expect_answer(),
        "no answer for tenant # from upstream eu-# after #\n"
    );
    for arguments in [&[][..], &["-"]] {
        let run = piped(&home, arguments, ERROR);
        assert_eq!(run.expect_answer(), named.stdout);
    }
    let plain = piped(&Home::new(), &[], ERROR);
    assert!(
        plain
            .expect_answer()
            .starts_with("no answer for tenant acme "),
        "{plain:?}"
    );
}

#[test]
fn rules_of_templates_and_sources_can_be_tried_and_an_explanation_says_what_was_not() {
    let home = Home::with(RULES);
    let explained = piped(&home, &["--explain"], ERROR);
    let lines: Vec<&str> = explained.expect_answer().lines().collect();
    assert_eq!(
        lines,
        [
            &format!("telling line  {ERROR}"),
            "rule 1        tenant acme → tenant #",
            "rules         not tried, for other sources (--source): 3",
            "rules         not tried, for other templates (--template): 2",
            "fingerprint   no answer for tenant # from upstream eu-# after #",
        ]
    );
    let order = [
        "--template",
        "payments/charge_order",
        "--source",
        "celery",
        "--explain",
    ];
    let explained = piped(
        &home,
        &order,
        "the broker gave no answer from upstream us-3",
    );
    let lines: Vec<&str> = explained.expect_answer().lines().collect();
    assert_eq!(
        lines[1..],
        [
            "rule 2        split by us",
            "rule 3        broker → queue",
            "fingerprint   the queue gave no answer from upstream us-# [us]",
        ]
    );
    let none = piped(&home, &["--explain"], "out of memory");
    assert!(
        none.expect_answer()
            .contains("rules         none applied, 1 was tried\n"),
        "{none:?}"
    );
    let unknown = piped(&home, &["--source", "kafka"], ERROR);
    unknown.expect_complaint(2, &["there is no source kafka: there are ", "celery"]);
}

#[test]
fn json_lines_are_answered_one_by_one_whatever_is_in_them() {
    let texts = [
        ERROR,
        "",
        "\u{1b}[31mred\u{1b}[0m \u{202e}turned\u{0} \"quoted\" \\ 日本語のエラー",
        "two\nlines\r\nof \u{2028} text",
        "# # #",
    ];
    let input: String = texts
        .map(|text| Json::from(text).to_string() + "\n")
        .concat();
    let home = Home::with(RULES);
    let run = piped(&home, &["--json-lines"], &input);
    let answers = json_lines(run.expect_answer());
    assert_eq!(answers.len(), texts.len(), "{run:?}");
    assert!(answers.iter().all(Json::is_string), "{answers:?}");
    assert_eq!(
        answers[0],
        "no answer for tenant # from upstream eu-# after #"
    );
    assert_eq!(answers[1], "");
    let raw = |c: char| c != '\n' && dlqtop::data::model::safe_text::is_unsafe(c);
    assert!(!run.stdout.contains(raw), "{run:?}");
    // Without a line feed at the end, and with those of another system.
    let windows = input.trim_end().replace('\n', "\r\n");
    assert_eq!(
        piped(&home, &["--json-lines"], windows).expect_answer(),
        run.stdout
    );

    let explained = piped(&home, &["--json-lines", "--explain"], &input);
    let answers = json_lines(explained.expect_answer());
    assert_eq!(answers.len(), texts.len());
    assert_eq!(answers[0]["telling_line"], ERROR);
    assert_eq!(
        answers[0]["rules"],
        serde_json::json!([{ "rule": 1, "replaced": "tenant acme", "by": "tenant #" }])
    );
    assert_eq!(
        answers[0]["not_tried"]["for_other_templates"],
        serde_json::json!([2])
    );
    assert_eq!(
        answers[0]["fingerprint"],
        "no answer for tenant # from upstream eu-# after #"
    );
}

#[test]
fn half_a_surrogate_pair_is_no_reason_to_stop() {
    let run = piped(
        &Home::new(),
        &["--json-lines"],
        "\"cut \\ud83d here\"\n\"next\"\n",
    );
    let answers = json_lines(run.expect_answer());
    assert_eq!(answers, ["cut \u{fffd} here", "next"]);
}

#[test]
fn what_is_no_json_string_is_named_by_its_line_and_what_came_before_is_answered() {
    let home = Home::new();
    for (bad, says) in [
        ("{\"error\": \"x\"}", "expected a string"),
        ("7", "expected a string"),
        ("\"open", "EOF"),
        ("\"a\" \"b\"", "trailing"),
        ("", "EOF"),
    ] {
        let run = piped(
            &home,
            &["--json-lines"],
            format!("\"good\"\n{bad}\n\"never read\"\n"),
        );
        assert_eq!(
            (run.code, run.stdout.as_str()),
            (Some(2), "\"good\"\n"),
            "{run:?}"
        );
        assert_eq!(run.stderr.matches('\n').count(), 1, "{run:?}");
        let begins = "dlqtop: standard input, line 2 is no JSON string: ";
        assert!(
            run.stderr.starts_with(begins) && run.stderr.contains(says),
            "{run:?}"
        );
    }
    let run = piped(&home, &["--json-lines"], b"\"a\xff\"\n");
    run.expect_complaint(2, &["standard input, line 1 is not UTF-8"]);
}

#[test]
fn what_cannot_be_read_is_told_in_one_line() {
    let home = Home::new();
    piped(&home, &[], b"caf\xe9").expect_complaint(2, &["standard input is not UTF-8"]);
    let folder = home.folder.path().to_str().unwrap();
    home.run(&["fingerprint", folder])
        .expect_complaint(2, &[folder, "cannot be read"]);
    home.run(&["fingerprint", "/no/such/file"])
        .expect_complaint(2, &["/no/such/file cannot be read: No such file"]);
    let large = home.folder.path().join("large");
    std::fs::File::create(&large)
        .unwrap()
        .set_len(65 << 20)
        .unwrap();
    let large = large.to_str().unwrap();
    for arguments in [
        &["fingerprint", large][..],
        &["fingerprint", "--json-lines", large],
    ] {
        home.run(arguments)
            .expect_complaint(2, &["is larger than 64 MiB", "cut it"]);
    }
}

#[test]
fn whoever_writes_a_line_and_waits_gets_its_answer() {
    let home = Home::new();
    let mut command = home.command(&["fingerprint", "--json-lines"]);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut to = child.stdin.take().unwrap();
    let mut from = BufReader::new(child.stdout.take().unwrap());
    for text in ["one", "two"] {
        writeln!(to, "\"{text}\"").unwrap();
        let mut answer = String::new();
        from.read_line(&mut answer).unwrap();
        assert_eq!(answer, format!("\"{text}\"\n"));
    }
    drop(to);
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_reader_that_leaves_is_no_fault() {
    let home = Home::new();
    let mut command = home.command(&["fingerprint", "--json-lines"]);
    let mut child = (command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped()))
    .spawn()
    .unwrap();
    drop(child.stdout.take());
    let mut to = child.stdin.take().unwrap();
    let line = format!("{}\n", Json::from("x".repeat(1_000)));
    // Until it notices.
    while to.write_all(line.as_bytes()).is_ok() {}
    drop(to);
    let out = child.wait_with_output().unwrap();
    assert_eq!(
        (out.status.code(), out.stderr.as_slice()),
        (Some(0), &b""[..])
    );
}

#[test]
fn no_database_is_asked_and_no_password_fetched() {
    let home = Home::with(
        "[profiles.prod]\ndatabase_url_command = [\"/bin/false\"]\n\
         [[fingerprint.rules]]\npattern = 'tenant \\w+'\nreplacement = 'tenant #'\n",
    );
    let run = piped(&home, &["--profile", "prod"], "tenant acme");
    assert_eq!(run.expect_answer(), "tenant #\n");
}

#[test]
fn a_bad_rule_is_told_with_its_file_its_number_and_what_to_do() {
    let home = Home::with(&format!(
        "{RULES}\n[[fingerprint.rules]]\npattern = '(tenant'\nreplacement = 'x'\n"
    ));
    let run = piped(&home, &[], "x");
    assert_eq!(run.code, Some(2), "{run:?}");
    let at = format!(
        "{}:17: fingerprint.rules 4: pattern is no",
        home.file().display()
    );
    assert!(
        run.stderr.contains(&at) && run.stderr.contains("unclosed group"),
        "{run:?}"
    );
}
