//! Rules of a file: what is read, and what is said about mistakes.

use std::path::Path;

use super::*;
use crate::config::file::parse;

fn read(text: &str) -> Result<Option<RuleSettings>, Vec<String>> {
    let found = parse(Path::new("/etc/dlqtop/config.toml"), text);
    if found.problems.is_empty() {
        return Ok(found.rules);
    }
    Err(found.problems.iter().map(ToString::to_string).collect())
}

fn texts(text: &str) -> Vec<RuleText> {
    read(text)
        .unwrap()
        .unwrap()
        .rules
        .texts()
        .cloned()
        .collect()
}

#[test]
fn rules_are_read_in_their_order_with_their_lines() {
    let text = "[polling]\ninterval = '5s'\n\n\
                [[fingerprint.rules]]\npattern = 'tenant \\w+'\nreplacement = \"tenant #\"\n\n\
                [[fingerprint.rules]]\n# which region\nsplit_by = 1\npattern = '(eu|us)'\n\
                source = 'celery'\ntemplate = ['mail/*', 'send']\n";
    let found = read(text).unwrap().unwrap();
    assert_eq!(found.lines, [5, 10]);
    let names = |all: &[&str]| all.iter().map(ToString::to_string).collect();
    let wanted = [
        RuleText {
            pattern: "tenant \\w+".to_owned(),
            replacement: Some("tenant #".to_owned()),
            ..RuleText::default()
        },
        RuleText {
            pattern: "(eu|us)".to_owned(),
            split_by: Some("${1}".to_owned()),
            source: names(&["celery"]),
            template: names(&["mail/*", "send"]),
            ..RuleText::default()
        },
    ];
    assert_eq!(texts(text), wanted);
    assert!(read("[polling]\ninterval = '5s'\n").unwrap().is_none());
    assert_eq!(texts("[fingerprint]\nrules = []\n"), []);
    let inline = "fingerprint.rules = [{ pattern = 'a', replacement = 'b' }]";
    assert_eq!(texts(inline).len(), 1);
}

#[test]
fn a_mistake_names_file_line_and_rule_and_what_to_write() {
    const RULE: &str = "[[fingerprint.rules]]\npattern = 'a'\nreplacement = 'b'\n";
    let cases = [
        (
            "[[fingerprint.rules]]\npatern = 'a'\nreplacement = 'b'\n",
            "config.toml:2: fingerprint.rules 1: there is no key patern: did you mean pattern?",
        ),
        (
            "[[fingerprint.rules]]\npattern = 5\nreplacement = 'b'\n",
            "config.toml:2: fingerprint.rules 1: pattern must be a text in quotes",
        ),
        (
            "[[fingerprint.rules]]\nreplacement = 'b'\n",
            "config.toml:2: fingerprint.rules 1: has no pattern",
        ),
        (
            "[fingerprint.rules]\npattern = 'a'\n",
            "config.toml:1: fingerprint.rules is a list: write [[fingerprint.rules]]",
        ),
        (
            "[fingerprint]\nrules = ['a']\n",
            "config.toml:2: fingerprint.rules 1 is no rule",
        ),
        (
            "[fingerprint]\nrule = 1\n",
            "config.toml:2: there is no key fingerprint.rule:",
        ),
        (
            "fingerprint = 1\n",
            "config.toml:1: fingerprint is a section",
        ),
        (
            "[[fingerprint.rules]]\npattern = 'a'\nreplacement = 'b'\nsource = 'clery'\n",
            "config.toml:2: fingerprint.rules 1: there is no source clery: did you mean celery?",
        ),
        (
            "[[fingerprint.rules]]\npattern = 'a'\nreplacement = 'b'\ntemplate = 7\n",
            "config.toml:4: fingerprint.rules 1: template must be a name in quotes",
        ),
    ];
    for (text, wanted) in cases {
        let said = read(text).unwrap_err();
        assert_eq!(said.len(), 1, "{text}: {said:?}");
        assert!(said[0].contains(wanted), "{text}: {said:?}");
    }
    let second = format!("{RULE}[[fingerprint.rules]]\npattern = '(a'\nreplacement = 'b'\n");
    let said = read(&second).unwrap_err();
    assert!(
        said[0].contains("config.toml:5: fingerprint.rules 2: pattern is no"),
        "{said:?}"
    );
    // All that is wrong is said at once.
    let both = format!("{second}[[fingerprint.rules]]\npattern = 1\n");
    assert_eq!(read(&both).unwrap_err().len(), 2);
}
