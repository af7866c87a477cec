//! An instant that a system keeps, whatever it is.

use chrono::{DateTime, Datelike as _, Utc};
use sqlx::error::{BoxDynError, UnexpectedNullError};
use sqlx::postgres::{PgTypeInfo, PgValueRef};
use sqlx::{Decode, Postgres, Type, ValueRef as _};

use crate::data::model::pg_timestamp::PgTimestamp;

/// An instant of a column, if a calendar has it: `infinity` and the years before 1 and after 9999 are no instant, as
/// little as none at all. The rest of the row is shown all the same.
pub(in crate::data) struct AnyInstant(Option<DateTime<Utc>>);

impl From<AnyInstant> for Option<DateTime<Utc>> {
    fn from(AnyInstant(instant): AnyInstant) -> Self {
        instant
    }
}

impl Type<Postgres> for AnyInstant {
    fn type_info() -> PgTypeInfo {
        <PgTimestamp as Type<Postgres>>::type_info()
    }
}

impl Decode<'_, Postgres> for AnyInstant {
    fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        let instant = PgTimestamp::decode(value)
            .ok()
            .and_then(PgTimestamp::instant);
        Ok(Self(instant.filter(|at| (1..=9999).contains(&at.year()))))
    }
}

/// An instant that a row must have. The beginning of 1970 stands for what no calendar has, as in the statements of
/// the sources.
pub(in crate::data) struct SomeInstant(DateTime<Utc>);

impl From<SomeInstant> for DateTime<Utc> {
    fn from(SomeInstant(instant): SomeInstant) -> Self {
        instant
    }
}

impl Type<Postgres> for SomeInstant {
    fn type_info() -> PgTypeInfo {
        <PgTimestamp as Type<Postgres>>::type_info()
    }
}

impl Decode<'_, Postgres> for SomeInstant {
    fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        if value.is_null() {
            return Err(Box::new(UnexpectedNullError));
        }
        let AnyInstant(instant) = AnyInstant::decode(value)?;
        Ok(Self(instant.unwrap_or_default()))
    }
}

/// The last day of the year 9999.
const LATEST: i64 = 253_402_214_400;

/// When something ends. What has no end on a calendar ends as late as one can say.
pub(in crate::data) struct AnyEnd(Option<DateTime<Utc>>);

impl From<AnyEnd> for Option<DateTime<Utc>> {
    fn from(AnyEnd(end): AnyEnd) -> Self {
        end
    }
}

impl Type<Postgres> for AnyEnd {
    fn type_info() -> PgTypeInfo {
        <PgTimestamp as Type<Postgres>>::type_info()
    }
}

impl Decode<'_, Postgres> for AnyEnd {
    fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        let end = PgTimestamp::decode(value).ok();
        let latest = DateTime::from_timestamp(LATEST, 0).unwrap_or_default();
        Ok(Self(end.map(|end| match end.instant() {
            Some(at) => at.clamp(DateTime::default(), latest),
            None if end > PgTimestamp::from(latest) => latest,
            None => DateTime::default(),
        })))
    }
}
