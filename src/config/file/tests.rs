//! What is read from a file, and what is said about its faults.

use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::*;
use crate::config::template_file;
use crate::config::value::Value;

fn read(text: &str) -> Found {
    parse(Path::new("/etc/dlqtop/config.toml"), text)
}

fn problems(text: &str) -> Vec<String> {
    let found = read(text);
    found.problems.iter().map(ToString::to_string).collect()
}

#[test]
fn what_stands_in_a_file_is_found_with_its_line() {
    let found = read(
        "archive.batch_size = 0x20 # dotted\r\n\
         [staleness_detection.thresholds]\n\
         warning_ratio = 0.9\n\n\
         [polling]\n\
         \"interval\" = '5s'\n\
         [dlq]\n\
         reasons = { worker_unavailable = false }\n",
    );
    assert_eq!(found.problems, []);
    let mut given: Vec<_> = found
        .given
        .iter()
        .map(|given| (given.origin.to_string(), given.key.name, given.value))
        .collect();
    given.sort_by(|a, b| a.0.cmp(&b.0));
    let seconds = std::time::Duration::from_secs;
    let wanted = [
        ("config.toml:1", "archive.batch_size", Value::Whole(32)),
        (
            "config.toml:3",
            "staleness_detection.thresholds.warning_ratio",
            Value::Number(0.9),
        ),
        ("config.toml:6", "polling.interval", Value::Time(seconds(5))),
        (
            "config.toml:8",
            "dlq.reasons.worker_unavailable",
            Value::Switch(false),
        ),
    ];
    assert_eq!(
        given,
        wanted.map(|(at, name, value)| (at.to_owned(), name, value))
    );
}

#[test]
fn sources_and_their_settings_are_known_by_name() {
    let cases = [
        (
            "[sources.taskr]\nminutes = 1",
            ":1: there is no source taskr: did you mean tasker?",
        ),
        (
            "[sources.tasker]\nminutes = 1",
            ":2: sources.tasker.minutes: no such setting: it has none",
        ),
        ("[sources]\ntasker = 1", ":2: sources.tasker is a section"),
        ("sources = 1", ":1: sources is a section"),
    ];
    for (text, wanted) in cases {
        let said = problems(text);
        assert_eq!(said.len(), 1, "{text}: {said:?}");
        assert!(said[0].contains(wanted), "{text}: {said:?}");
    }
}

#[test]
fn each_fault_is_named_with_its_line() {
    let cases = [
        (
            "[polling]\ninterval = 5",
            ":2: polling.interval = 5: must be a time such as 2s",
        ),
        ("polling = 5", ":1: polling is a section: write [polling]"),
        ("[polling.interval]", ":1: polling.interval = "),
        ("[[polling]]", ":1: polling is a section"),
        (
            "[poling]\ninterval = 5",
            ":1: there is no section [poling]: did you mean [polling]?",
        ),
        ("[dlq]\nenabled = true", ":2: there is no key dlq.enabled"),
        (
            "\"polling.interval\" = '5s'",
            ":1: there is no key \"polling.interval\"",
        ),
        (
            "database_url = 'postgres://ana:secret@db'",
            ":1: there is no key database_url",
        ),
        (
            "[staleness_detection]\nbatch_size = 10001",
            ":2: staleness_detection.batch_size = 10001: must be a whole number from 1 to 10000",
        ),
        (
            "[archive.policies]\nfailed_days = true",
            ":2: archive.policies.failed_days = true",
        ),
        (
            "[archive.policies]\nfailed_days = 1979-05-27",
            "failed_days = 1979-05-27",
        ),
        (
            "[archive.policies]\nfailed_days = [\n1,\n2]",
            ":2: archive.policies.failed_days = […",
        ),
        (
            "[archive]\nbatch_size = 99999999999999999999",
            "batch_size = 9999",
        ),
        (
            "[staleness_detection.thresholds]\nwarning_ratio = nan",
            "warning_ratio = nan",
        ),
        (
            "[archive]\nbatch_size = 1\nbatch_size = 2",
            ":3: this is not TOML: duplicate key",
        ),
        ("[archive]\nbatch_size = ", ":2: this is not TOML"),
        ("[archive\nbatch_size = 1", ":1: this is not TOML"),
    ];
    for (text, wanted) in cases {
        let said = problems(text);
        assert_eq!(said.len(), 1, "{text}: {said:?}");
        assert!(said[0].contains(wanted), "{text}: {said:?}");
        assert!(said[0].starts_with("/etc/dlqtop/config.toml:"), "{said:?}");
        assert!(!said[0].contains("secret"), "{said:?}");
    }
}

