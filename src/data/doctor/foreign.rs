//! Checks of a third-party system: tables and files that are missing, and rights that the role lacks.

use std::collections::BTreeMap;

use sqlx::FromRow;
use sqlx::postgres::PgConnection;

use crate::data::companion::install;
use crate::data::connection::sql::{rows, sql};
use crate::data::error::{DataError, QueryContext as _};
use crate::data::finding::{Finding, Level};
use crate::data::model::AlertRow;
use crate::data::reads::queries;
use crate::data::source::check::{CheckResult, statements_of};
use crate::data::source::contract;
use crate::data::source::recognise::{Catalogue, Given, recognise};
use crate::data::source::trust::advice;
use crate::data::source::{Source, SourceCatalog, SourceKind};

/// A check of a third-party system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ForeignCheck {
    /// Which of the tables that it knows are there?
    Tables,
    /// What may the role do with them?
    Role,
    /// Which of its rows are seen?
    Rows,
    /// Which of its statements may the role not run?
    Files,
    /// What does it call wrong itself?
    Alerts,
    /// What does its layout lack?
    Layout,
}

impl ForeignCheck {
    /// Whether this check applies to the source.
    pub(super) fn can(self, source: &Source) -> bool {
        match self {
            Self::Alerts => source.text("alerts").is_some(),
            Self::Layout => source.text("doctor").is_some(),
            _ => true,
        }
    }
}

/// The system under check, and how it was found.
#[derive(Debug, Clone, Copy)]
pub(super) struct CheckTarget<'a> {
    pub(super) source: &'a Source,
    pub(super) kind: &'a SourceKind,
    pub(super) given: &'a Given,
}

/// Carries out one of these checks, in a transaction with the source's settings.
pub(super) async fn run_check(
    db: &mut PgConnection,
    ask: ForeignCheck,
    patient: CheckTarget<'_>,
) -> Result<Vec<Finding>, DataError> {
    match ask {
        ForeignCheck::Tables => tables(db, patient).await,
        ForeignCheck::Role => role(db, patient).await.map(|finding| vec![finding]),
        ForeignCheck::Rows => seen(db, patient).await.map(|finding| vec![finding]),
        ForeignCheck::Files => Ok(files(statements_of(db, patient.source).await?)),
        ForeignCheck::Alerts => alerts(db, patient.source).await,
        ForeignCheck::Layout => layout(db, patient.source).await,
    }
}

/// Which system it is, and what else the database holds.
pub(super) fn recognised(source: &Source) -> Finding {
    let title = &source.manifest.title;
    let what = format!("{title} ({})", source.name);
    let others = source
        .siblings
        .iter()
        .filter(|(name, _)| *name != source.name);
    let others =
        others.map(|(name, title)| format!("also here: {title}; look at it with --source {name}"));
    let refused = source.refused.iter();
    let refused = refused.map(|it| format!("not read: {}: {}", it.name, it.refusal.one_line()));
    let near = source.near.iter();
    let near = near.map(|it| format!("not read: nearly {} ({}): {}", it.title, it.name, it.why()));
    let level = if source.refused.is_empty() {
        Level::Fine
    } else {
        Level::Warning
    };
    let first = source
        .refused
        .iter()
        .find_map(|it| it.refusal.line.as_ref());
    let finding = Finding::new(level, what).details(others.chain(refused).chain(near));
    match (level, first) {
        (Level::Fine, _) => finding,
        (_, Some(line)) => finding.fix(&advice(line)),
        (_, None) => finding.fix("see who made what looks like another system"),
    }
}

/// The relation that stands for each of its tables, and the catalogue that says so.
async fn relations(
    db: &mut PgConnection,
    patient: CheckTarget<'_>,
) -> Result<(BTreeMap<String, Option<String>>, Catalogue), DataError> {
    let catalog = SourceCatalog {
        kinds: vec![patient.kind.clone()],
        broken: Vec::new(),
    };
    let found = recognise(db, &catalog, patient.given).await?;
    let catalogue = found.catalogue;
    let names = patient.kind.manifest.tables.keys();
    let relations = names.map(|name| {
        let relation = catalogue.relation(patient.kind, name);
        (name.clone(), relation.map(str::to_owned))
    });
    Ok((relations.collect(), catalogue))
}

