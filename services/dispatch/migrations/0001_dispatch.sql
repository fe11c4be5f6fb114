-- Dispatch: calls, incidents, plans, claims, tasks, answers, deadlines, the Utstein timeline.
-- The row of an incident is its lock: every command takes it FOR UPDATE first, so that commands on
-- one incident come one after the other, on whichever instance they arrive.

CREATE TABLE incidents (
    id                 text PRIMARY KEY,
    version            integer NOT NULL DEFAULT 1,
    state              text NOT NULL CHECK (state IN ('open', 'activated', 'called_off', 'merged', 'closed')),
    shard              smallint NOT NULL CHECK (shard BETWEEN 0 AND 63),
    opened_at          timestamptz NOT NULL,
    closed_at          timestamptz,
    latitude           double precision NOT NULL CHECK (latitude BETWEEN -90 AND 90),
    longitude          double precision NOT NULL CHECK (longitude BETWEEN -180 AND 180),
    -- Address, building, unit, floor, door code, what is seen: personal, never in an event.
    details            jsonb NOT NULL,
    conscious          boolean,
    breathing_normally boolean,
    gates              text[] NOT NULL DEFAULT '{}',
    bystander_cpr      boolean NOT NULL DEFAULT false,
    not_an_arrest      boolean NOT NULL DEFAULT false,
    widened            smallint NOT NULL DEFAULT 0,
    call_off_until     timestamptz,
    -- Until then a call that may be about another's patient sends nobody.
    hold_until         timestamptz,
    merged_into        text REFERENCES incidents (id),
    -- What it was before the merge; a split gives it back.
    state_before_merge text,
    closed_because     text,
    last_sequence      integer NOT NULL DEFAULT 0,
    last_plan          integer NOT NULL DEFAULT 0
);
CREATE INDEX incidents_open ON incidents (opened_at) WHERE state NOT IN ('closed', 'merged');
CREATE INDEX incidents_by_time ON incidents (opened_at DESC, id DESC);

CREATE TABLE calls (
    id                   text PRIMARY KEY,
    incident_id          text NOT NULL REFERENCES incidents (id),
    -- The incident that the call opened; a merge moves incident_id, a split moves it back.
    origin_incident_id   text NOT NULL REFERENCES incidents (id),
    received_at          timestamptz NOT NULL,
    taken_by             text NOT NULL,
    caller_phone         text,
    content              jsonb NOT NULL
);
CREATE INDEX calls_of_incident ON calls (incident_id);

CREATE TABLE plans (
    incident_id  text NOT NULL REFERENCES incidents (id),
    number       integer NOT NULL,
    made_at      timestamptz NOT NULL,
    trigger      text NOT NULL,
    policy       text NOT NULL,
    plan         jsonb NOT NULL,
    -- What the decision knew: enough to make it again, or under another policy.
    inputs       jsonb NOT NULL,
    PRIMARY KEY (incident_id, number)
);

-- A rescuer, an AED or a unit is held by at most one active incident: the database says so.
CREATE TABLE claims (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind         text NOT NULL CHECK (kind IN ('rescuer', 'aed', 'unit')),
    entity_id    text NOT NULL,
    incident_id  text NOT NULL REFERENCES incidents (id),
    holder_id    text NOT NULL,
    made_at      timestamptz NOT NULL,
    released_at  timestamptz
);
CREATE UNIQUE INDEX claims_active ON claims (kind, entity_id) WHERE released_at IS NULL;
CREATE INDEX claims_of_holder ON claims (holder_id) WHERE released_at IS NULL;

