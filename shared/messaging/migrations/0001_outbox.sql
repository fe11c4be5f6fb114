-- What a service has committed and Kafka has not acknowledged yet.
CREATE TABLE outbox (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic       text        NOT NULL,
    partition   integer     NOT NULL,
    key         text        NOT NULL,
    headers     jsonb       NOT NULL,
    value       bytea,                   -- NULL: a tombstone
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- What the broker has refused for good; somebody must look.
CREATE TABLE outbox_dead (
    id          bigint      PRIMARY KEY,
    topic       text        NOT NULL,
    partition   integer     NOT NULL,
    key         text        NOT NULL,
    headers     jsonb       NOT NULL,
    value       bytea,
    created_at  timestamptz NOT NULL,
    error       text        NOT NULL,
    given_up_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Wakes the relay, whichever instance it runs in, when the transaction commits. A trigger and not a
-- call in the writer: so a row is announced however it came in (also from a common table expression).
CREATE FUNCTION outbox_notify() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('outbox_' || TG_TABLE_SCHEMA, '');
    RETURN NULL;
END
$$;

CREATE TRIGGER outbox_notify AFTER INSERT ON outbox
    FOR EACH STATEMENT EXECUTE FUNCTION outbox_notify();
