use super::*;

fn replace(pattern: &str, with: &str) -> RuleText {
    RuleText {
        pattern: pattern.to_owned(),
        replacement: Some(with.to_owned()),
        ..RuleText::default()
    }
}

fn split(pattern: &str, by: &str) -> RuleText {
    RuleText {
        pattern: pattern.to_owned(),
        split_by: Some(by.to_owned()),
        ..RuleText::default()
    }
}

fn rules(texts: &[RuleText]) -> Rules {
    Rules::compile(texts).unwrap()
}

/// What is wrong with one rule.
fn fault(text: RuleText) -> String {
    let faults = Rules::compile(&[text]).unwrap_err();
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert_eq!(faults[0].number, 1);
    assert!(!faults[0].what.contains('\n'), "{faults:?}");
    faults[0].what.clone()
}

fn print(rules: &Rules, text: &str) -> String {
    rules.fingerprint(&ErrorText::of("payments/charge_order", text))
}

#[test]
fn without_a_rule_that_matches_the_fingerprint_is_the_usual_one() {
    let rules = rules(&[replace("tenant [a-z]+", "tenant #"), split("nothing", "x")]);
    for text in [
        "",
        "card_declined: order 4711",
        "Traceback (most recent call last):\n  File \"a.py\", line 3\nKeyError: 'user'",
    ] {
        assert_eq!(print(&rules, text), fingerprint(text), "{text}");
        assert_eq!(print(&Rules::default(), text), fingerprint(text), "{text}");
    }
}

#[test]
fn a_replacement_puts_errors_together() {
    let rules = rules(&[replace("tenant [a-z]+", "tenant #")]);
    let (one, other) = (
        "no quota left for tenant acme after 30 tries",
        "no quota left for tenant umbrella after 31 tries",
    );
    assert_ne!(fingerprint(one), fingerprint(other));
    assert_eq!(print(&rules, one), print(&rules, other));
    assert_eq!(
        print(&rules, one),
        "no quota left for tenant # after # tries"
    );
}

#[test]
fn what_a_replacement_writes_is_kept_and_the_rest_is_masked() {
    let kept = rules(&[replace(r"shard (\d+)", "shard $1")]);
    let print = |text| print(&kept, text);
    assert_eq!(
        print("shard 7 is full, 4711 rows left"),
        "shard 7 is full, # rows left"
    );
    assert_ne!(print("shard 7 is full"), print("shard 8 is full"));
    // Nothing but values beside it.
    assert_eq!(print("4711 shard 7 4712"), "# shard 7 #");
}

#[test]
fn a_split_tells_errors_apart_by_a_group_a_name_or_a_text() {
    for by in ["$1", "${1}", "region", "$region", "${region}"] {
        let rules = rules(&[split(r"upstream-(?<region>[a-z]+)\d+", by)]);
        let print = |host: &str| print(&rules, &format!("gateway {host} timed out after 30 s"));
        assert!(print("upstream-eu1").ends_with(" [eu]"), "{by}");
        assert!(print("upstream-us1").ends_with(" [us]"), "{by}");
        assert_eq!(print("upstream-eu1"), print("upstream-eu2"));
    }
    let rules = rules(&[split("(?i)maintenance", "planned")]);
    let planned = print(&rules, "503 Service Unavailable: Maintenance");
    assert!(planned.ends_with(" [planned]"), "{planned}");
}

#[test]
fn a_split_finds_its_text_anywhere_in_the_error_and_a_replacement_in_the_telling_line_only() {
    let long = "  File \"/srv/lib.py\", line 7, in f\n".repeat(3_000);
    let trace = format!(
        "Traceback (most recent call last):\n  File \"/srv/app/billing.py\", line 3\n{long}KeyError: 'user'\n"
    );
    let rules = rules(&[
        split(r"/srv/app/(\w+)\.py", "$1"),
        replace("billing", "somewhere"),
    ]);
    assert_eq!(
        print(&rules, &trace),
        format!("{} [billing]", fingerprint(&trace))
    );
}

