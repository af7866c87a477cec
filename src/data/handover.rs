//! `dlqtop handover`: what happened in a shift, and what is still claimed or snoozed.
//!
//! A source with its own statements for the report answers itself; otherwise `from_entries` derives the
//! report from the entries, page by page. `from_companion` adds the claims, snoozes, notes and acts of the
//! companion schema.

mod errors;
mod from_companion;
mod from_entries;

use std::collections::BTreeMap;
use std::time::Duration;

use sqlx::postgres::PgConnection;

use self::errors::{DOING, group_errors, open_errors};
pub use self::errors::{ENTRIES, FOLDED, LINES};
use crate::data::connection::sql::rows;
use crate::data::error::{DataError, QueryContext as _};
pub use crate::data::model::handover::{
    Acted, Batch, Closed, ClosedBy, ErrorGroup, Handover, Held, Note, OpenGroup, Opened, Part,
    Swept, Window,
};
use crate::data::reads::queries;
use crate::data::source::Source;

/// What happened within this time: as the source tells it, else as its entries do; with what is kept
/// in its companion schema.
///
/// # Errors
///
/// [`DataError::Query`], or [`DataError::Unsupported`] if the source keeps too little.
pub async fn read(
    db: &mut PgConnection,
    source: &Source,
    back: Duration,
) -> Result<Handover, DataError> {
    let log = from_companion::log(db, source, back).await?;
    let mut report = if source.has("handover_window") {
        read_part(db, source, back).await?
    } else if source.has("entries_page") {
        from_entries::read(db, source, back, &log).await?
    } else {
        return Err(source.missing("handover_window"));
    };
    from_companion::add(db, source, back, &log, &mut report).await?;
    let scope = queries::scope(db, source).await?;
    report.scope = scope.filter(|scope| scope.may_hide);
    add_open_errors(db, source, &mut report).await?;
    for (part, file, act) in [
        (Part::Owned, "handover_owned", "own_entry"),
        (Part::Snoozed, "handover_snoozed", "snooze_entry"),
        (Part::Notes, "handover_notes", "notes"),
        (Part::Batches, "handover_batches", "log"),
    ] {
        let itself = source.has(file) || source.text(act).is_some();
        if !itself && !from_companion::is_kept(source, act) {
            let why = source.why_not(act);
            report.remarks.insert(part, why.into());
        }
    }
    Ok(report)
}

/// What is open by error, whenever it was opened.
async fn add_open_errors(
    db: &mut PgConnection,
    source: &Source,
    report: &mut Handover,
) -> Result<(), DataError> {
    if !source.has("queue") {
        return Ok(());
    }
    let open = open_errors(db, source, report.window.since).await?;
    report.open_by_error = open.groups;
    if let Some(looked_at) = open.cut {
        let what =
            format!("of the {looked_at} most urgent; `dlqtop queue --group` has the filters");
        report.remarks.insert(Part::OpenErrors, what.into());
    }
    Ok(())
}

/// What the source's own statements tell. What they do not tell may be kept in its companion schema.
async fn read_part(
    db: &mut PgConnection,
    source: &Source,
    back: Duration,
) -> Result<Handover, DataError> {
    let seconds = back.as_secs_f64();
    let lines = i64::try_from(LINES).unwrap_or(i64::MAX);
    let folded = i64::try_from(FOLDED).unwrap_or(i64::MAX);
    macro_rules! part {
        ($sql:expr $(, $bound:expr)*) => {
            rows($sql) $(.bind($bound))* .fetch_all(&mut *db).await.while_doing(DOING)?
        };
    }
    macro_rules! if_there {
        ($name:literal $(, $bound:expr)*) => {
            match source.sql($name) {
                Some(sql) => part!(sql $(, $bound)*),
                None => Vec::new(),
            }
        };
    }
    Ok(Handover {
        window: rows(source.sql_or_err("handover_window")?)
            .bind(seconds)
            .fetch_one(&mut *db)
            .await
            .while_doing(DOING)?,
        scope: None,
        opened_by: part!(source.sql_or_err("handover_opened")?, seconds, lines),
        errors: group_errors(
            part!(
                source.sql_or_err("handover_errors")?,
                seconds,
                i64::try_from(ENTRIES).unwrap_or(i64::MAX)
            ),
            &source.rules.current(),
        ),
        closed_by: part!(source.sql_or_err("handover_closed_by")?, seconds, lines),
        open_by_error: Vec::new(),
        closed_entries: part!(source.sql_or_err("handover_closed")?, seconds, folded),
        owned: if_there!("handover_owned", folded),
        snoozed: if_there!("handover_snoozed", folded),
        notes: if_there!("handover_notes", seconds, folded),
        sweeps: match source.sql("handover_sweeps") {
            Some(sql) => Some(part!(sql, seconds, lines)),
            None => None,
        },
        batches: if_there!("handover_batches", seconds, lines),
        acts: Vec::new(),
        remarks: BTreeMap::new(),
    })
}
