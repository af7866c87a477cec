//! `check`, `completions` and `man`.

use serde_json::Value;
use support::database::Database;
use support::dlqtop::{asked, dlqtop};

#[tokio::test(flavor = "multi_thread")]
async fn a_check_fails_when_any_condition_holds() {
    let db = Database::new().await;
    db.template("{}").await;
    let url = db.url();
    let fine = asked(
        &url,
        &["check", "--fail-if", "pending>0", "--fail-if", "oldest>1s"],
    );
    assert_eq!(
        fine.expect_answer(),
        "ok    pending>0  (pending is 0)\nok    oldest>1s  (oldest is none)\n"
    );
    for n in 0..2 {
        db.dead_letter(&format!("boom {n}")).await;
    }
    let bad = asked(
        &url,
        &[
            "check",
            "--fail-if",
            "pending > 1",
            "--fail-if",
            "pending>2",
            "--json",
        ],
    );
    assert_eq!(bad.code, Some(1), "{bad:?}");
    let json: Value = serde_json::from_str(&bad.stdout).unwrap();
    assert_eq!(json["failed"], true, "{json}");
    assert_eq!(json["conditions"][0]["fails"], true, "{json}");
    assert_eq!(json["conditions"][0]["value"], 2.0, "{json}");
    assert_eq!(json["conditions"][1]["fails"], false, "{json}");
    // Nobody has ever swept: that is not fine.
    let never = asked(&url, &["check", "--fail-if", "detector_age>10m"]);
    assert_eq!(never.code, Some(1), "{never:?}");
    let wrong = asked(&url, &["check", "--fail-if", "pendings>5"]);
    assert_eq!(wrong.code, Some(2), "{wrong:?}");
    assert!(
        wrong.stderr.contains("unowned_oldest"),
        "it lists the names: {wrong:?}"
    );
    // Who cannot be asked is not fine either.
    let nobody = asked(
        "postgres://x@127.0.0.1:1/x",
        &["check", "--fail-if", "pending>50"],
    );
    assert_eq!(nobody.code, Some(3), "{nobody:?}");
}

#[test]
fn completions_and_pages_need_nothing_but_the_program() {
    for shell in ["bash", "zsh", "fish"] {
        let run = dlqtop(&["completions", shell]);
        let text = run.expect_answer();
        assert!(
            text.contains("handover") && text.contains("fail-if"),
            "{shell}"
        );
    }
    let script = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("completions.bash");
    std::fs::write(&script, dlqtop(&["completions", "bash"]).expect_answer()).unwrap();
    let syntax = std::process::Command::new("bash")
        .arg("-n")
        .arg(&script)
        .output()
        .unwrap();
    assert!(syntax.status.success(), "{syntax:?}");
    let page = dlqtop(&["man", "step", "retry"]);
    let page = page.expect_answer();
    assert!(page.starts_with(".ie") || page.contains(".TH"), "{page}");
    assert!(page.contains("canary"), "{page}");
    dlqtop(&["man", "nonsense"]).expect_complaint(2, &["no command \"nonsense\""]);
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("man-pages");
    let _ = std::fs::remove_dir_all(&folder);
    dlqtop(&["man", "--out", folder.to_str().unwrap()]).expect_answer();
    for page in ["dlqtop.1", "dlqtop-step-retry.1", "dlqtop-handover.1"] {
        assert!(folder.join(page).exists(), "{page}");
    }
}
