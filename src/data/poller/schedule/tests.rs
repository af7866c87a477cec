//! The formula as tables.

use super::*;

const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn schedule(every: u64, budget: &str) -> Schedule {
    Schedule::new(ms(every), budget.parse().unwrap())
}

/// One that has seen these costs, in milliseconds, often enough to be sure.
fn settled(every: u64, budget: &str, [lists, counts, stats]: [u64; 3]) -> Schedule {
    let mut schedule = schedule(every, budget);
    for _ in 0..3 {
        schedule.note(Part::Lists, ms(lists), false);
        schedule.note(Part::Counts, ms(counts), false);
        schedule.note(Part::Stats, ms(stats), false);
    }
    schedule
}

fn ages(counts: u64, stats: u64) -> Ages {
    Ages {
        counts: Some(ms(counts)),
        stats: Some(ms(stats)),
    }
}

#[test]
fn dear_parts_wait_until_it_fits_and_then_the_polls_do() {
    use Pace::{AsAsked, OverBudget, WithinBudget};
    // every, budget, costs of lists, counts, stats: periods, pause, why; times in ms
    for (every, budget, costs, periods, pause, pace) in [
        (2_000, "1%", [0, 0, 0], (1, 1), 2_000, AsAsked),
        (2_000, "1%", [3, 3, 3], (1, 1), 2_000, AsAsked),
        (2_000, "1%", [5, 5, 5], (2, 2), 2_000, AsAsked),
        (2_000, "1%", [4, 8, 1], (2, 1), 2_000, AsAsked),
        (2_000, "1%", [4, 20, 5], (6, 2), 2_000, AsAsked),
        (2_000, "1%", [10, 29, 29], (15, 15), 2_000, AsAsked),
        (2_000, "1%", [10, 145, 0], (15, 15), 2_000, AsAsked),
        (2_000, "1%", [40, 150, 150], (15, 15), 6_000, WithinBudget),
        (2_000, "1%", [1_000, 0, 0], (15, 15), 60_000, OverBudget),
        (2_000, "10%", [1_000, 0, 0], (15, 15), 10_000, WithinBudget),
        (2_000, "off", [1_000, 500, 500], (1, 1), 2_000, AsAsked),
        (100, "1%", [5, 0, 0], (15, 15), 500, WithinBudget),
        (300_000, "1%", [1_000, 0, 0], (1, 1), 300_000, AsAsked),
        (300_000, "1%", [4_000, 0, 0], (15, 15), 300_000, OverBudget),
    ] {
        let schedule = settled(every, budget, costs);
        let at = format!("{costs:?} every {every} ms within {budget}");
        let got = (schedule.period(Part::Counts), schedule.period(Part::Stats));
        assert_eq!(got, periods, "{at}");
        let (got, why) = schedule.pause();
        assert!(got.abs_diff(ms(pause)) < ms(1), "{at}: {got:?}");
        assert_eq!(why, pace, "{at}");
        if let (Some(share), false) = (schedule.budget.share(), pace == OverBudget) {
            let spent = schedule.amortised().as_secs_f64() / got.as_secs_f64();
            assert!(spent <= share * 1.001, "{at}: {spent}");
        }
    }
}

#[test]
fn the_amortised_cost_is_that_of_a_poll_and_its_share_of_the_dear_parts() {
    let schedule = settled(2_000, "1%", [10, 29, 58]);
    let (n, m) = (schedule.period(Part::Counts), schedule.period(Part::Stats));
    let want = 10.0 + 29.0 / f64::from(n) + 58.0 / f64::from(m);
    let got = schedule.amortised().as_secs_f64() * 1e3;
    assert!((got - want).abs() < 1e-6, "{got} is not {want}");
    assert!(got <= 20.0, "{got}");
    assert_eq!(schedule.cost(Part::Stats), ms(58));
}

#[test]
fn a_part_is_due_when_its_polls_have_passed_or_somebody_asks() {
    // counts with every second poll, stats with every one
    let schedule = settled(2_000, "1%", [4, 8, 1]);
    for (counts, stats, asked, want) in [
        (2_000, 2_000, false, (false, true)),
        (4_000, 4_000, false, (true, true)),
        // A poll that came a little early, and one that was asked for in between.
        (3_100, 1_100, false, (true, true)),
        (2_900, 900, false, (false, false)),
        (2_100, 2_100, true, (true, true)),
        (1_900, 1_900, true, (false, false)),
    ] {
        let due = schedule.due(ages(counts, stats), asked);
        assert_eq!((due.counts, due.stats), want, "{counts} {stats} {asked}");
    }
    let first = Schedule::new(ms(2_000), Budget::default()).due(Ages::default(), false);
    assert!(
        first.counts && first.stats,
        "the first poll brings everything"
    );
}