CREATE TABLE alerts (
    id                  text PRIMARY KEY,
    incident_id         text NOT NULL REFERENCES incidents (id),
    origin_incident_id  text NOT NULL REFERENCES incidents (id),
    rescuer_id          text NOT NULL,
    task                text NOT NULL,
    aed_id              text,
    state               text NOT NULL,
    sequence            integer NOT NULL,
    sent_at             timestamptz NOT NULL,
    answer_by           timestamptz NOT NULL,
    answered_at         timestamptz,
    moved_at            timestamptz,
    -- Accepted and not moved for too long; a later move clears nothing, moved_at tells.
    stalled_at          timestamptz,
    collected_at        timestamptz,
    arrived_at          timestamptz,
    ended_at            timestamptz,
    eta_s               double precision,
    choice              jsonb NOT NULL,
    -- The message that carried the alert; receipts of later messages are not the alert's.
    message_id          text NOT NULL,
    -- Where the rescuer is, only while the accepted task lasts; emptied at its end.
    latitude            double precision,
    longitude           double precision,
    located_at          timestamptz,
    UNIQUE (incident_id, rescuer_id, id)
);
CREATE INDEX alerts_of_incident ON alerts (incident_id);
CREATE INDEX alerts_of_rescuer ON alerts (rescuer_id, sent_at DESC);
CREATE INDEX alerts_recent ON alerts (sent_at);

CREATE TABLE orders (
    id                  text PRIMARY KEY,
    incident_id         text NOT NULL REFERENCES incidents (id),
    origin_incident_id  text NOT NULL REFERENCES incidents (id),
    unit_id             text NOT NULL,
    station_id          text NOT NULL,
    kind                text NOT NULL,
    tier                text NOT NULL,
    state               text NOT NULL,
    sequence            integer NOT NULL,
    notified_at         timestamptz NOT NULL,
    acknowledge_by      timestamptz NOT NULL,
    state_at            timestamptz NOT NULL,
    ended_at            timestamptz,
    eta_s               double precision
);
CREATE INDEX orders_of_incident ON orders (incident_id);
CREATE INDEX orders_of_station ON orders (station_id, notified_at DESC);
CREATE INDEX orders_of_unit ON orders (unit_id) WHERE ended_at IS NULL;

-- What must happen by when. A row outlives every restart; a worker on any instance takes due ones.
CREATE TABLE deadlines (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind         text NOT NULL,
    incident_id  text NOT NULL REFERENCES incidents (id),
    subject_id   text NOT NULL,
    due_at       timestamptz NOT NULL
);
CREATE INDEX deadlines_due ON deadlines (due_at);
CREATE INDEX deadlines_of_subject ON deadlines (subject_id);

CREATE TABLE timeline (
    incident_id  text NOT NULL REFERENCES incidents (id),
    sequence     integer NOT NULL,
    event        text NOT NULL,
    at           timestamptz NOT NULL,
    recorded_at  timestamptz NOT NULL,
    by           text NOT NULL,
    detail       jsonb NOT NULL,
    position     bigint GENERATED ALWAYS AS IDENTITY,
    PRIMARY KEY (incident_id, sequence)
);
CREATE UNIQUE INDEX timeline_position ON timeline (position);
CREATE INDEX timeline_recorded ON timeline (recorded_at);
CREATE INDEX timeline_aed_missing ON timeline (recorded_at) WHERE event = 'aed_missing';

-- One-time links with which a caller's phone sends its place; only the hash is kept.
CREATE TABLE location_links (
    token_hash   bytea PRIMARY KEY,
    incident_id  text NOT NULL REFERENCES incidents (id),
    made_at      timestamptz NOT NULL,
    made_by      text NOT NULL,
    expires_at   timestamptz NOT NULL,
    used_at      timestamptz
);

-- Two calls about one patient, offered to a dispatcher as a link until one decides.
CREATE TABLE links (
    incident_id  text NOT NULL REFERENCES incidents (id),
    other_id     text NOT NULL REFERENCES incidents (id),
    offered_at   timestamptz NOT NULL,
    distance_m   double precision NOT NULL,
    decision     text CHECK (decision IN ('same', 'different')),
    decided_at   timestamptz,
    decided_by   text,
    PRIMARY KEY (incident_id, other_id)
);
