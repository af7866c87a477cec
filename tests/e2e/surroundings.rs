//! Terminals that cannot show a screen, and mistakes that must not reach one as they are.

use support::pseudo_terminal::PseudoTerminal;

const URL: &str = "postgres://ana@127.0.0.1:1/x";

#[test]
fn a_terminal_without_a_full_screen_is_refused_with_what_works_there() {
    for term in ["dumb", "", "unknown"] {
        let screens: [(&[&str], &str); 3] = [
            (
                &["--database-url", URL],
                "queue, stats, show and steps with --json",
            ),
            (
                &["watch", "--database-url", URL],
                "queue, stats, show and steps with --json",
            ),
            (&["demo"], "dlqtop demo --headless 20 --json"),
        ];
        for (arguments, works) in screens {
            let mut screen = PseudoTerminal::dlqtop_with(arguments, &[("TERM", term)]);
            assert_eq!(screen.exit_code(), 2, "{term} {arguments:?}");
            let said = screen.raw();
            assert!(
                said.contains(works) && said.contains(&format!("TERM={term} ")),
                "{said}"
            );
            assert!(!said.contains('\x1b'), "{said:?}");
        }
    }
}

#[test]
fn a_mistake_on_the_command_line_or_in_a_variable_is_escaped() {
    let hostile = "\x1b]0;x\x07\u{9b}31m";
    let flag = format!("--{hostile}");
    let in_variable = ("DLQTOP_THEME", hostile);
    let address = ("DATABASE_URL", URL);
    for (arguments, variable) in [
        (&["queue"][..], Some(in_variable)),
        (&["queue", "--theme", hostile], None),
        (&["queue", &flag], None),
        (&["queue", "--limit", hostile], None),
        (&["queue", "--interval", hostile], None),
        (&["step", hostile], None),
        (&["queue", "--incident", hostile], None),
        (&[hostile], Some(address)),
    ] {
        let mut screen = PseudoTerminal::dlqtop_with(arguments, variable.as_slice());
        assert_eq!(screen.exit_code(), 2, "{arguments:?}");
        let said = screen.raw();
        assert!(said.contains("0;x") && said.lines().count() > 0, "{said:?}");
        let unsafe_ones = said.replace("\r\n", "");
        assert!(
            !unsafe_ones.contains(|c: char| c.is_control()),
            "{arguments:?}: {said:?}"
        );
    }
}
