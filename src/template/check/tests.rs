//! Every mistake a file can hold, with its line.

use crate::template::read;

const GOOD: &str = "\
name: charge
namespace_name: pay
version: 1.2.0
lifecycle:
  max_steps_in_process_minutes: 0.01
steps:
  - name: one
    retry: { backoff: fixed, backoff_base_ms: 500 }
  - name: two
    dependencies: [one]
    timeout_seconds: 30
";

fn faults(text: &str) -> Vec<String> {
    let faults = read(text).unwrap_err();
    faults.iter().map(ToString::to_string).collect()
}

#[test]
fn a_good_file_is_kept_as_the_database_reads_it() {
    let template = read(GOOD).unwrap();
    assert_eq!(template.title(), "pay/charge 1.2.0");
    assert_eq!(
        serde_json::Value::from(template.configuration),
        serde_json::json!({
            "lifecycle": {"max_steps_in_process_minutes": 0.01},
            "steps": [
                {"name": "one", "retry":
                    {"backoff": "fixed", "backoff_base_ms": 500, "max_backoff_ms": 500}},
                {"name": "two", "dependencies": ["one"], "timeout_seconds": 30},
            ],
        })
    );
}

#[test]
fn a_file_that_says_more_than_this_program_uses_is_kept_whole() {
    let text = include_str!("../../../tests/fixtures/templates/print_invoice.yaml");
    let template = read(text).unwrap();
    assert_eq!(template.title(), "billing/print_invoice 1.0.0");
    let stored = serde_json::Value::from(template.configuration);
    assert_eq!(
        stored["metadata"],
        serde_json::json!({
            "author": "Billing team", "tags": ["area:billing", "pattern:linear"],
            "documentation_url": null, "created_at": "2026-01-01T00:00:00Z",
            "updated_at": "2026-02-01", "notes": "Two minutes are enough for a page",
        })
    );
    assert_eq!(stored["task_handler"]["method"], "run");
    assert_eq!(
        stored["environments"]["test"]["steps"],
        serde_json::json!([])
    );
    assert_eq!(
        stored["steps"][1],
        serde_json::json!({
            "name": "print", "description": null,
            "handler": {"callable": "billing::PrintInvoice"},
            "system_dependency": "printer", "dependencies": ["render"], "timeout_seconds": 30,
            "publishes_events": [{"name": "invoice.printed", "condition": "success"}],
            "batch_config": {"batch_size": 10},
        })
    );
    // What nothing stands behind is kept for other programs, and says nothing to this one.
    for (key, kept) in [("system_dependency", true), ("retry", false)] {
        let emptied = text.replace(
            "    system_dependency: printer\n",
            "    system_dependency:\n",
        );
        let step = &read(&emptied).unwrap().configuration["steps"][1];
        assert_eq!(
            step.get(key).is_some_and(serde_json::Value::is_null),
            kept,
            "{key}"
        );
    }
}

