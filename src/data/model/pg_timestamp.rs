//! An instant exactly as PostgreSQL keeps it, for keys that go back to it.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Serialize, Serializer};
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArgumentBuffer, PgTypeInfo, PgValueRef};
use sqlx::{Decode, Encode, Postgres, Type};

/// Microseconds since the year 2000 in UTC; `infinity` and `-infinity` are the greatest and the
/// least. It has the server's order, and unlike a [`DateTime`] it can hold whatever the server can.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PgTimestamp(i64);

impl PgTimestamp {
    /// Before all others: `-infinity`.
    pub const FIRST: Self = Self(i64::MIN);

    /// After all others: `infinity`.
    pub const LAST: Self = Self(i64::MAX);

    /// The same on the calendar, if it is on ours.
    #[must_use]
    pub fn instant(self) -> Option<DateTime<Utc>> {
        epoch().checked_add_signed(TimeDelta::microseconds(self.0))
    }
}

impl From<DateTime<Utc>> for PgTimestamp {
    fn from(at: DateTime<Utc>) -> Self {
        Self((at - epoch()).num_microseconds().unwrap_or(i64::MAX))
    }
}

fn epoch() -> DateTime<Utc> {
    const YEAR_2000: i64 = 946_684_800;
    DateTime::from_timestamp(YEAR_2000, 0).unwrap_or_default()
}

impl Serialize for PgTimestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match (self.0, self.instant()) {
            (i64::MAX, _) => serializer.serialize_str("infinity"),
            (i64::MIN, _) => serializer.serialize_str("-infinity"),
            (_, instant) => instant.serialize(serializer),
        }
    }
}

impl Type<Postgres> for PgTimestamp {
    fn type_info() -> PgTypeInfo {
        <DateTime<Utc> as Type<Postgres>>::type_info()
    }
}

impl Decode<'_, Postgres> for PgTimestamp {
    fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        // Rows come in binary; the text form is for statements without parameters, which have none.
        let bytes: [u8; 8] = value.as_bytes()?.try_into()?;
        Ok(Self(i64::from_be_bytes(bytes)))
    }
}

impl Encode<'_, Postgres> for PgTimestamp {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        <i64 as Encode<Postgres>>::encode_by_ref(&self.0, buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_calendar_can_hold_is_the_same_instant() {
        let at: DateTime<Utc> = "2026-01-01T12:00:00.000001Z".parse().unwrap();
        assert_eq!(PgTimestamp::from(at).instant(), Some(at));
        let json = |moment| serde_json::to_string(&moment).unwrap();
        assert_eq!(
            json(PgTimestamp::from(at)),
            "\"2026-01-01T12:00:00.000001Z\""
        );
        assert_eq!(json(PgTimestamp(i64::MAX)), "\"infinity\"");
        assert_eq!(json(PgTimestamp::FIRST), "\"-infinity\"");
        assert_eq!(json(PgTimestamp(i64::MAX - 1)), "null");
        assert!(PgTimestamp::FIRST < PgTimestamp::from(at));
    }
}
