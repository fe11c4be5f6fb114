-- The end of each rescuer's stream. Its row is locked by whoever adds to the stream, so numbers
-- become visible in their order: a reader that has seen n has seen everything before n.
CREATE TABLE streams (
    rescuer_id     text PRIMARY KEY,
    last_sequence  bigint NOT NULL DEFAULT 0
);

-- Every message to a rescuer, with what became of it.
CREATE TABLE messages (
    message_id       text PRIMARY KEY,
    alert_id         text NOT NULL,
    incident_id      text NOT NULL,
    rescuer_id       text NOT NULL REFERENCES streams,
    kind             text NOT NULL CHECK (kind IN ('alert', 'update', 'stand_down')),
    sequence         bigint NOT NULL,
    task             text,
    sent_at          timestamptz NOT NULL,
    expires_at       timestamptz NOT NULL,
    shard            integer NOT NULL CHECK (shard BETWEEN 0 AND 63),
    received_at      timestamptz NOT NULL,
    -- Null: void or expired when it came, so never on the stream.
    stream_sequence  bigint,
    delivered_at     timestamptz,
    seen_at          timestamptz,
    failed_at        timestamptz,
    failure          text,
    voided_at        timestamptz,
    -- Where it is in the order of channels, and when to look at it again (null: settled).
    channel          text NOT NULL,
    step             text NOT NULL CHECK (step IN ('to_send', 'sending', 'waiting')),
    tries            integer NOT NULL DEFAULT 0,
    give_up_at       timestamptz NOT NULL,
    due_at           timestamptz,
    UNIQUE (rescuer_id, stream_sequence)
);

CREATE INDEX messages_of_incident ON messages (incident_id, rescuer_id, sequence);
CREATE INDEX messages_due ON messages (due_at) WHERE due_at IS NOT NULL;

COMMENT ON COLUMN messages.give_up_at IS 'when the present channel''s deadline passes';