#[test]
fn rules_are_applied_in_their_order_each_to_what_the_ones_before_have_left() {
    let text = "cannot reach acme in zone b";
    let both = rules(&[
        replace("acme", "tenant"),
        replace("tenant in", "somebody in"),
    ]);
    assert_eq!(print(&both, text), "cannot reach somebody in zone b");
    let turned = rules(&[
        replace("tenant in", "somebody in"),
        replace("acme", "tenant"),
    ]);
    assert_eq!(print(&turned, text), "cannot reach tenant in zone b");
    let splits = rules(&[
        split("zone (.)", "$1"),
        split("acme", "big"),
        replace("zone .", "zone"),
    ]);
    assert_eq!(print(&splits, text), "cannot reach acme in zone [b] [big]");
}

#[test]
fn a_line_of_which_nothing_is_left_has_the_usual_fingerprint() {
    let rules = rules(&[replace(".+", "")]);
    assert_eq!(print(&rules, "card declined"), "card declined");
}

#[test]
fn rules_can_be_for_some_sources_and_some_templates() {
    let of = |source: &[&str], template: &[&str]| RuleText {
        source: source.iter().map(ToString::to_string).collect(),
        template: template.iter().map(ToString::to_string).collect(),
        ..replace("acme", "a tenant")
    };
    let all = rules(&[of(&["celery"], &[]), of(&[], &["payments/*", "refund"])]);
    assert_eq!(
        all.for_source("celery").numbers().collect::<Vec<_>>(),
        [1, 2]
    );
    let ours = all.for_source("tasker");
    assert_eq!(ours.numbers().collect::<Vec<_>>(), [2]);
    let cases = [
        ("payments/charge_order", true),
        ("orders/refund", true),
        ("refund", true),
        ("orders/refund_all", false),
        ("orders/payments", false),
        ("", false),
    ];
    for (template, applies) in cases {
        let error = ErrorText::of(template, "acme is unknown");
        let explained = ours.explain(&error);
        assert_eq!(
            explained.fingerprint.starts_with("a tenant"),
            applies,
            "{template}"
        );
        assert_eq!(
            explained.for_other_templates.is_empty(),
            applies,
            "{template}"
        );
    }
}

#[test]
fn a_list_for_other_sources_says_nothing_and_an_empty_one_says_that_there_are_none() {
    let celery = RuleText {
        source: vec!["celery".to_owned()],
        ..replace("acme", "a tenant")
    };
    let celery = rules(&[celery]);
    assert_eq!(celery.given_for("tasker"), None);
    assert_eq!(celery.given_for("celery"), Some(celery.clone()));
    assert_eq!(Rules::default().given_for("tasker"), Some(Rules::default()));
}

#[test]
fn an_explanation_has_the_telling_line_and_every_rule_that_applied() {
    let rules = rules(&[
        replace("nothing", "x"),
        replace("tenant [a-z]+", "tenant #"),
        split(r"HTTP (\d+)", "$1"),
    ]);
    let text = "ApiError: HTTP 502 for tenant acme and tenant umbrella";
    let explained = rules.explain(&ErrorText::of("", text));
    assert_eq!(explained.telling_line, text);
    let replaced = Effect::Replaced {
        was: "tenant acme".to_owned(),
        is: "tenant #".to_owned(),
    };
    let by = Effect::SplitBy("502".to_owned());
    let applied: Vec<_> = (explained.applied.into_iter())
        .map(|one| (one.number, one.effect))
        .collect();
    assert_eq!(applied, [(2, replaced), (3, by)]);
    assert!(
        explained
            .fingerprint
            .ends_with("for tenant # and tenant # [502]")
    );
}

#[test]
fn what_is_wrong_with_a_rule_is_said_in_one_line_with_what_to_do() {
    let both = RuleText {
        split_by: Some("x".to_owned()),
        ..replace("a", "b")
    };
    let neither = RuleText {
        pattern: "a".to_owned(),
        ..RuleText::default()
    };
    let empty_source = RuleText {
        source: vec![String::new()],
        ..replace("a", "b")
    };
    let cases = [
        (replace("", "b"), "has no pattern"),
        (replace("(a", "b"), "unclosed group"),
        (replace("a(?=b)", "b"), "keep it with $1"),
        (replace(r"(a)\1", "b"), "repeat the pattern"),
        (replace("a*", "b"), "instead of *"),
        (replace(r"\w{500}", "b"), "too large"),
        (replace(&"a".repeat(1_001), "b"), "longer than 1000"),
        (replace("a", &"b".repeat(201)), "longer than 200"),
        (replace("a", "b\nc"), "control character"),
        (replace("(a)", "$2"), "put what is meant in ( )"),
        (replace("(a)", "$1st"), "write ${1}st"),
        (replace("a", "5 $"), "write $$"),
        (replace("a", "${1"), "write $$"),
        (split("a", "  "), "split_by is empty"),
        (both, "two rules"),
        (neither, "replacement or split_by"),
        (empty_source, "source is empty"),
    ];
    for (text, says) in cases {
        let what = fault(text);
        assert!(what.contains(says), "{what}");
    }
    let many = vec![replace("a", "b"); MAX_RULES + 1];
    let faults = Rules::compile(&many).unwrap_err();
    assert_eq!(faults.len(), 1);
    assert_eq!(faults[0].number, MAX_RULES + 1);
    assert!(faults[0].what.contains("64"), "{faults:?}");
    assert!(Rules::compile(&many[1..]).is_ok());
}

