-- What dispatch knows of the city, kept so that an instance that starts while Kafka is away can
-- plan at once, and say how old its knowledge is. One row for each topic, from whichever instance.
CREATE TABLE table_snapshots (
    topic     text PRIMARY KEY,
    taken_at  timestamptz NOT NULL,
    records   integer NOT NULL,
    snapshot  bytea NOT NULL    -- zlib of the JSON of shared.messaging.table.Table.snapshot
);