#[test]
fn a_fault_in_the_syntax_hides_no_other() {
    let said = problems(
        "[archive]\nbatch_size = 0\n[polling\ninterval = 3 4\n[dlq.reasons]\nworker_unavailable = 'no'\n",
    );
    for line in [2, 3, 6] {
        let at = format!(":{line}: ");
        assert!(
            said.iter().any(|said| said.contains(&at)),
            "{line}: {said:#?}"
        );
    }
}

#[test]
fn the_first_file_is_right_as_it_is_and_with_every_default_in_force() {
    let text = template_file::text();
    let found = read(&text);
    assert_eq!(found.problems, []);
    assert!(found.given.is_empty(), "{:?}", found.given);

    let uncommented: String = text
        .lines()
        .map(|line| {
            line.strip_prefix('#')
                // Another way to say what stands above it.
                .filter(|line| !line.starts_with(' '))
                .filter(|_| line.contains(" = ") || line.starts_with("#["))
                .unwrap_or(line)
        })
        .flat_map(|line| [line, "\n"])
        .collect();
    let found = read(&uncommented);
    assert_eq!(found.problems, []);
    assert_eq!(found.given.len(), crate::config::keys::KEYS.len());
    for given in found.given {
        assert_eq!(given.value, given.key.default, "{}", given.key.name);
    }
    let Profiles { all, default } = found.profiles;
    let (name, _) = default.unwrap();
    let [example] = &all[..] else {
        panic!("{all:?}");
    };
    assert_eq!(example.name, name);
    let others = profile::keys::PROFILE_KEYS
        .iter()
        .filter(|key| key.is_another_way());
    assert_eq!(others.clone().count(), 4);
    for key in others.clone() {
        assert!(
            text.contains(&format!("\n# {} = ", key.name)),
            "{}",
            key.name
        );
    }
    let ways = others.count();
    assert_eq!(
        example.given.len() + ways,
        profile::keys::PROFILE_KEYS.len()
    );
}

#[test]
fn profiles_are_read_with_the_lines_of_what_they_say() {
    let found = read(
        "default_profile = 'local'\n\
         [profiles.local]\n\
         [profiles.prod-eu]\n\
         database_url = 'postgres://ana:canary-7731@db.example/prod'\n\
         read_only = true\n\
         production = true\n\
         theme = 'high-contrast'\n\
         actor = ' ana '\n",
    );
    assert_eq!(found.problems, []);
    assert!(found.given.is_empty(), "{:?}", found.given);
    let (default, origin) = found.profiles.default.unwrap();
    assert_eq!(
        (default.as_str(), origin.to_string().as_str()),
        ("local", "config.toml:1")
    );
    let [local, prod] = &found.profiles.all[..] else {
        panic!("{:?}", found.profiles.all);
    };
    assert_eq!((local.name.as_str(), local.given.len()), ("local", 0));
    assert!(prod.database.is_some() && prod.read_url.is_none());
    assert!(prod.read_only && prod.production);
    assert_eq!(prod.actor.as_deref(), Some("ana"));
    let mut given = prod.given.clone();
    given.sort_by_key(|(_, line)| *line);
    let wanted = [
        ("database_url", 4),
        ("read_only", 5),
        ("production", 6),
        ("theme", 7),
        ("actor", 8),
    ];
    assert_eq!(given, wanted);
}