async fn tables(
    db: &mut PgConnection,
    patient: CheckTarget<'_>,
) -> Result<Vec<Finding>, DataError> {
    let CheckTarget { source, kind, .. } = patient;
    let (relations, catalogue) = relations(db, patient).await?;
    let there = relations.values().flatten().count();
    let missing = relations.iter().filter(|(_, found)| found.is_none());
    let missing = missing.map(|(name, _)| {
        let known = kind.manifest.tables[name].join(" or ");
        if let Some(refusal) = catalogue.refusal_of(kind, name) {
            return format!("{known} is left out: {}", refusal.one_line());
        }
        if let Some(why) = catalogue.misfit(kind, name) {
            return format!("{known} is left out: {why}");
        }
        if kind.manifest.instead.contains_key(name) {
            format!("there is no {known}: what it would tell is left out")
        } else {
            format!("there is no {known}")
        }
    });
    let what = format!(
        "{there} of the {} tables that it knows are there",
        relations.len()
    );
    let mut findings = vec![Finding::new(Level::Fine, what).details(missing)];
    let lacking = kind.files.keys();
    let lacking = lacking.filter(|name| source.text(name).is_none());
    let lacking: Vec<String> = lacking
        .map(|name| {
            let makes = contract::file(name).map_or("", |file| file.makes);
            format!("{name}.sql, for {makes}: {}", source.why_not(name))
        })
        .collect();
    if !lacking.is_empty() {
        let what = format!("{} of its files cannot be used here", lacking.len());
        findings.push(Finding::new(Level::Warning, what).details(lacking.into_iter()));
    }
    Ok(findings)
}

/// What the role may do with one relation.
#[derive(FromRow)]
struct Right {
    relation: String,
    may: Vec<String>,
    lacking: Option<String>,
    is_filtered: bool,
    sees_nothing: bool,
}

async fn rights(db: &mut PgConnection, patient: CheckTarget<'_>) -> Result<Vec<Right>, DataError> {
    let relations: Vec<String> = relations(db, patient)
        .await?
        .0
        .into_values()
        .flatten()
        .collect();
    rows(sql!("pg_catalog/relation_rights"))
        .bind(relations)
        .fetch_all(db)
        .await
        .while_doing("look at the role's rights")
}

async fn role(db: &mut PgConnection, patient: CheckTarget<'_>) -> Result<Finding, DataError> {
    let role = install::status(db, &patient.given.trusted_owners)
        .await?
        .role;
    let rights = rights(&mut *db, patient).await?;
    let mut by_right: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for right in &rights {
        let may = match right.may.join(", ") {
            none if none.is_empty() => "nothing".to_owned(),
            some => some,
        };
        by_right.entry(may).or_default().push(&right.relation);
    }
    let details = by_right
        .iter()
        .map(|(may, relations)| format!("{may}: {}", relations.join(", ")));
    let lacking = rights.iter().find_map(|right| right.lacking.as_ref());
    // Last: a role that lacks many rights may not even read this.
    let (may_act, cause) = match queries::session(db, patient.source).await {
        Ok(session) => (session.may_act, None),
        Err(error) if error.sqlstate().as_deref() == Some("42501") => (false, Some(error.cause())),
        Err(error) => return Err(error),
    };
    let what = match (lacking, may_act) {
        (Some(_), _) => format!("{role} may not read all of it"),
        (None, true) => format!("{role} may look and act"),
        (None, false) => format!("{role} may look, not act"),
    };
    let what = match cause {
        None => what,
        Some(cause) => format!("{what}: {cause}"),
    };
    let level = lacking.map_or(Level::Fine, |_| Level::Warning);
    let finding = Finding::new(level, what).details(details);
    Ok(match lacking {
        None => finding,
        Some(grant) => finding.fix(&format!("ask for: {grant}")),
    })
}

