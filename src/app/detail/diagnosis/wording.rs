//! Parts of the sentences of a diagnosis.

use crate::app::format::{count, duration_of_minutes};
use crate::data::error_class::{ErrorClass, classify};
use crate::data::model::TaskRow;
use crate::data::model::safe_text::SafeText;
use crate::data::source::Words;

/// How many others have it.
pub(super) fn same_error(task: &TaskRow, words: &Words) -> Option<String> {
    match task.same_error_elsewhere {
        1 => Some(words.fill("1 other {task} has the same error")),
        2.. => {
            let n = count(task.same_error_elsewhere);
            let least = if task.same_error_at_least {
                "at least "
            } else {
                ""
            };
            let tasks = &words.tasks;
            Some(format!("{least}{n} other {tasks} have the same error"))
        }
        _ => None,
    }
}

/// `22 min`: in a sentence a lone `m` is read as metres or months; what is longer needs no unit.
pub(super) fn minutes_in_words(minutes: f64) -> String {
    if (1.0..60.0).contains(&minutes) {
        format!("{:.0} min", minutes.floor())
    } else {
        duration_of_minutes(minutes)
    }
}

/// The first 160 characters: the sentence must stay a sentence.
pub(super) fn clip(text: &str) -> String {
    let mut clipped: String = text.chars().take(160).collect();
    if clipped.len() < text.len() {
        clipped.push('…');
    }
    clipped
}

/// The class of an error; `None` if nothing was said at all.
pub(super) fn class_of(error: Option<&SafeText>) -> Option<ErrorClass> {
    let error = error.filter(|error| !error.is_blank())?;
    Some(classify(error.as_str()))
}

/// What has to happen before something is tried again; `how` is to try again. Where nothing tells whether
/// the error passes by itself, it says so.
pub(super) fn again(class: Option<ErrorClass>, how: &str) -> String {
    let first = match class {
        Some(ErrorClass::Transient | ErrorClass::Network) => {
            return format!("{how}: the error looks transient");
        }
        Some(ErrorClass::Resource) => "make room for what is full",
        Some(ErrorClass::Permission) => "restore the right or the credentials that it lacks",
        Some(ErrorClass::Validation) => "correct its input or the code that refused it",
        Some(ErrorClass::Permanent) | None => "fix the cause",
        Some(ErrorClass::Unknown) => {
            return format!(
                "look for the cause before you {how}: it is not known whether this error is transient"
            );
        }
    };
    format!("{first}, then {how}")
}
