-- Stores fingerprints; null for an entry that is closed. -1 if somebody else stores.
-- $1 version of the algorithm   $2 rules   $3 changes   $4 entries   $5 their fingerprints
select dlqtop.store_fingerprints($1, $2, $3, $4, $5)