/// Which rows the role sees: the source's scope, and row-level security.
async fn seen(db: &mut PgConnection, patient: CheckTarget<'_>) -> Result<Finding, DataError> {
    let source = patient.source;
    let rights = rights(db, patient).await?;
    let dark: Vec<String> = (rights.iter())
        .filter(|right| right.sees_nothing)
        .map(|right| right.relation.clone())
        .collect();
    let filtered: Vec<String> = (rights.into_iter())
        .filter(|right| right.is_filtered)
        .map(|right| right.relation)
        .collect();
    let scope = queries::scope(db, source).await?;
    let hides = match filtered.as_slice() {
        [] => "no row-level security stands before this role".to_owned(),
        some => format!("row-level security may hide rows of {}", some.join(", ")),
    };
    let what = match &scope {
        Some(scope) => format!("{}; {hides}", scope.seeing),
        None => hides,
    };
    if filtered.is_empty() {
        return Ok(Finding::new(Level::Fine, what));
    }
    if let Some(relation) = dark.first() {
        let what = format!(
            "{what}; no row-level policy lets this role see a row of {}",
            dark.join(", ")
        );
        let fix =
            format!("ask for one: create policy NAME on {relation} for select to ROLE using (…)");
        return Ok(Finding::new(Level::Warning, what).fix(&fix));
    }
    let unsaid = unsaid(source);
    Ok(match (unsaid, scope) {
        (Some((name, key)), _) => Finding::new(Level::Warning, what).fix(&format!(
            "name it in a profile, {key} = \"…\": no profile does, so {name} is not set"
        )),
        (None, Some(_)) => Finding::new(Level::Fine, what),
        (None, None) => Finding::new(Level::Warning, what)
            .fix("see that its policies let this role see what it is to look after"),
    })
}

/// A setting that the source takes from a profile, and the key that the profile lacks.
fn unsaid(source: &Source) -> Option<(&str, &str)> {
    let set = &source.session().names;
    let wanted = source.manifest.session.iter();
    let mut unset = wanted.filter(|(name, _)| !set.contains(name));
    unset.find_map(|(name, value)| {
        let key = value.split_once("{profile:")?.1.split_once('}')?.0;
        Some((name.as_str(), key))
    })
}

/// The findings of all files, equal ones together; one finding that all is well if it is.
fn files(told: Vec<CheckResult>) -> Vec<Finding> {
    let many = told.len();
    let mut alike: BTreeMap<(Level, String, Option<String>), Vec<String>> = BTreeMap::new();
    for CheckResult { file, finding } in told {
        if finding.level <= Level::NotLookedAt {
            continue;
        }
        let first = finding.first.map(|first| first.as_str().to_owned());
        let key = (finding.level, finding.what.as_str().to_owned(), first);
        alike.entry(key).or_default().push(file);
    }
    if alike.is_empty() {
        let what = format!("this role may run all {many} statements; acts were only explained");
        return vec![Finding::new(Level::Fine, what)];
    }
    // The worst first.
    let alike = alike.into_iter().rev();
    let found = alike.map(|((level, what, first), files)| {
        let noun = if files.len() == 1 { "file" } else { "files" };
        let finding = Finding {
            first: first.map(Into::into),
            ..Finding::new(level, format!("{} {noun}: {what}", files.len()))
        };
        finding.details(std::iter::once(files.join(", ")))
    });
    found.collect()
}

async fn alerts(db: &mut PgConnection, source: &Source) -> Result<Vec<Finding>, DataError> {
    let alerts: Vec<AlertRow> = rows(source.sql_or_err("alerts")?)
        .fetch_all(db)
        .await
        .while_doing("look at its alerts")?;
    let many = alerts.len();
    let over = alerts.into_iter().filter(|alert| alert.over);
    let over: Vec<Finding> = over
        .map(|alert| {
            let lasts = source.manifest.lasts(alert.alert.as_str());
            let shown = if lasts.is_zero() {
                String::new()
            } else {
                let lasts = humantime::format_duration(lasts);
                format!(" (screens show it once it has lasted {lasts})")
            };
            Finding::new(Level::Warning, format!("{}{shown}", alert.text))
        })
        .collect();
    if over.is_empty() {
        let what = format!("none of the {many} that it knows is raised");
        return Ok(vec![Finding::new(Level::Fine, what)]);
    }
    Ok(over)
}

async fn layout(db: &mut PgConnection, source: &Source) -> Result<Vec<Finding>, DataError> {
    let found: Vec<Finding> = rows(source.sql_or_err("doctor")?)
        .fetch_all(db)
        .await
        .while_doing("look at its layout")?;
    if found.is_empty() {
        let what = "it has what is looked for".to_owned();
        return Ok(vec![Finding::new(Level::Fine, what)]);
    }
    Ok(found)
}
