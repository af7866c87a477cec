use proptest::prelude::*;

use super::*;

fn read(parser: &mut KeyParser, bytes: &str, now: Instant) -> Vec<Vec<String>> {
    let reads = parser.feed(bytes.as_bytes(), now);
    let named = |keys: Vec<Event>| keys.iter().map(name).collect();
    reads.into_iter().map(named).collect()
}

/// `a`, `Alt-a`, `Up`, `paste:…`.
fn name(event: &Event) -> String {
    let key = match event {
        Event::Paste(text) => return format!("paste:{text}"),
        event => event.as_key_press_event().unwrap(),
    };
    let alt = if key.modifiers.contains(KeyModifiers::ALT) {
        "Alt-"
    } else {
        ""
    };
    let control = if key.modifiers.contains(KeyModifiers::CONTROL) {
        "Ctrl-"
    } else {
        ""
    };
    match key.code {
        KeyCode::Char(letter) => format!("{alt}{control}{letter}"),
        code => format!("{alt}{control}{code}"),
    }
}

fn at_once(bytes: &str) -> Vec<String> {
    read(&mut KeyParser::default(), bytes, Instant::now()).concat()
}

#[test]
fn keys_of_all_kinds() {
    let cases: [(&str, &[&str]); 16] = [
        ("aR\r\t", &["a", "R", "Enter", "Tab"]),
        (
            "\x7f\x03\n\x08",
            &["Backspace", "Ctrl-c", "Ctrl-j", "Ctrl-h"],
        ),
        ("é日🙂", &["é", "日", "🙂"]),
        ("\x1b[A\x1bOB\x1b[H\x1b[4~", &["Up", "Down", "Home", "End"]),
        ("\x1b[5~\x1b[6~\x1b[3~", &["Page Up", "Page Down", "Del"]),
        ("\x1bOP\x1b[15~\x1b[24~\x1b[[C", &["F1", "F5", "F12", "F3"]),
        ("\x1b[Z", &["Back Tab"]),
        ("\x1b[1;5C\x1b[1;3D", &["Ctrl-Right", "Alt-Left"]),
        ("\x1bj\x1b\r\x1bé", &["Alt-j", "Alt-Enter", "Alt-é"]),
        ("\x1b\x1b[A", &["Esc", "Up"]),
        ("\x1b[114;5u\x1b[27;2;114~\x1b[27u", &["Ctrl-r", "R", "Esc"]),
        ("\x1bOy", &["Alt-O", "y"]),
        ("\x1b[200~Ry\nX\x1b[201~q", &["paste:Ry\nX", "q"]),
        ("\x1b[M !!y\x1b[<0;3;4My", &["y", "y"]),
        ("\u{9b}31my", &["3", "1", "m", "y"]),
        ("\x1b[99999999999999999999;9y\x1b[?1;2;3$yq", &["q"]),
    ];
    for (bytes, wanted) in cases {
        assert_eq!(at_once(bytes), wanted, "{bytes:?}");
    }
}

/// What terminals answer, and what else they send that is no key.
const REPLIES: [&str; 12] = [
    "\x1bP>|XTerm(370)y\x1b\\",
    "\x1bP1$r0;4yR\x1b\\",
    "\x1bP!|7e565459\x1b\\",
    "\x1b]11;rgb:RRRR/yyyy/XXXX\x1b\\",
    "\x1b]10;rgb:RRRR/yyyy/XXXX\x07",
    "\x1b_Gi=31;OKy\x1b\\",
    "\x1b^yRX\x1b\\",
    "\x1b[?2026;2$y",
    "\x1b[?64;1;2;6y",
    "\x1b[?62;22c",
    "\x1b[24;80R",
    "\x1b[8;40;120t",
];

#[test]
fn a_reply_is_no_key_however_it_is_cut_and_however_late_its_rest_comes() {
    for reply in REPLIES {
        for cut in 1..reply.len() {
            for pause in [5, 150, 400, 900] {
                let (first, second) = reply.split_at(cut);
                let mut parser = KeyParser::default();
                let start = Instant::now();
                let mut keys = read(&mut parser, first, start).concat();
                let later = start + Duration::from_millis(pause);
                while let Some(deadline) = parser.deadline().filter(|at| *at <= later) {
                    keys.extend(parser.expire(deadline).iter().map(name));
                }
                keys.extend(read(&mut parser, second, later).concat());
                // Esc alone looks like that key for a while; nothing else may come of it.
                keys.retain(|key| key != "Esc");
                assert!(keys.is_empty(), "{reply:?} {cut} {pause}: {keys:?}");
                assert_eq!(
                    read(&mut parser, "y", later).concat(),
                    ["y"],
                    "{reply:?} {cut}"
                );
            }
        }
    }
}

