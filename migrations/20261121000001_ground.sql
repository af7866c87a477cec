-- What everything else stands on: the tool's own schema, time-ordered ids and the two enums of
-- the dead-letter queue.

create schema dlqtop;
comment on schema dlqtop is 'What dlqtop keeps for itself: log, notes, claims, snoozes, sweeps, settings';

-- UUID version 7 (RFC 9562, 5.7): 48 bits of Unix milliseconds, then random bits. PostgreSQL has
-- no such function before 18, so a version 4 id gets the time and the version nibble 0111.
create function tasker_uuid_v7() returns uuid
language sql volatile parallel safe
as $$
    select encode(
        set_bit(
            set_bit(
                overlay(
                    uuid_send(gen_random_uuid())
                    placing substring(
                        int8send((extract(epoch from clock_timestamp()) * 1000)::bigint) from 3)
                    from 1 for 6),
                52, 1),
            53, 1),
        'hex')::uuid
$$;

create type dlq_reason as enum (
    'staleness_timeout',
    'max_retries_exceeded',
    'dependency_cycle_detected',
    'worker_unavailable',
    'manual_dlq'
);

create type dlq_resolution_status as enum (
    'pending',
    'manually_resolved',
    'permanently_failed',
    'cancelled'
);