/// Faults of a profile, and what is said of each.
const FAULTS_OF_PROFILES: &[(&str, &str)] = &[
    (
        "[profiles.p]\nread_onyl = true",
        ":2: there is no key profiles.p.read_onyl: did you mean read_only?",
    ),
    (
        "[profiles.p]\nport = 1",
        ":2: there is no key profiles.p.port: `dlqtop config init",
    ),
    (
        "[profiles.p]\nread_only = 'yes'",
        ":2: profiles.p.read_only = 'yes': must be true or false",
    ),
    (
        "[profiles.p]\nproduction = 1",
        ":2: profiles.p.production = 1: must be true or false",
    ),
    (
        "[profiles.p]\n\ntheme = 'pink'",
        ":3: profiles.p.theme = 'pink': must be auto, dark",
    ),
    (
        "[profiles.p]\nactor = ' '",
        ":2: profiles.p.actor = ' ': must be a name that is not blank",
    ),
    (
        "[profiles.p]\ndatabase_url = 'canary-7731'",
        ":2: profiles.p.database_url = …: must be an address",
    ),
    (
        "[profiles.p]\nread_url = 'mysql://ana:canary-7731@db'",
        ":2: profiles.p.read_url = …: must be an address",
    ),
    (
        "[profiles.p]\ndatabase_url = ['canary-7731']",
        ":2: profiles.p.database_url = …",
    ),
    (
        "[profiles.'two words']",
        ":1: a profile's name has 1 to 40 letters",
    ),
    (
        "[profiles]\np = 1",
        ":2: profiles.p is a section: write [profiles.p]",
    ),
    (
        "profiles = 1",
        ":1: profiles is a section: write [profiles]",
    ),
    (
        "[profile.p]",
        ":1: there is no section [profile]: did you mean [profiles]?",
    ),
    (
        "default_profile = 1",
        ":1: default_profile = 1: must be a profile's name",
    ),
    (
        "defualt_profile = 'p'",
        ":1: there is no key defualt_profile: did you mean default_profile?",
    ),
];

#[test]
fn each_fault_of_a_profile_is_named_with_its_line_and_no_secret() {
    for (text, wanted) in FAULTS_OF_PROFILES {
        let said = problems(text);
        assert_eq!(said.len(), 1, "{text}: {said:?}");
        assert!(said[0].contains(wanted), "{text}: {said:?}");
        assert!(!said[0].contains("canary"), "{said:?}");
    }
}

#[test]
fn lines_are_counted_from_one() {
    for (at, wanted) in [(0, 1), (1, 1), (2, 2), (4, 3), (99, 3)] {
        assert_eq!(line(b"a\nb\nc", at), wanted, "{at}");
    }
}

/// Settings that are wrong, each in its own way and on one line of its own.
const WRONG: [&str; 8] = [
    "archive.batch_size = 0",
    "polling.interval = 5",
    "polling.db_budget = '0%'",
    "telemetry.metrics_listen = ''",
    "dlq.reasons.worker_unavailable = 0",
    "staleness_detection.budget_seconds = 1e9",
    "archive.policies.failed_days = true",
    "dlq.enabled = true",
];

proptest! {
    #[test]
    fn of_several_faults_each_is_named(
        wrong in prop::sample::subsequence(WRONG.to_vec(), 0..=WRONG.len()),
        lines in prop::collection::vec(0..3_usize, WRONG.len()),
    ) {
        let mut text = String::new();
        let mut wanted = Vec::new();
        for (wrong, blank) in wrong.iter().zip(lines) {
            text.push_str(&"# fine\n".repeat(blank));
            wanted.push(text.lines().count() + 1);
            text.push_str(wrong);
            text.push('\n');
        }
        let said = problems(&text);
        prop_assert_eq!(said.len(), wanted.len(), "{:#?}", said);
        for (said, line) in said.iter().zip(wanted) {
            let at = format!("/etc/dlqtop/config.toml:{line}: ");
            prop_assert!(said.starts_with(&at), "{}: {}", at, said);
        }
    }

    #[test]
    fn nothing_that_a_file_can_hold_is_too_much(
        pieces in prop::collection::vec(
            prop_oneof![
                select(WRONG.to_vec()).prop_map(str::to_owned),
                select(vec!["[", "]", "=", "\"", "'", "\"\"\"", "\n", "#", "{", "}", ".", ",", "\\", "\u{feff}", "1979-05-27", "[archive]"])
                    .prop_map(str::to_owned),
                any::<String>(),
            ],
            0..20,
        ),
        cut in any::<Index>(),
    ) {
        let mut text = pieces.concat();
        let at = (0..=text.len()).filter(|at| text.is_char_boundary(*at)).collect::<Vec<_>>();
        text.truncate(at[cut.index(at.len())]);
        let lines = text.matches('\n').count() + 1;
        for problem in read(&text).problems {
            let (_, line) = problem.at.rsplit_once(':').unwrap();
            let line: usize = line.parse().unwrap();
            prop_assert!((1..=lines).contains(&line), "{:?}: {}", text, problem);
        }
    }
}
