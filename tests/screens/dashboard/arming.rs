//! What the header says of a detector that may not act: it is never left out.

use dlqtop::app::App;
use dlqtop::app::action::Action;
use dlqtop::app::session::read_only::{Access, LockReason};
use dlqtop::data::model::Snapshot;
use dlqtop::detector::status::{Phase, Status};
use dlqtop::ui::widgets::theme::Theme;
use insta::assert_snapshot;
use support::rows::detector::{armed, held, unarmed, with_detector};
use support::rows::{render, render_with, showing};

fn off(snapshot: Snapshot) -> App {
    let mut app = showing(snapshot);
    app.update(Action::Detector(Status {
        off_because: Some("--no-detect".into()),
        phase: Phase::Off,
        ..Status::default()
    }));
    app
}

fn header(app: &App, width: u16) -> String {
    let screen = render(app, width, 45).backend().to_string();
    let lines: Vec<&str> = screen.lines().take(2).collect();
    lines.join("\n")
}

#[test]
fn headers_at_every_width() {
    let mut all = Vec::new();
    let apps = vec![
        ("dry", showing(with_detector(unarmed(19)))),
        ("dry, and nothing due", showing(with_detector(unarmed(0)))),
        ("dry, and off here", off(with_detector(unarmed(19)))),
        ("held", showing(with_detector(held()))),
        ("armed, and off here", off(with_detector(armed(3)))),
    ];
    for (name, app) in apps {
        for width in [60, 80, 110, 160] {
            all.push(format!("{name}, {width} wide\n{}", header(&app, width)));
        }
    }
    assert_snapshot!(all.join("\n"));
}

#[test]
fn dry_is_never_left_out() {
    let mut app = showing(with_detector(unarmed(1_900)));
    app.session.production = Some("a-long-name-of-a-profile".to_owned());
    app.session.profile = "a-long-name-of-a-profile".to_owned();
    app.session.access = Access::ReadOnly(LockReason::Production("prod".to_owned()));
    for width in 60..200 {
        let shown = header(&app, width);
        assert!(shown.contains("dry"), "{width} wide: {shown}");
        assert!(shown.contains("data 1s"), "{width} wide: {shown}");
    }
}

#[test]
fn dry_80x24_in_ascii() {
    let app = showing(with_detector(unarmed(19)));
    let screen = render_with(&app, &Theme::PLAIN.in_ascii(), (80, 24));
    let text = screen.backend().to_string();
    assert!(text.is_ascii(), "{text}");
    assert_snapshot!(text);
}

#[test]
fn held_80x24() {
    assert_snapshot!(render(&showing(with_detector(held())), 80, 24).backend());
}

#[test]
fn held_160x45() {
    assert_snapshot!(render(&showing(with_detector(held())), 160, 45).backend());
}
