//! Text that a terminal sends as keys, because it knows no brackets or something on the way drops them; and keys
//! that arrive as others.

use std::time::Duration;

use support::database::Database;
use support::pseudo_terminal::PseudoTerminal;
use support::screens::{LARGE, ROOT, dashboard, with_history};

const ACTS: &str = "select count(*) from dlqtop.operator_log";
/// What the last line says in the text of a box, and on its buttons.
const IN_REASON: &str = "Enter on to the buttons";
const ON_BUTTONS: &str = "Enter press";
const DROPPED: &str = "as a paste does: none was pressed";

struct Scene {
    db: Database,
    screen: PseudoTerminal,
    before: i64,
}

/// A dashboard whose cursor is on an entry.
async fn scene() -> Scene {
    let db = with_history().await;
    let before = db.one(ACTS).await;
    let mut screen = dashboard(&db, &["--no-detect", "--as", "tester@pty"], LARGE);
    screen.type_keys("2");
    screen.wait_for("▸");
    Scene { db, screen, before }
}

impl Scene {
    /// A box with a reason in it, and Cancel under the cursor.
    fn open_box(&mut self) {
        self.screen.press_until("U", "Close 1 investigation");
        let shown = self.screen.wait("its first field", |shown| {
            shown.contains(IN_REASON) || shown.contains("Enter on to the reason")
        });
        if !shown.contains(IN_REASON) {
            self.screen.type_keys("\r");
            self.screen.wait_for(IN_REASON);
        }
        // Ctrl-U: a box that was left keeps what was typed.
        self.screen.type_keys("\x15fixed at the source\r");
        self.screen.wait_for(ON_BUTTONS);
    }

    /// From so many fields after it.
    fn back_to_reason(&mut self, fields: usize) {
        self.screen.type_keys(&"\x1b[Z".repeat(fields));
        self.screen.wait_for(IN_REASON);
    }

    fn back_to_cancel(&mut self, fields: usize) {
        self.back_to_reason(fields);
        self.screen.type_keys("\r");
        self.screen.wait_for(ON_BUTTONS);
    }

    fn cancel(&mut self) {
        self.screen.type_keys("\x1b");
        self.screen.wait_for(ROOT);
    }

    /// Leaves; nothing was done.
    async fn expect_nothing_done(mut self) {
        self.screen.type_keys("q");
        assert_eq!(self.screen.exit_code(), 0);
        assert!(self.screen.is_restored());
        assert_eq!(self.db.one::<i64>(ACTS).await, self.before);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pasted_lines_press_nothing_and_are_text_where_text_is_typed() {
    let mut scene = scene().await;
    let pastes = [
        "X-Request-Id: 9\rfailed\ryes\r",
        "Retry failed\rfatal\ryes\r",
        "U\r\rfixed\r\ty\r",
        "RuntimeError\ny\n",
        "y\r",
    ];
    for paste in pastes {
        scene.screen.send(paste);
        let shown = scene.screen.wait_for(DROPPED);
        assert!(shown.contains(ROOT), "{paste:?}: {shown}");
        scene.screen.type_keys("@@\x1b");
        scene
            .screen
            .wait("no notice", |shown| !shown.contains(DROPPED));
    }

    // In a box, on its buttons: the box stays, and says so.
    scene.open_box();
    for paste in ["yes\r", "y\r", "fatal: yes"] {
        scene.screen.send(paste);
        let shown = scene.screen.wait_for(DROPPED);
        assert!(shown.contains("Close 1 investigation"), "{shown}");
        scene.back_to_reason(1);
        scene.screen.type_keys(" \x7f");
        scene
            .screen
            .wait("no notice", |shown| !shown.contains(DROPPED));
        scene.screen.type_keys("\r");
        scene.screen.wait_for(ON_BUTTONS);
    }
    for (together, fields) in [("yy", 1), ("\t\r", 2), ("ly", 2)] {
        scene.screen.send(together);
        let shown = scene
            .screen
            .wait_for("nothing was confirmed: press it again");
        assert!(shown.contains("Close 1 investigation"), "{shown}");
        scene.back_to_cancel(fields);
    }
    // In its text: all of it is text.
    scene.back_to_reason(1);
    scene.screen.send(", and so on\ryes\ry");
    scene
        .screen
        .wait_for("fixed at the source, and so on yes y");
    scene.cancel();
    scene.expect_nothing_done().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn movements_that_come_at_once_move() {
    let mut scene = scene().await;
    scene.screen.send("jjjjjjjjjjjj\x1b[A\x1b[A\r");
    scene.screen.wait_for("Why stuck");
    scene.screen.type_keys("q");
    scene.screen.wait_for(ROOT);
    scene.expect_nothing_done().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_note_that_is_too_long_is_refused_and_what_was_typed_is_kept() {
    let mut scene = scene().await;
    scene
        .screen
        .press_until("A", "Add a note to 1 investigation");
    scene.screen.type_keys("seen ");
    let long = "0123456 ".repeat(376);
    assert_eq!(long.len(), 3_008);
    for paste in [format!("\x1b[200~{long}\x1b[201~"), long] {
        scene.screen.send(&paste);
        let shown = scene.screen.wait_for("at most 2000 are allowed");
        assert!(
            shown.contains("3013 characters") && shown.contains("seen"),
            "{shown}"
        );
        assert!(!shown.contains("0123456"), "{shown}");
        scene.screen.type_keys("x\x7f");
        scene
            .screen
            .wait("no complaint", |shown| !shown.contains("at most 2000"));
    }
    scene.cancel();
    scene.expect_nothing_done().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn esc_and_a_key_that_come_as_alt_cancel_and_press_the_key() {
    let mut scene = scene().await;
    for key in ["j", "1", "O", "["] {
        scene.open_box();
        scene.screen.send(&format!("\x1b{key}"));
        scene
            .screen
            .wait("no box", |shown| !shown.contains("Close 1 investigation"));
        if key == "O" {
            // Held back until nothing follows that it could begin.
            scene.screen.wait("its box", |shown| {
                shown.contains("Claim 1 inv") || shown.contains("Take over 1 inv")
            });
            scene.cancel();
        }
        scene.screen.type_keys("y2");
        scene.screen.wait_for(ROOT);
    }
    // In a text, by words.
    scene
        .screen
        .press_until("A", "Add a note to 1 investigation");
    scene.screen.type_keys("one two");
    scene.screen.send("\x1bb");
    scene.screen.type_keys("x");
    scene.screen.wait_for("one xtwo");
    scene.cancel();
    scene.expect_nothing_done().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reply_whose_rest_comes_late_presses_nothing() {
    let mut scene = scene().await;
    let replies = [
        ("\x1bP>|XTerm(370", ")y\x1b\\"),
        ("\x1b]11;rgb:ffff/ff", "ff/yyyyR\x1b\\"),
        ("\x1b[?2026;", "2$y"),
        ("\x1b[24", ";80R"),
    ];
    for (first, rest) in replies {
        scene.open_box();
        scene.screen.send(first);
        // The pause is what this is about.
        tokio::time::sleep(Duration::from_millis(400)).await;
        scene.screen.send(rest);
        scene.back_to_reason(1);
        scene.screen.type_keys("!");
        let shown = scene.screen.wait_for("fixed at the source!");
        assert!(shown.contains("Close 1 investigation"), "{shown}");
        scene.cancel();
    }
    scene.expect_nothing_done().await;
}
