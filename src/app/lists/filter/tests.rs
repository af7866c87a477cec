use uuid::Uuid;

use super::*;
use crate::data::fingerprint::fingerprint;

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
