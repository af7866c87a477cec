//! `dlqtop watch`: the figures that matter, and proof that they are fresh.

use support::pseudo_terminal::PseudoTerminal;
use support::screens::{LARGE, with_history};

/// The time, from the first line.
fn clock(wall: &str) -> String {
    let first = wall.lines().next().unwrap_or_default();
    let time = first
        .split_whitespace()
        .find(|word| word.matches(':').count() == 2);
    time.unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_wall_shows_big_figures_and_that_it_is_alive() {
    let db = with_history().await;
    let mut screen = PseudoTerminal::dlqtop(&["watch", "--database-url", &db.url()], LARGE);
    // The last line: by then the whole frame has come.
    let wall = screen.wait_for("q quits · page ");
    for piece in [
        "STALE",
        "OLDEST UNOWNED",
        " UTC · data ",
        " old",
        "DLQ PENDING",
    ] {
        assert!(wall.contains(piece), "no {piece:?}:\n{wall}");
    }
    // Its figures are drawn, not written.
    let blocks = |c: &char| ('\u{2580}'..='\u{259f}').contains(c);
    assert!(wall.chars().filter(blocks).count() > 50, "{wall}");
    let before = clock(&wall);
    assert!(!before.is_empty(), "no clock:\n{wall}");
    screen.wait("moving clock", |wall| clock(wall) > before);
    screen.type_keys("q");
    assert_eq!(screen.exit_code(), 0);
    assert!(screen.is_restored());
}