/// What one line more, or one line else, does to the good file.
#[rustfmt::skip]
const MISTAKES: &[(&str, &str, &str)] = &[
    ("version: 1.2.0", "version: 1.2",
        "3: version: the number 1.2, which as a text is \"1.2\", stands here: write a name"),
    ("name: charge\n", "",
        "1: name: is missing: write a name of 1 to 128 characters"),
    ("name: charge", "name: ' '",
        "1: name: a blank name stands here"),
    ("name: charge", "name: a@b",
        "1: name: a name with the character @ stands here"),
    ("name: charge", "name: \"a\\e[2J\"",
        "1: name: a name with the character \\x1b stands here"),
    ("namespace_name: pay", "namespace_name: [pay]",
        "2: namespace_name: a list stands here: write a name of 1 to 64"),
    ("lifecycle:", "lifecycel:",
        "4: lifecycel: unknown key; did you mean lifecycle?"),
    ("lifecycle:", "zz: 1\nlifecycle:",
        "4: zz: unknown key; known are name, namespace_name, version,"),
    ("  max_steps_in_process_minutes", "  max_step_in_process_minutes",
        "5: lifecycle.max_step_in_process_minutes: unknown key; did you mean max_steps_in_process_minutes?"),
    (": 0.01", ": 30m",
        "5: lifecycle.max_steps_in_process_minutes: the text \"30m\" stands here: write a number of minutes from 0.01 to 5256000"),
    (": 0.01", ": 0.009",
        "the number 0.009 stands here: write a number of minutes"),
    (": 0.01", ": 5256001",
        "the number 5256001 stands here"),
    (": 0.01", ": \"45\"",
        "the text \"45\" stands here"),
    (": 0.01", ": -5",
        "the number -5 stands here"),
    (": 0.01", ": .nan",
        "this is no number that can be kept"),
    (": 0.01", ": [1]",
        "a list stands here"),
    (": 0.01", ": true",
        "the flag true stands here"),
    (": 0.01", ": 5\n  staleness_action: page",
        "6: lifecycle.staleness_action: the text \"page\" stands here: write dlq or alert"),
    (": 0.01", ": 5\n  auto_fail_on_timeout: yes",
        "6: lifecycle.auto_fail_on_timeout: the text \"yes\" stands here: write true or false"),
    ("lifecycle:", "version: 2\nlifecycle:",
        "4: version: this key stands in line 3 already"),
    ("- name: two", "- name: one",
        "9: steps[2].name: step 1 is called \"one\" already"),
    ("[one]", "[ome]",
        "10: steps[two].dependencies: there is no step \"ome\"; did you mean \"one\"?"),
    ("[one]", "[zzz]",
        "10: steps[two].dependencies: there is no step \"zzz\""),
    ("[one]", "[two]",
        "10: steps[two].dependencies: the step waits for itself"),
    ("[one]", "[one, one]",
        "10: steps[two].dependencies: \"one\" is named twice"),
    ("[one]", "one",
        "10: steps[two].dependencies: the text \"one\" stands here: write a list of texts"),
    ("- name: one\n", "- name: one\n    dependencies: [two]\n",
        "steps[one].dependencies: the steps wait for each other: one → two → one"),
    ("timeout_seconds: 30", "timeout_seconds: 0",
        "11: steps[two].timeout_seconds: the number 0 stands here: write a whole number from 1 to"),
    ("timeout_seconds: 30", "timeout_seconds: 1.5",
        "the number 1.5 stands here: write a whole number"),
    ("backoff: fixed", "backoff: linear",
        "8: steps[one].retry.backoff: the text \"linear\" stands here: write exponential or fixed"),
    ("base_ms: 500", "base_ms: 500, max_backoff_ms: 900",
        "8: steps[one].retry.max_backoff_ms: a fixed backoff has no other limit: leave it out, or write 500"),
    ("lifecycle:", "task_handler: { initialization: {} }\nlifecycle:",
        "4: task_handler.callable: is missing: write a text"),
    ("lifecycle:", "input_schema: [a]\nlifecycle:",
        "4: input_schema: a list stands here: write a mapping"),
    ("lifecycle:", "metadata: { owner: ana }\nlifecycle:",
        "4: metadata.owner: unknown key; known are author, tags, documentation_url, created_at, updated_at and notes"),
    ("    dependencies: [one]", "    depends_on: [one]",
        "10: steps[two].depends_on: unknown key; did you mean dependencies?"),
    ("    timeout_seconds: 30", "    timeout_seconds: 30\n    system_dependancy:",
        "12: steps[two].system_dependancy: unknown key; did you mean system_dependency?"),
];

#[test]
fn each_mistake_is_named_with_its_line_and_what_would_do() {
    for (good, bad, want) in MISTAKES {
        assert_eq!(GOOD.matches(*good).count(), 1, "{good:?}");
        let got = faults(&GOOD.replace(good, bad));
        let told = got.iter().filter(|fault| fault.contains(want)).count();
        assert_eq!(told, 1, "{bad:?}: no {want:?} in {got:#?}");
        assert!(got.len() <= 2, "{bad:?}: {got:#?}");
    }
}

#[test]
fn a_file_with_many_mistakes_names_them_all_in_order() {
    let bad = "nmae: charge\nnamespace_name: pay\nversion: 2\nsteps:\n  - name: a\n    \
               dependencies: [c, b]\n  - name: b\n    dependencies: [a, nowhere]\n  \
               - nam: c\n    retry: { max_attempts: 0 }\n";
    let got = faults(bad);
    let starts = [
        "1: nmae: unknown key; did you mean name?",
        "1: name: is missing",
        "3: version: the number 2",
        "5: steps[a].dependencies: the steps wait for each other: a → b → a",
        "6: steps[a].dependencies: there is no step \"c\"",
        "8: steps[b].dependencies: there is no step \"nowhere\"",
        "9: steps[3].nam: unknown key; did you mean name?",
        "9: steps[3].name: is missing",
        "10: steps[3].retry.max_attempts: the number 0",
    ];
    assert_eq!(got.len(), starts.len(), "{got:#?}");
    for (got, start) in got.iter().zip(starts) {
        assert!(got.starts_with(start), "{got} is not {start}");
    }
}

#[test]
fn names_are_as_long_as_the_tables_allow() {
    let named = |length| GOOD.replace("charge", &"é".repeat(length));
    assert!(read(&named(128)).is_ok());
    assert!(faults(&named(129))[0].contains("a name of 129 characters stands here"));
    assert!(faults("[1, 2]")[0].starts_with("1: a template is a mapping with name,"));
}

#[test]
fn a_long_circle_is_found_and_a_long_chain_is_none() {
    let chain = |last: &str| {
        let steps = (1..900).map(|n| format!("  - {{ name: s{n}, dependencies: [s{}] }}\n", n - 1));
        format!(
            "name: n\nnamespace_name: n\nversion: v\nsteps:\n  - {{ name: s0{last} }}\n{}",
            steps.collect::<String>()
        )
    };
    assert!(read(&chain("")).is_ok());
    let got = faults(&chain(", dependencies: [s899]"));
    assert_eq!(got.len(), 1, "{got:?}");
    assert!(got[0].contains("wait for each other"), "{got:?}");
}
