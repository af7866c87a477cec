//! `dlqtop queue --group`: the queue by error.

use std::io::{Write as _, stdout};
use std::process::ExitCode;

use serde::Serialize;
use sqlx::postgres::PgConnection;

use super::filter;
use crate::app::format::{count_or_estimate, count_usize, duration, error_line, plural};
use crate::app::lists::filter::Filter;
use crate::app::lists::groups::{Group, Owners, counted, grouped};
use crate::app::pane::Pane;
use crate::cli::args::Listing;
use crate::cli::output::json::print_json;
use crate::cli::output::table::{SourceTable, put};
use crate::cli::query::ask_for;
use crate::config::global::Global;
use crate::data::error::DataError;
use crate::data::model::safe_text::SafeText;
use crate::data::model::{QueueRow, Total};
use crate::data::reads::collect::{SCAN_LIMIT, SELECT_ALL_LIMIT};
use crate::data::reads::keyset_pages;
use crate::data::reads::keyset_pages::SearchLimits;
use crate::data::reads::keyset_pages::SearchResult;
use crate::data::reads::queries;
use crate::data::reads::whole_groups::WholeGroups;
use crate::data::source::vocabulary::Noun;
use crate::data::source::{Source, Words};
use crate::failure::Failure;

/// A group as JSON.
#[derive(Debug, Serialize)]
struct Printed<'a> {
    template: &'a str,
    step: Option<&'a str>,
    error: Option<&'a str>,
    /// Why the entries were opened, if they have no error to be told apart by.
    reason: Option<&'a str>,
    count: usize,
    first_seen: chrono::DateTime<chrono::Utc>,
    last_seen: chrono::DateTime<chrono::Utc>,
    /// Who has claimed all of them, if one person has.
    owner: Option<&'a SafeText>,
    sample_error: Option<&'a SafeText>,
    /// What to write behind `--filter` for these.
    filter: String,
}

/// The groups and what they are of, as JSON.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    groups: Vec<Printed<'a>>,
    groups_total: usize,
    rows_grouped: usize,
    rows_looked_at: usize,
    #[serde(flatten)]
    total: Total,
}

/// Prints the groups, the largest first, and what they are of.
///
/// # Errors
///
/// [`Failure`].
pub(in crate::cli) async fn queue(global: &Global, listing: &Listing) -> Result<ExitCode, Failure> {
    let filter = filter::parse(listing.filter.as_deref(), Pane::Queue)?;
    let limit = usize::try_from(listing.limit).unwrap_or(usize::MAX);
    let ((now, Found { groups, found }), source) = ask_for(global, "queue", async |db, source| {
        let now = queries::clock(db).await?;
        Ok((now, read(db, source, &filter, limit).await?))
    })
    .await?;
    if listing.output.json {
        return print_json(&Answer {
            groups: groups
                .iter()
                .take(limit)
                .map(|one| printed(one, &found))
                .collect(),
            groups_total: groups.len(),
            rows_grouped: found.matching,
            rows_looked_at: found.looked_at,
            total: found.total,
        });
    }
    let headings = [
        ">COUNT", "ERROR", "{TASK}", "{STEP}", ">FIRST", ">LAST", "OWNER",
    ];
    let mut shown = SourceTable::new(&headings, &source);
    for group in groups.iter().take(limit) {
        let one = printed(group, &found);
        let ago = |at: chrono::DateTime<chrono::Utc>| duration((now - at).as_seconds_f64());
        shown.add([
            count_usize(one.count),
            one.sample_error
                .filter(|_| one.error.is_some())
                .map_or_else(|| group.key.name(), error_line),
            one.template.to_owned(),
            one.step.unwrap_or_default().to_owned(),
            ago(one.first_seen),
            ago(one.last_seen),
            group.claimed().unwrap_or_default().into_owned(),
        ]);
    }
    let mut out = stdout().lock();
    if !groups.is_empty() {
        put(&mut out, &shown.table)?;
    }
    let words = &source.manifest.words;
    let window = window(groups.len(), limit, &found, words);
    writeln!(out, "{window}")?;
    Ok(ExitCode::SUCCESS)
}

/// Groups the whole queue, or what a filter lets through.
async fn read(
    db: &mut PgConnection,
    source: &Source,
    filter: &Filter,
    limit: usize,
) -> Result<Found, DataError> {
    if filter.is_empty()
        && let Some(whole) = WholeGroups::read(db, source, SCAN_LIMIT).await?
    {
        return of_whole(db, source, &whole, limit).await;
    }
    let wants = |row: &QueueRow| filter::admits(filter, row);
    let limits = SearchLimits {
        matches: SELECT_ALL_LIMIT,
        scanned: SELECT_ALL_LIMIT,
    };
    let found = keyset_pages::search(db, source, wants, limits).await?;
    let groups = grouped(found.rows.iter().enumerate());
    Ok(Found { groups, found })
}

/// The groups, and what they are of.
struct Found {
    groups: Vec<Group>,
    found: SearchResult<QueueRow>,
}

/// The groups of the whole queue, with a row of each of those that are printed.
async fn of_whole(
    db: &mut PgConnection,
    source: &Source,
    whole: &WholeGroups,
    limit: usize,
) -> Result<Found, DataError> {
    let rows = whole.samples(db, source, limit).await?;
    let read = usize::try_from(whole.groups.read).unwrap_or(0);
    let groups = counted(rows.iter().enumerate(), &whole.groups);
    let found = SearchResult {
        rows,
        matching: read,
        looked_at: read,
        total: queries::queue_total(db, source).await?,
        whole: whole.groups.whole,
    };
    Ok(Found { groups, found })
}

/// `7 groups of 200 open investigations`, with what was not looked at.
fn window(groups: usize, limit: usize, found: &SearchResult<QueueRow>, words: &Words) -> String {
    let shown = if groups > limit {
        format!("{} of {}", count_usize(limit), plural(groups, "group"))
    } else {
        plural(groups, "group")
    };
    let rows = found.matching;
    let noun = words.noun(rows, Noun::Investigation);
    let rows = format!("{} open {noun}", count_usize(rows));
    let whole = count_or_estimate(found.total);
    if found.is_cut() {
        let looked_at = count_usize(found.looked_at);
        let first = if found.rows.len() < found.matching {
            format!("the newest of {whole}")
        } else {
            format!("among the first {looked_at} of {whole} by priority")
        };
        return format!("{shown} of {rows}, {first}");
    }
    if found.matching < found.looked_at {
        return format!("{shown} of {rows} of {whole}");
    }
    format!("{shown} of {rows}")
}

fn printed<'a>(group: &'a Group, found: &'a SearchResult<QueueRow>) -> Printed<'a> {
    let named = |text: &'a str| (!text.is_empty()).then_some(text);
    let first = group.rows.first().and_then(|at| found.rows.get(*at));
    Printed {
        template: &group.key.template,
        step: named(&group.key.step),
        error: named(&group.key.error),
        reason: named(&group.key.reason),
        count: group.entries,
        first_seen: group.first_seen,
        last_seen: group.last_seen,
        owner: match &group.owners {
            Owners::One(owner) => Some(owner),
            Owners::Nobody | Owners::Several { .. } => None,
        },
        sample_error: first.and_then(|row| row.current_error.as_ref()),
        filter: group.key.term(),
    }
}