#[test]
fn an_esc_is_pressed_when_nothing_follows_it_and_an_arrow_in_two_pieces_is_an_arrow() {
    let mut parser = KeyParser::default();
    let start = Instant::now();
    assert!(read(&mut parser, "\x1b", start).is_empty());
    assert_eq!(parser.deadline(), Some(start + ESC_WAIT));
    assert_eq!(parser.expire(start + ESC_WAIT / 2), None);
    assert_eq!(
        parser
            .expire(start + ESC_WAIT)
            .as_ref()
            .map(name)
            .as_deref(),
        Some("Esc")
    );
    assert_eq!(parser.deadline(), None);
    assert_eq!(read(&mut parser, "y", start + ESC_WAIT).concat(), ["y"]);

    let start = Instant::now();
    read(&mut parser, "\x1b", start);
    assert_eq!(
        read(&mut parser, "[A", start + ESC_WAIT / 2).concat(),
        ["Up"]
    );
}

#[test]
fn esc_and_a_key_that_could_begin_a_sequence_are_both_pressed() {
    for letter in ["[", "]", "O", "P", "X", "^", "_"] {
        let mut parser = KeyParser::default();
        let start = Instant::now();
        assert!(read(&mut parser, &format!("\x1b{letter}"), start).is_empty());
        let esc = parser.deadline().unwrap();
        assert_eq!(
            parser.expire(esc).as_ref().map(name).as_deref(),
            Some("Esc")
        );
        // The next key is somebody's: what is held back comes before it, and was another read.
        let mut other = read(&mut parser, "y", esc + ESC_WAIT);
        assert_eq!(other.remove(0), [letter]);
        assert_eq!(other, [["y"]]);

        read(&mut parser, &format!("\x1b{letter}"), start);
        let esc = parser.deadline().unwrap();
        parser.expire(esc);
        let key = parser.deadline().unwrap();
        assert_eq!(
            parser.expire(key).as_ref().map(name).as_deref(),
            Some(letter)
        );
        assert_eq!(parser.deadline(), None);
    }
}

#[test]
fn a_reply_without_an_end_gives_the_keyboard_back() {
    for begun in [
        "\x1bP>|XTerm",
        "\x1b]11;rgb",
        "\x1b[200~never ended",
        "\x1b[?20",
    ] {
        let start = Instant::now();
        let ways: [(&str, Duration, &[&str]); 2] = [
            ("y", GIVEN_UP, &["y"]),
            ("\x03", Duration::from_millis(1), &["Ctrl-c"]),
        ];
        for (typed, after, wanted) in ways {
            let mut parser = KeyParser::default();
            assert!(read(&mut parser, begun, start).is_empty());
            assert_eq!(
                read(&mut parser, typed, start + after).concat(),
                wanted,
                "{begun:?}"
            );
        }
    }
    let mut parser = KeyParser::default();
    let start = Instant::now();
    read(&mut parser, "\x1bP>|XTerm", start);
    assert!(read(&mut parser, "y", start + GIVEN_UP / 2).is_empty());
    assert!(read(&mut parser, "\x1b", start + GIVEN_UP / 2).is_empty());
    let both = read(&mut parser, "\x1b", start + GIVEN_UP / 2).concat();
    assert_eq!(both, ["Esc"], "pressed twice, it is heard");
}

#[test]
fn a_paste_keeps_its_end_however_large_it_is() {
    let mut parser = KeyParser::default();
    let now = Instant::now();
    let text = format!(
        "\x1b[200~{}\x1b[201~y",
        "x".repeat(MOST_OF_A_PASTE + 10_000)
    );
    let keys = parser.feed(text.as_bytes(), now).concat();
    let [Event::Paste(pasted), key] = &keys[..] else {
        panic!("{} keys", keys.len());
    };
    assert!(pasted.len() <= MOST_OF_A_PASTE && pasted.len() > MOST_OF_A_PASTE - 100);
    assert_eq!(name(key), "y");
}

proptest! {
    #[test]
    fn any_bytes_in_any_pieces_are_taken(bytes in prop::collection::vec(any::<u8>(), 0..200), cut in 0_usize..200) {
        let mut parser = KeyParser::default();
        let now = Instant::now();
        let (first, second) = bytes.split_at(cut.min(bytes.len()));
        let mut keys = parser.feed(first, now).concat();
        keys.extend(parser.feed(second, now).concat());
        let whole = KeyParser::default().feed(&bytes, now).concat();
        let has_break = first == [CTRL_C] || second == [CTRL_C] || bytes == [CTRL_C];
        prop_assert!(has_break || keys == whole);
    }
}
