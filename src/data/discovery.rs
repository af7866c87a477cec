//! Finds the system to read in a database and makes it ready to be queried: its kind, its version
//! and its companion schema.

use std::sync::Arc;

use sqlx::postgres::PgConnection;

use crate::data::companion;
use crate::data::error::DataError;
use crate::data::native::migrate;
use crate::data::source::recognise::{Wanted, choose, recognise};
use crate::data::source::{NATIVE, Source};

/// The source in this database that is wanted, ready to be asked. The native schema must be the one
/// that this program was built for.
///
/// # Errors
///
/// [`DataError`] if the database cannot be queried, or there is none that can be used.
pub async fn find(db: &mut PgConnection, wanted: &Wanted) -> Result<Arc<Source>, DataError> {
    let (found, catalogue) = recognise(db, &wanted.catalog).await?;
    let kind = match choose(&found, &wanted.catalog, wanted.asked.as_deref()) {
        Ok(kind) => kind,
        Err(DataError::SeveralSources { .. }) if wanted.first_will_do => found[0],
        Err(error) => {
            // A schema of ours that lacks even its tables is behind, and not unknown.
            let status = migrate::status(db).await?;
            let is_ours = !status.empty || wanted.asked.as_deref() == Some(NATIVE);
            if found.is_empty() && is_ours {
                status.usable()?;
            }
            return Err(error);
        }
    };
    if kind.name == NATIVE {
        migrate::status(db).await?.usable()?;
    }
    let mut source = kind.attach(&catalogue, &wanted.given)?;
    if !source.is_native() {
        source.companion = companion::detect(db).await?;
    }
    let all = found.iter();
    source.siblings = all
        .map(|kind| (kind.name.clone(), kind.manifest.title.clone()))
        .collect();
    Ok(Arc::new(source))
}