#[test]
fn what_failed_is_asked_for_again_but_not_at_any_price() {
    let mut schedule = settled(2_000, "1%", [4, 100, 100]);
    assert!(!schedule.due(ages(2_000, 2_000), false).stats);
    for (cost, due) in [
        (5_000, true),
        (5_000, false),
        (5_000, false),
        (3, true),
        (3, true),
    ] {
        schedule.note(Part::Stats, ms(cost), true);
        assert_eq!(
            schedule.due(ages(2_000, 2_000), false).stats,
            due,
            "{cost} ms"
        );
    }
    schedule.note(Part::Stats, ms(100), false);
    assert!(!schedule.due(ages(2_000, 2_000), false).stats);
}

#[test]
fn one_stall_moves_nothing_and_a_lasting_change_soon_does() {
    let mut schedule = settled(2_000, "1%", [5, 5, 5]);
    schedule.note(Part::Lists, ms(5_000), false);
    assert_eq!(schedule.pause().0, ms(2_000));
    schedule.note(Part::Lists, ms(5), false);
    assert_eq!(schedule.pause().0, ms(2_000));
    for _ in 0..6 {
        schedule.note(Part::Lists, ms(100), false);
    }
    let pause = schedule.pause().0;
    assert!(pause > ms(7_000), "{pause:?}");

    // The very first reading, from a cold disk.
    let mut schedule = Schedule::new(ms(2_000), Budget::default());
    schedule.note(Part::Lists, ms(3_000), false);
    schedule.end(ms(3_000), ms(3_000), None);
    assert!(schedule.pause().0 <= ms(15_000), "{:?}", schedule.pause());
    schedule.note(Part::Lists, ms(5), false);
    schedule.end(ms(5), ms(5), Some(ms(15_005)));
    assert_eq!(schedule.pause(), (ms(2_000), Pace::AsAsked));
}

#[test]
fn slow_answers_are_followed_by_a_longer_pause_up_to_a_limit() {
    for (took, pause, pace) in [
        (10, 2_000, Pace::AsAsked),
        (400, 2_000, Pace::AsAsked),
        (1_000, 5_000, Pace::SlowAnswers),
        (20_000, 30_000, Pace::SlowAnswers),
        (300_000, 30_000, Pace::SlowAnswers),
    ] {
        // Far away: it takes time, and costs the database nothing.
        let mut schedule = settled(2_000, "1%", [1, 1, 1]);
        schedule.end(Duration::ZERO, ms(took), None);
        assert_eq!(schedule.pause(), (ms(pause), pace), "after {took} ms");
        // What is the database's own is kept within the budget, and not counted twice.
        schedule.end(ms(took), ms(took), None);
        assert_eq!(schedule.pause(), (ms(2_000), Pace::AsAsked));
    }
}

#[test]
fn one_slow_poll_changes_no_pace() {
    let mut schedule = settled(2_000, "1%", [1, 1, 1]);
    for took in [10, 10, 4_000] {
        schedule.end(Duration::ZERO, ms(took), None);
        assert_eq!(schedule.pause(), (ms(2_000), Pace::AsAsked), "{took}");
    }
    schedule.end(Duration::ZERO, ms(4_000), None);
    assert_eq!(schedule.pause(), (ms(20_000), Pace::SlowAnswers));
}

#[test]
fn without_a_budget_polls_come_as_asked_however_slow_they_are() {
    for every in [300, 2_000, 300_000] {
        let mut schedule = schedule(every, "off");
        for cost in [0, 60_000, 60_000] {
            schedule.note(Part::Lists, ms(cost), false);
            schedule.end(ms(cost), ms(60_000), None);
            assert_eq!(schedule.pause(), (ms(every), Pace::AsAsked), "{cost}");
        }
    }
}

#[test]
fn the_share_shown_is_what_was_spent_of_late() {
    let mut schedule = settled(2_000, "off", [20, 0, 0]);
    schedule.end(ms(20), ms(20), None);
    let first = schedule.effort().share;
    assert!((first - 20.0 / 2_020.0).abs() < 1e-9, "{first}");
    for _ in 0..40 {
        schedule.end(ms(100), ms(100), Some(ms(2_000)));
    }
    let share = schedule.effort().share;
    assert!((share - 0.05).abs() < 1e-9, "{share}");
    schedule.interrupt();
    assert!(schedule.effort().share.abs() < 1e-9);
}
