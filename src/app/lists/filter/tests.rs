use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::app::action::Edit;
use crate::data::fingerprint::fingerprint;
use crate::data::model::safe_text::SafeText;

const ROW: FilterFields<'static> = FilterFields {
    text: [
        "payments",
        "charge_order",
        "charge_card",
        "card_declined: Insufficient Funds",
    ],
    fingerprint: "card_declined: Insufficient Funds",
    ids: [
        Some(Uuid::from_u128(0x0198_0000_0000_7000_8000_0000_7a00_000c)),
        None,
    ],
    reason: "max_retries_exceeded",
    namespace: "payments",
    states: ["blocked_by_failures", "error"],
    owner: "ana",
    health: "",
    more: &[],
    age_minutes: 90.0,
};

fn admits(typed: &str) -> Result<bool, FilterError> {
    let mut filter = Filter::default();
    filter.field.set(typed);
    filter.reread(Pane::Queue);
    match filter.error.clone() {
        Some(error) => Err(error),
        None => Ok(filter.admits(&ROW)),
    }
}

#[test]
fn a_reason_is_found_by_the_name_on_the_screen_and_by_its_own() {
    for typed in [
        "reason:dependency_cycle",
        "reason:dependency_cycle_detected",
    ] {
        let mut filter = Filter::default();
        filter.field.set(typed);
        filter.reread(Pane::Queue);
        let row = FilterFields {
            reason: "dependency_cycle_detected",
            ..ROW
        };
        assert!(filter.admits(&row), "{typed}");
        assert!(!filter.admits(&ROW), "{typed}");
    }
}

#[test]
fn terms_and_their_opposites() {
    let cases = [
        ("", true),
        ("CARD_DECLINED", true),
        ("nothing-like-it", false),
        ("!charge", false),
        ("reason:max_retries", true),
        ("!reason:staleness", true),
        ("ns:pay state:error", true),
        ("ns:pay state:complete", false),
        ("owner:ana", true),
        ("owner:none", false),
        ("step:charge error:declined", true),
        ("error:none", false),
        ("!owner:none", true),
        ("age>1h", true),
        ("age>2h", false),
        ("age<2h", true),
        ("AGE>1H", true),
        ("NS:pay", true),
        ("7a00000c", true),
        ("7A00000C", true),
        ("01980000-0000-7000-8000-00007a00000c", true),
        ("019800000000700080000000", true),
        ("7a00000d", false),
        ("00c", false),
        ("!age>90m", true),
        ("age>1.4h", true),
        ("age>1d", false),
        ("\"insufficient funds\"", true),
        ("!\"insufficient funds\"", false),
        ("\"declined: ins\"", true),
        (".*", false),
        ("a*", false),
    ];
    for (typed, want) in cases {
        assert_eq!(admits(typed), Ok(want), "{typed}");
    }
}

#[test]
fn a_group_is_its_template_step_and_fingerprint() {
    let other = |text: [&'static str; 4]| FilterFields {
        fingerprint: fingerprint(text[3]).leak(),
        text,
        ..ROW
    };
    let row = other(["pay", "charge", "card", "No \"route to 10.0.0.1:443"]);
    let group = GroupKey::of(&row);
    assert_eq!(group.to_string(), "pay/charge · card · No \"route to #");
    let alike = other(["pay", "charge", "card", "No \"route to 10.0.0.2:80"]);
    let apart = [
        other(["pay", "charge", "card", "no \"way to 10.0.0.2:80"]),
        other(["pay", "charge", "card", "no \"route to 10.0.0.2:80"]),
        other(["pay", "charge", "Card", "No \"route to 10.0.0.2:80"]),
        other(["pay", "charge", "post", "No \"route to 10.0.0.2:80"]),
        other(["pay", "refund", "card", "No \"route to 10.0.0.2:80"]),
        other(["pay", "charge", "card", ""]),
        other(["pay", "charge", "", "No \"route to 10.0.0.2:80"]),
    ];
    let typed = Filter::parse(&group.term(), Pane::Queue).unwrap();
    let opened = Filter {
        within: Some(group),
        ..Filter::default()
    };
    for filter in [&typed, &opened] {
        assert!(filter.admits(&row) && filter.admits(&alike));
        assert!(apart.iter().all(|row| !filter.admits(row)));
    }
    for row in &apart {
        let own = GroupKey::of(row).term();
        let own = Filter::parse(&own, Pane::Queue).unwrap_or_else(|e| panic!("{own}: {e:?}"));
        assert!(own.admits(row), "also where there is no step or no error");
        assert!(!own.admits(&alike));
    }
}

