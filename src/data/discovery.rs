//! Finds the system to read in a database and makes it ready to be queried: its kind, its version
//! and its companion schema.

use std::sync::Arc;

use sqlx::postgres::PgConnection;

use crate::data::companion;
use crate::data::error::DataError;
use crate::data::fingerprint::rules::Rules;
use crate::data::native::{fingerprint_rules, migrate};
use crate::data::source::recognise::{Wanted, recognise};
use crate::data::source::{NATIVE, RulesInForce, Source};

/// The source in this database that is wanted, ready to be asked. The native schema must be the one
/// that this program was built for.
///
/// # Errors
///
/// [`DataError`] if the database cannot be queried, or there is none that can be used.
pub async fn find(db: &mut PgConnection, wanted: &Wanted) -> Result<Arc<Source>, DataError> {
    let given = &wanted.given;
    let trusted = given.trusted_owners.as_slice();
    let found = recognise(db, &wanted.catalog, given).await?;
    let kind = match found.choose(&wanted.catalog, wanted.asked.as_deref()) {
        Ok(kind) => kind,
        Err(error) => {
            // A schema of ours that lacks even its tables is behind, and not unknown.
            if found.kinds.is_empty() && found.refused.is_empty() {
                let status = migrate::status(db, trusted).await?;
                if !status.empty || wanted.asked.as_deref() == Some(NATIVE) {
                    status.usable()?;
                }
            }
            return Err(error);
        }
    };
    if kind.name == NATIVE {
        migrate::status(db, trusted).await?.usable()?;
    }
    let mut source = kind.attach(&found.catalogue, given)?;
    let shared = if source.is_native() {
        fingerprint_rules::shared(db).await?
    } else {
        source.companion = companion::detect(db, trusted).await?;
        Rules::default()
    };
    let own = (given.rules.as_ref()).and_then(|rules| rules.given_for(&source.name));
    source.rules = RulesInForce::new(own, shared);
    let all = found.kinds.iter();
    source.siblings = all
        .map(|kind| (kind.name.clone(), kind.manifest.title.clone()))
        .collect();
    source.refused = found.refused;
    source.near = found.near;
    Ok(Arc::new(source))
}
