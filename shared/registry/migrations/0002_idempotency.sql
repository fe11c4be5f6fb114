-- Answers to commands that a client may send again (an offline queue, a retry after a timeout).
CREATE TABLE idempotency (
    actor         text        NOT NULL,
    key           text        NOT NULL,
    request       text        NOT NULL,   -- method and path
    request_hash  bytea       NOT NULL,   -- SHA-256 of the body
    status        smallint,
    response      jsonb,
    created_at    timestamptz NOT NULL,
    PRIMARY KEY (actor, key)
);
CREATE INDEX idempotency_created_at ON idempotency (created_at);
