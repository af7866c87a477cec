//! The queue by error: one cause often fails many tasks.

use super::App;
use super::action::{Action, Pane};
use super::overlay::{Menu, Overlay};
use super::words::{age_of_minutes, count_of};
use crate::data::fingerprint::fingerprint;
use crate::data::model::QueueRow;

/// The rows that fail alike.
struct Group {
    /// Step and error with what differs from row to row left out.
    fingerprint: (String, String),
    /// Template, step and error of the first of them.
    example: String,
    rows: usize,
    youngest: f64,
    oldest: f64,
}

impl App {
    /// Offers the errors of the queue as filtered, to filter by, the most frequent first.
    pub(super) fn open_groups(&mut self) {
        let rows = self.data.entries();
        let groups = groups(self.queue.shown().iter().filter_map(|at| rows.get(*at)));
        if groups.is_empty() {
            return self.say("no row of the queue is shown: there is nothing to group");
        }
        let line = |group: &Group| {
            let (rows, from) = (count_of(group.rows), age_of_minutes(group.youngest));
            let to = age_of_minutes(group.oldest);
            format!("{rows:>5}  {from:>7} – {to:<7}  {}", group.example)
        };
        let items = groups
            .iter()
            .map(|group| {
                (
                    line(group),
                    Action::FilterBy(filter_for(&group.fingerprint)),
                )
            })
            .collect();
        let title = "Queue by error: how many, youngest – oldest";
        self.overlay = Some(Overlay::Menu(Menu {
            title,
            items,
            at: 0,
        }));
    }

    /// Goes to the queue and filters it by `text` as well.
    pub(super) fn filter_by(&mut self, text: &str) {
        self.focus(Pane::Queue);
        let filter = &mut self.queue.filter;
        let before = filter.field.text().trim();
        // Within what is filtered already: those are the rows that were counted.
        let both = match before {
            "" => text.to_owned(),
            _ if filter.error.is_some() => text.to_owned(),
            _ if before.contains(text) => before.to_owned(),
            _ => format!("{before} {text}"),
        };
        filter.field.set(&both);
        self.queue.filter.reread(Pane::Queue);
        self.queue.refresh(self.data.entries());
    }
}

fn groups<'a>(rows: impl Iterator<Item = &'a QueueRow>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for row in rows {
        let step = row
            .step_name
            .as_ref()
            .map_or("no step named", |step| step.first_line());
        let error = row
            .current_error
            .as_ref()
            .map_or("no error", |error| error.first_line());
        let fingerprint = (step.to_owned(), fingerprint(error));
        let age = row.minutes_in_dlq;
        match groups
            .iter_mut()
            .find(|group| group.fingerprint == fingerprint)
        {
            Some(group) => {
                group.rows += 1;
                group.youngest = group.youngest.min(age);
                group.oldest = group.oldest.max(age);
            }
            None => groups.push(Group {
                fingerprint,
                example: format!("{step} · {error}"),
                rows: 1,
                youngest: age,
                oldest: age,
            }),
        }
    }
    groups.sort_by_key(|group| std::cmp::Reverse(group.rows));
    groups
}

/// A filter that lets the group's rows through: its step, and the longest part of its error
/// that all of them share.
fn filter_for((step, error): &(String, String)) -> String {
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', " ").trim());
    let longest = error
        .split(['#', '"'])
        .map(str::trim)
        .max_by_key(|part| part.len())
        .unwrap_or_default();
    match (step.as_str(), longest) {
        ("no step named", _) => "step:none".to_owned(),
        (step, "no error" | "") => format!("{} error:none", quoted(step)),
        (step, part) => format!("{} {}", quoted(step), quoted(part)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_that_differ_in_numbers_are_one() {
        let one = fingerprint("order 4711 timed out after 30s on gw-2:8443");
        assert_eq!(one, fingerprint("order 9 timed out after 5s on gw-1:80"));
        assert_eq!(one, "order # timed out after # on gw-#");
        let filter = filter_for(&("charge".to_owned(), one));
        assert_eq!(filter, "\"charge\" \"timed out after\"");
    }
}
