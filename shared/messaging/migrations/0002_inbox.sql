-- Which events a consumer has handled: a row is written in the handler's own transaction.
CREATE TABLE inbox (
    consumer  text        NOT NULL,
    event_id  text        NOT NULL,
    seen_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (consumer, event_id)
);

-- For forgetting what Kafka itself has forgotten.
CREATE INDEX inbox_seen_at ON inbox (seen_at);