#[test]
fn a_dollar_can_be_written_and_all_faults_are_said() {
    assert_eq!(
        print(&rules(&[replace("price", "$$1")]), "price is wrong"),
        "$1 is wrong"
    );
    let faults = Rules::compile(&[replace("(", "a"), replace("a", "b"), replace(")", "a")]);
    let numbers: Vec<_> = faults
        .unwrap_err()
        .iter()
        .map(|fault| fault.number)
        .collect();
    assert_eq!(numbers, [1, 3]);
}

#[test]
fn the_version_tells_rules_apart_and_not_what_means_the_same() {
    let one = rules(&[replace("a", "b")]);
    assert_eq!(Rules::default().version(), VERSION.to_string());
    assert_eq!(one.version(), rules(&[replace("a", "b")]).version());
    let others = [
        rules(&[replace("a", "c")]),
        rules(&[split("a", "b")]),
        rules(&[replace("a", "b"), replace("a", "b")]),
        Rules::default(),
    ];
    for other in others {
        assert_ne!(one.version(), other.version());
        assert_ne!(one, other);
    }
    // Kept with stored fingerprints: another build must say the same.
    assert!(
        one.version().ends_with("+51ec35971b2a0f2e"),
        "{}",
        one.version()
    );
}

#[test]
fn rules_are_kept_as_json_and_come_back() {
    let texts = [
        replace("a", "b"),
        RuleText {
            template: vec!["payments/*".to_owned()],
            source: vec!["tasker".to_owned()],
            ..split("(a)", "$1")
        },
    ];
    let json = serde_json::to_value(&texts).unwrap();
    assert_eq!(
        json[0],
        serde_json::json!({ "pattern": "a", "replacement": "b" })
    );
    assert_eq!(
        serde_json::from_value::<Vec<RuleText>>(json).unwrap(),
        texts
    );
    let unknown = serde_json::json!([{ "pattern": "a", "lower": true }]);
    assert!(serde_json::from_value::<Vec<RuleText>>(unknown).is_err());
}

#[test]
fn a_fingerprint_stays_within_its_length_and_keeps_what_it_is_split_by() {
    let by = "x".repeat(200);
    let rules = rules(&[split("long", &by), replace("word", &"y".repeat(150))]);
    let print = print(&rules, &format!("long word {}", "and on ".repeat(400)));
    assert!(print.chars().count() <= MAX_CHARS, "{print}");
    assert!(
        print.ends_with(&format!(" [{}]", "x".repeat(MAX_SPLIT))),
        "{print}"
    );
}

#[test]
fn hostile_patterns_and_texts_take_linear_time() {
    let patterns = [
        "(x+x+)+y",
        "(?:x?){60}x{60}y",
        "(.*)(.*)(.*)(.*)(.*)y",
        r"(\w+\s?)*!",
        "((((((((((x*)*)*)*)*)*)*)*)*)*)y",
    ];
    let texts = [
        "x".repeat(1_000_000),
        "x x".repeat(300_000),
        "(".repeat(1_000_000),
        "\u{202e}\0\u{1b}[31m".repeat(100_000),
        "日本".repeat(200_000),
    ];
    let started = std::time::Instant::now();
    for pattern in patterns {
        let rules = rules(&[replace(pattern, "z"), split(pattern, "$0")]);
        for text in &texts {
            let print = print(&rules, text);
            assert!(print.chars().count() <= MAX_CHARS, "{pattern}");
        }
    }
    // Backtracking would take longer than the universe is old.
    let took = started.elapsed();
    assert!(took.as_secs() < 60, "{took:?}");
}
