//! From what was named to subjects as they are now.

use crate::app::format::{count_or_estimate, count_usize, plural, title};
use crate::app::pane::Pane;
use crate::app::writes::verb_plan::Subject;
use crate::app::writes::verb_plan::from_cli::{RequestedChange, step_meant};
use crate::cli::query::ask;
use crate::cli::read::filter;
use crate::config::global::Global;
use crate::data::model::QueueRow;
use crate::data::reads::collect::{SCAN_LIMIT, SELECT_ALL_LIMIT};
use crate::data::reads::keyset_pages;
use crate::data::reads::keyset_pages::SearchLimits;
use crate::data::reads::lookup::{Kind, LookedUp, NamedStep, look_up};
use crate::failure::Failure;
use uuid::Uuid;

use super::args::{ChangeArgs, ids};

/// Everything that was named or matches, as it is now.
pub(super) async fn find(
    global: &Global,
    requested: &RequestedChange,
    args: &ChangeArgs,
) -> Result<Vec<Subject>, Failure> {
    match &args.filter {
        Some(filter) => matching(global, filter).await,
        None => named(global, requested, ids(args)?).await,
    }
}

async fn matching(global: &Global, text: &str) -> Result<Vec<Subject>, Failure> {
    let filter = filter::parse(Some(text), Pane::Queue)?;
    if filter.is_empty() {
        return Err(Failure::usage(
            "an empty --filter would mean the whole queue: name a reason, a namespace or an age",
        ));
    }
    let wants = |row: &QueueRow| filter::admits(&filter, row);
    let limits = SearchLimits {
        matches: SELECT_ALL_LIMIT,
        scanned: SCAN_LIMIT,
    };
    let found = ask(global, async |db, source| {
        keyset_pages::search(db, source, wants, limits).await
    })
    .await?;
    // Said, and nothing done: whoever asks for all that match must get all or a word.
    if found.is_cut() {
        return Err(Failure::unavailable(format!(
            "the queue holds {} and a filter looks at {}: name the entries instead (`dlqtop entries --filter … --json`)",
            count_or_estimate(found.total),
            count_usize(SCAN_LIMIT)
        )));
    }
    if found.matching > found.rows.len() {
        return Err(Failure::usage(format!(
            "{} match, and {} at once are the most: narrow the filter, as by `age>`",
            count_usize(found.matching),
            count_usize(SELECT_ALL_LIMIT)
        )));
    }
    Ok(found.rows.iter().map(Subject::of_entry).collect())
}

async fn named(
    global: &Global,
    requested: &RequestedChange,
    ids: Vec<Uuid>,
) -> Result<Vec<Subject>, Failure> {
    if ids.is_empty() {
        return Err(Failure::usage("no id is named"));
    }
    let found = ask(global, async |db, source| look_up(db, source, &ids).await).await?;
    let unknown: Vec<String> = ids
        .iter()
        .filter(|id| !found.iter().any(|named| named.id == **id))
        .map(ToString::to_string)
        .collect();
    if !unknown.is_empty() {
        let ids = plural(unknown.len(), "id");
        return Err(Failure::usage_in_detail(
            format!("nothing here has {ids} of those; nothing was changed"),
            unknown,
        ));
    }
    let mut unclear = Vec::new();
    let mut subjects = Vec::with_capacity(found.len());
    for named in &found {
        if named.kind == Kind::Correlation && is_shared(named, &found) {
            unclear.push(format!(
                "{} joins several tasks, one is {}",
                named.id, named.task_uuid
            ));
            continue;
        }
        let step = match step_meant(named) {
            Ok(step) => step,
            Err(steps) if requested.is_for_steps() => {
                unclear.extend(choices(named, &steps));
                continue;
            }
            Err(steps) => steps.first().copied(),
        };
        subjects.push(Subject::of_named(named, step));
    }
    if !unclear.is_empty() {
        return Err(Failure::usage_in_detail(
            "it is not clear which is meant: name one of these; nothing was changed",
            unclear,
        ));
    }
    Ok(each_once(requested, subjects))
}

fn is_shared(named: &LookedUp, found: &[LookedUp]) -> bool {
    found.iter().filter(|other| other.id == named.id).count() > 1
}

fn choices<'a>(named: &'a LookedUp, steps: &'a [&NamedStep]) -> impl Iterator<Item = String> + 'a {
    steps.iter().map(|step| {
        format!(
            "{} {} of {}, in {}",
            step.workflow_step_uuid,
            step.step_name,
            title(named.namespace_name.as_str(), named.task_name.as_str()),
            step.current_state
        )
    })
}

/// A task and its entry, both named, mean the same step.
fn each_once(requested: &RequestedChange, mut subjects: Vec<Subject>) -> Vec<Subject> {
    let mut seen = std::collections::HashSet::new();
    subjects.retain(|one| {
        let id = match requested {
            RequestedChange::Steps(_) => one.step.as_ref().map(|step| step.id.0),
            RequestedChange::Tasks(_) => Some(one.task.0),
            RequestedChange::Entries(_) => one.entry.or(one.closed).map(|entry| entry.id.0),
        };
        id.is_none_or(|id| seen.insert(id))
    });
    subjects
}
