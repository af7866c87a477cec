//! A command line that was copied means what it was copied from, whatever is in the reason.

use chrono::DateTime;
use clap::Parser as _;
use dlqtop::app::screen::copy::shell_command;
use dlqtop::app::writes::verb_plan::from_cli::RequestedChange;
use dlqtop::cli::act::ChangeCommand;
use dlqtop::cli::{Cli, Command};
use dlqtop::data::messages::change::Limits;
use dlqtop::data::messages::command::{
    Change, EntryTarget, EntryVerb, Resolution, StepTarget, StepVerb, TaskTarget, TaskVerb, Until,
};
use dlqtop::data::model::safe_text::SafeText;
use dlqtop::data::model::{EntryId, StepId, TaskId};
use dlqtop::data::source::Source;
use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

fn target_of(wish: &RequestedChange, ids: &[Uuid]) -> Change {
    let ids = ids.iter().copied();
    let text = || SafeText::new("x");
    match wish.clone() {
        RequestedChange::Steps(verb) => Change::Steps(
            verb,
            ids.map(|id| StepTarget {
                step: StepId(id),
                task: TaskId(id),
                seen_state: text(),
                seen_error: None,
                label: text(),
            })
            .collect(),
        ),
        RequestedChange::Tasks(verb) => Change::Tasks(
            verb,
            ids.map(|id| TaskTarget {
                task: TaskId(id),
                seen_state: text(),
                label: text(),
            })
            .collect(),
        ),
        RequestedChange::Entries(verb) => Change::Entries(
            verb,
            ids.map(|id| EntryTarget {
                entry: EntryId(id),
                seen_version: 1,
                label: text(),
            })
            .collect(),
        ),
    }
}

fn wishes() -> impl Strategy<Value = RequestedChange> {
    let result = prop_oneof![
        Just(Value::Null),
        any::<String>().prop_map(|text| json!({ text.clone(): [text] })),
        any::<i64>().prop_map(Value::from),
    ];
    prop_oneof![
        Just(RequestedChange::Steps(StepVerb::ResetForRetry)),
        Just(RequestedChange::Steps(StepVerb::ResolveManually)),
        Just(RequestedChange::Steps(StepVerb::Cancel)),
        result.prop_map(|result| RequestedChange::Steps(StepVerb::CompleteManually(result))),
        Just(RequestedChange::Tasks(TaskVerb::Requeue)),
        Just(RequestedChange::Tasks(TaskVerb::Cancel)),
        Just(RequestedChange::Tasks(TaskVerb::SendToDlq)),
        Just(RequestedChange::Entries(EntryVerb::Note)),
        Just(RequestedChange::Entries(EntryVerb::Release)),
        Just(RequestedChange::Entries(EntryVerb::Unsnooze)),
        Just(RequestedChange::Entries(EntryVerb::Reopen)),
        (1..10_080, any::<bool>()).prop_map(|(minutes, take_over)| RequestedChange::Entries(
            EntryVerb::Claim { minutes, take_over }
        )),
        (1..43_200).prop_map(|n| RequestedChange::Entries(EntryVerb::Snooze(Until::Minutes(n)))),
        (0_i64..4_000_000_000).prop_map(|at| {
            let at = DateTime::from_timestamp(at, 0).unwrap();
            RequestedChange::Entries(EntryVerb::Snooze(Until::At(at)))
        }),
        (prop::option::of(1..=1_000), 0..=31_536_000).prop_map(|(max_attempts, seconds)| {
            let timeout_seconds = Some(seconds).filter(|n| max_attempts.is_none() || n % 2 == 0);
            RequestedChange::Steps(StepVerb::SetLimits(Limits {
                max_attempts,
                timeout_seconds,
            }))
        }),
        prop::sample::select(&Resolution::ALL)
            .prop_map(|status| RequestedChange::Entries(EntryVerb::Close(status))),
    ]
}

/// What the program makes of a command line.
fn read(line: &str) -> ChangeCommand {
    let words = shlex::split(line).unwrap_or_else(|| panic!("no words: {line}"));
    let cli = Cli::try_parse_from(words).unwrap_or_else(|error| panic!("{line}\n{error}"));
    match cli.command {
        Some(Command::Step(command)) => command.act().unwrap(),
        Some(Command::Task(command)) => command.act(),
        Some(Command::Entry(command)) => command.act(),
        other => panic!("{line} is {other:?}"),
    }
}

/// What a POSIX shell makes of a command line.
fn by_a_shell(line: &str) -> Vec<String> {
    let out = std::process::Command::new("/bin/sh")
        .args([
            "-c",
            &format!("dlqtop() {{ printf '%s\\0' dlqtop \"$@\"; }}; {line}"),
        ])
        .output()
        .unwrap();
    assert!(out.status.success(), "{line}: {out:?}");
    let words = String::from_utf8(out.stdout).unwrap();
    words.split_terminator('\0').map(str::to_owned).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn a_copied_command_makes_the_same_change(
        wish in wishes(),
        ids in prop::collection::vec(any::<u128>().prop_map(Uuid::from_u128), 1..4),
        reason in r#"[^\x00]{0,40}|-{1,2}[a-z]*|['"$`\\!\n#~ ;&|<>*?(){}\[\]]{1,20}"#,
    ) {
        let change = target_of(&wish, &ids);
        let Ok(line) = shell_command::command(&change, &reason) else {
            // Nothing but a NUL cannot be written down.
            let text = serde_json::to_string(&change).unwrap() + &reason;
            prop_assert!(text.contains('\0') || text.contains("\\u0000"), "{text}");
            return Ok(());
        };
        let act = read(&line);
        let meant = act.intended.in_words_of(&Source::native()).unwrap();
        prop_assert_eq!(&meant, &wish, "{}", &line);
        prop_assert_eq!(act.args.reason.as_deref(), Some(reason.as_str()), "{}", &line);
        let named: Vec<Uuid> = act.args.ids.iter().map(|id| id.parse().unwrap()).collect();
        prop_assert_eq!(named, ids, "{}", &line);
        prop_assert!(!act.args.yes, "it must ask again: {}", &line);
    }
}

#[test]
fn a_shell_reads_the_same_words() {
    let reasons = [
        "it's back",
        "$(rm -rf /) `id` \\ \" ' !",
        "two\nlines\tand a tab",
        "-y",
        "--yes",
        "ünïcode 日本 * ? ~ # ; & |",
        "'; rm -rf / #",
    ];
    for reason in reasons {
        let wish = RequestedChange::Steps(StepVerb::ResetForRetry);
        let line = shell_command::command(&target_of(&wish, &[Uuid::nil()]), reason).unwrap();
        assert_eq!(by_a_shell(&line), shlex::split(&line).unwrap(), "{line}");
        assert_eq!(read(&line).args.reason.as_deref(), Some(reason), "{line}");
    }
}

#[test]
fn too_many_ids_are_refused_rather_than_cut() {
    let ids = vec![Uuid::nil(); shell_command::MOST_IDS + 1];
    let why = shell_command::command(
        &target_of(&RequestedChange::Tasks(TaskVerb::Cancel), &ids),
        "x",
    )
    .unwrap_err();
    assert!(why.contains("--filter"), "{why}");
}
