//! `options`: settings for the session, in the words of the server's command line.

use crate::config::problem::shown;

/// `-c work_mem=8MB --jit=off`, as names and values; a backslash takes the next character as it is.
///
/// # Errors
///
/// If it holds anything else.
pub(super) fn read(text: &str) -> Result<Vec<(String, String)>, &'static str> {
    let mut words = split(text).into_iter();
    let mut found = Vec::new();
    while let Some(word) = words.next() {
        let setting = if word == "-c" {
            words.next()
        } else {
            let rest = word.strip_prefix("--").or_else(|| word.strip_prefix("-c"));
            rest.map(str::to_owned)
        };
        let pair = setting.as_deref().and_then(|it| it.split_once('='));
        let Some((name, value)) = pair.filter(|(name, _)| !name.is_empty()) else {
            return Err("options must be settings such as -c work_mem=8MB");
        };
        found.push((name.replace('-', "_"), value.to_owned()));
    }
    Ok(found)
}

/// Whether these settings replace all of others that are sent to the server before them: of two values of one name
/// the last counts.
///
/// # Errors
///
/// What would be in force beside them.
pub(super) fn check_outranks(settings: &[(String, String)], others: &str) -> Result<(), String> {
    let others =
        read(others).map_err(|_| "PGOPTIONS has more than settings in it: unset it".to_owned())?;
    let left = others.into_iter().find(|(name, _)| {
        let is_same = |(ours, _): &(String, String)| ours.eq_ignore_ascii_case(name);
        !settings.iter().any(is_same)
    });
    match left {
        None => Ok(()),
        Some((name, _)) => Err(format!(
            "its options= would replace PGOPTIONS, but the driver cannot drop it, and its {} would be in force: \
             unset PGOPTIONS, or write all settings into options=",
            shown(&name)
        )),
    }
}

/// One setting in those words.
pub(super) fn written(name: &str, value: &str) -> String {
    let mut word = format!("--{name}=");
    for c in value.chars() {
        if c.is_whitespace() || c == '\\' {
            word.push('\\');
        }
        word.push(c);
    }
    word
}

fn split(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match c {
            ' ' | '\t' | '\n' => words.extend(word.take()),
            '\\' => word.get_or_insert_default().extend(rest.next()),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_and_nothing_else() {
        let found = read(r" -c work_mem=8MB  --search-path=a,\ b -cjit=off").unwrap();
        let found: Vec<(&str, &str)> = found.iter().map(|(a, b)| (&**a, &**b)).collect();
        assert_eq!(
            found,
            [("work_mem", "8MB"), ("search_path", "a, b"), ("jit", "off")]
        );
        assert_eq!(read(""), Ok(Vec::new()));
        let hard = r"a \ b";
        let again = read(&written("role", hard)).unwrap();
        assert_eq!(again, [("role".to_owned(), hard.to_owned())]);
        let settings = read("-c jit=off --Work-Mem=8MB").unwrap();
        assert_eq!(check_outranks(&settings, "-c work_mem=1MB"), Ok(()));
        assert_eq!(check_outranks(&settings, " "), Ok(()));
        let said = check_outranks(&settings, "-c work_mem=1MB -c role=boss").unwrap_err();
        assert!(said.contains("its role would be in force"), "{said}");
        assert!(check_outranks(&settings, "-d 5").is_err());
        for wrong in ["-c", "-c x", "work_mem=8MB", "-d 5", "--=1"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