#[test]
fn errors_point_at_the_place() {
    let cases = [
        ("reason:", 0),
        ("charge age>2x", 7),
        ("charge age>", 7),
        ("age>h", 0),
        ("a !age<..m", 3),
        ("x colour:red", 2),
        ("x !", 3),
        ("say \"no", 4),
        ("health:stale", 0),
        ("a group:charge", 2),
    ];
    for (typed, at) in cases {
        assert_eq!(admits(typed).unwrap_err().at, at, "{typed}");
    }
    let mut filter = Filter::default();
    for (typed, wrong) in [("health:stale", false), ("x health:xyz", true)] {
        filter.field.set(typed);
        filter.reread(Pane::Staleness);
        assert_eq!(filter.error.is_some(), wrong, "{typed}");
    }
}

#[test]
fn a_term_that_cannot_be_read_is_left_out_and_stays_typed() {
    let mut filter = Filter::default();
    filter.field.set("ns:billing age>");
    filter.reread(Pane::Queue);

    assert!(filter.error.is_some());
    assert_eq!(filter.field.text(), "ns:billing age>");
    assert!(!filter.admits(&ROW), "ns:billing is still in force");
}

/// A row with these texts, and why it is in the queue.
fn row<'a>(text: [&'a str; 4], reason: &'a str) -> FilterFields<'a> {
    FilterFields {
        fingerprint: fingerprint(text[3]).leak(),
        text,
        reason,
        ..ROW
    }
}

#[test]
fn a_group_without_an_error_is_called_by_its_reason() {
    let dead = row(["pay", "charge", "card", ""], "worker_unavailable");
    let group = GroupKey::of(&dead);
    assert_eq!(group.name(), "worker unavailable");
    assert_eq!(group.to_string(), "pay/charge · card · worker unavailable");
    assert_eq!(
        group.term(),
        "group:\"pay/charge · card · (worker_unavailable)\""
    );
    let stale = row(["pay", "charge", "card", " \n"], "staleness_timeout");
    assert_ne!(GroupKey::of(&stale), group, "two reasons are two groups");
    let literal = row(["pay", "charge", "card", "no error"], "worker_unavailable");
    assert_eq!(GroupKey::of(&literal).name(), "no error");
    let declined = row(
        ["pay", "charge", "card", "declined"],
        "max_retries_exceeded",
    );
    let manual = row(["pay", "charge", "card", "declined"], "manual_dlq");
    assert_eq!(
        GroupKey::of(&declined),
        GroupKey::of(&manual),
        "an error is enough"
    );
}

#[test]
fn rows_that_nearly_have_the_same_name_are_told_apart() {
    let rows = [
        row(["a", "b · c", "d", "e"], "x"),
        row(["a", "b", "c · d", "e"], "x"),
        row(["a", "b", "c", "d · e"], "x"),
        row(["a", "b", "", "e"], "x"),
        row(["a", "b", "no step", "e"], "x"),
        row(["a", "b", "(no step)", "e"], "x"),
        row(["a", "b", "c", ""], "x"),
        row(["a", "b", "c", "x"], "x"),
        row(["a", "b", "c", "(x)"], "x"),
        row(["a", "b", "c", "no error"], "x"),
        row(["a", "b", "c", "No error"], "x"),
        row(["a", "b", "c", ""], "x)"),
        row(["a", "b", "c", ""], "no error"),
        row(["a", "b", "c\nd", "e"], "x"),
        row(["a", "b", "c\\nd", "e"], "x"),
        row(["a", "b", "c d", "e"], "x"),
        row(["a", "b", "c\"d", "e"], "x"),
        row(["a", "b", "c ", "e"], "x"),
        row(["a", "b", " c", "e"], "x"),
    ];
    for (at, one) in rows.iter().enumerate() {
        let term = GroupKey::of(one).term();
        let filter = Filter::parse(&term, Pane::Queue).unwrap_or_else(|e| panic!("{term}: {e:?}"));
        for (other_at, other) in rows.iter().enumerate() {
            assert_eq!(
                filter.admits(other),
                at == other_at,
                "{term} / {:?}",
                other.text
            );
        }
    }
}

