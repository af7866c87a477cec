//! The popups about the detector: arm, disarm, confirm a sweep, undo one.

use dlqtop::app::action::{Action, DetectorAsk};
use dlqtop::ui::widgets::theme::Theme;
use insta::assert_snapshot;
use support::rows::acting::typed;
use support::rows::detector::{armed, arming, asking, held, unarmed, undoing, with_detector};
use support::rows::{render, render_with, showing};

#[test]
fn arming_80x24() {
    let mut app = arming();
    typed(&mut app, "thresholds agreed with payments");
    app.update(Action::Accept);
    assert_snapshot!(render(&app, 80, 24).backend());
}

#[test]
fn arming_160x45() {
    assert_snapshot!(render(&arming(), 160, 45).backend());
}

#[test]
fn arming_in_ascii() {
    let screen = render_with(&arming(), &Theme::PLAIN.in_ascii(), (80, 24));
    let text = screen.backend().to_string();
    assert!(text.is_ascii(), "{text}");
    assert_snapshot!(text);
}

#[test]
fn arming_in_production_on_a_low_screen() {
    let mut app = showing(with_detector(unarmed(19)));
    app.session.production = Some("prod-eu".to_owned());
    let app = asking(app, DetectorAsk::Arm);
    assert_snapshot!(render(&app, 80, 16).backend());
}

#[test]
fn before_the_database_has_answered() {
    let mut app = showing(with_detector(unarmed(19)));
    app.update(Action::AskDetector(DetectorAsk::Arm));
    assert_snapshot!(render(&app, 80, 24).backend());
}

#[test]
fn disarming() {
    let app = asking(showing(with_detector(armed(3))), DetectorAsk::Disarm);
    assert_snapshot!(render(&app, 80, 24).backend());
}

#[test]
fn confirming_a_sweep() {
    let app = asking(showing(with_detector(held())), DetectorAsk::ConfirmSweep);
    assert_snapshot!(render(&app, 80, 24).backend());
}

#[test]
fn undoing_80x24() {
    let mut app = undoing();
    typed(&mut app, "wrong threshold");
    app.update(Action::Accept);
    app.update(Action::Accept);
    assert_snapshot!(render(&app, 80, 24).backend());
}

#[test]
fn the_last_sweeps() {
    let mut app = showing(with_detector(armed(0)));
    app.update(Action::Sweeps);
    assert_snapshot!(render(&app, 80, 24).backend());
}