#[test]
fn a_group_typed_by_hand_needs_no_backslash_where_nothing_is_unclear() {
    let row = row(["a", "b", "c", "(x) y · z"], "w");
    for typed in [
        "group:\"a/b · c · (x) y · z\"",
        "GROUP:\"a/b · c · (x) y · z\" ns:a",
        "!group:\"a/b · c · q\"",
    ] {
        assert!(
            Filter::parse(typed, Pane::Queue).unwrap().admits(&row),
            "{typed}"
        );
    }
}

#[test]
fn names_of_any_length_are_told_apart_to_their_last_letter() {
    let long = "step \"of\" · ".repeat(1_000);
    let (one, other) = (format!("{long}a"), format!("{long}b"));
    let rows = [&one, &other].map(|step| row(["a", "b", step, "e"], "x"));
    let filter = Filter::parse(&GroupKey::of(&rows[0]).term(), Pane::Queue).unwrap();
    assert!(filter.admits(&rows[0]) && !filter.admits(&rows[1]));
}

/// Texts of which names are made that are hard to tell apart.
fn awkward() -> impl Strategy<Value = String> {
    let texts = prop_oneof![
        3 => "[ab ·\\\\\"()n\n:!A-]{0,8}",
        1 => Just("no error".to_owned()),
        1 => Just("no step".to_owned()),
        1 => Just("(no step)".to_owned()),
        1 => "\\PC{0,12}",
        1 => "[a-z \"·]{60,80}",
    ];
    // As it comes from a database.
    texts.prop_map(|text| SafeText::new(&text).as_str().to_owned())
}

/// What a terminal, a shell and JSON make of a filter that is copied.
fn copied(term: &str) -> Vec<Filter> {
    let mut pasted = Filter::default();
    pasted.field.apply(&Edit::Paste(term.to_owned()));
    pasted.reread(Pane::Queue);
    assert_eq!(pasted.error, None, "{term}");
    let shell = shlex::split(&shlex::try_quote(term).unwrap()).unwrap();
    let json: String = serde_json::from_str(&serde_json::to_string(term).unwrap()).unwrap();
    let texts = [
        term.to_owned(),
        shell.concat(),
        json,
        format!("age>1m {term} !zzzz"),
    ];
    let parsed = texts.map(|text| Filter::parse(&text, Pane::Queue));
    let parsed = parsed
        .into_iter()
        .map(|filter| filter.unwrap_or_else(|e| panic!("{term}: {e:?}")));
    parsed.chain([pasted]).collect()
}

proptest! {
    #[test]
    fn the_filter_of_a_group_lets_through_that_group_and_no_other(
        one in prop::array::uniform5(awkward()),
        other in prop::array::uniform5(awkward()),
        shared in prop::array::uniform5(any::<bool>()),
    ) {
        let mixed: Vec<&str> = (0..5).map(|at| if shared[at] { &*one[at] } else { &*other[at] }).collect();
        let rows = [
            row([&one[0], &one[1], &one[2], &one[3]], &one[4]),
            row([mixed[0], mixed[1], mixed[2], mixed[3]], mixed[4]),
        ];
        let group = GroupKey::of(&rows[0]);
        let is_same = GroupKey::of(&rows[1]) == group;
        let term = group.term();
        prop_assert!(!term.contains('\n'), "it fits on one line: {term}");
        for filter in copied(&term) {
            prop_assert!(filter.admits(&rows[0]), "{term}");
            prop_assert_eq!(filter.admits(&rows[1]), is_same, "{} / {:?}", term, rows[1].text);
        }
        let opposite = Filter::parse(&format!("!{term}"), Pane::Queue).unwrap();
        prop_assert!(!opposite.admits(&rows[0]), "{term}");
    }
}
