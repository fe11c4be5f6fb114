-- Planning: scenarios that are kept, and runs that are worked through.

-- What a scenario stands on, as dispatch knew it: where people are is in the document, so it is kept
-- only as long as a scenario, or a run that has not ended, needs it.
CREATE TABLE snapshots (
    id        text PRIMARY KEY,
    base      text        NOT NULL,      -- a built-in scenario's name with its making, or live
    taken_at  timestamptz NOT NULL,
    counts    jsonb       NOT NULL,
    sites     jsonb       NOT NULL,      -- AEDs, stations and units: what maps and checks need
    document  bytea       NOT NULL       -- shared.snapshots, compressed (zlib)
);

CREATE TABLE scenarios (
    id           text PRIMARY KEY,
    version      integer     NOT NULL DEFAULT 1,
    name         text        NOT NULL,
    based_on     text        NOT NULL,
    snapshot_id  text        NOT NULL REFERENCES snapshots (id),
    note         text,
    changes      jsonb       NOT NULL,
    made_at      timestamptz NOT NULL,
    made_by      text        NOT NULL,
    updated_at   timestamptz NOT NULL
);
CREATE INDEX scenarios_by_time ON scenarios (made_at DESC, id DESC);
CREATE INDEX scenarios_of_snapshot ON scenarios (snapshot_id);

-- A run is claimed by a worker for as long as its lease is renewed; a worker that has died leaves a
-- lease that ends, and another takes the run up again.
CREATE TABLE runs (
    id                 text PRIMARY KEY,
    kind               text        NOT NULL
        CHECK (kind IN ('coverage', 'site', 'relocate', 'simulate', 'compare', 'replay')),
    state              text        NOT NULL
        CHECK (state IN ('waiting', 'running', 'done', 'failed', 'stopped')),
    progress           real        NOT NULL DEFAULT 0,
    said               text        NOT NULL DEFAULT '',
    scenario_id        text        NOT NULL,
    other_scenario_id  text,
    parameters         jsonb       NOT NULL,
    changes            jsonb       NOT NULL,
    job                jsonb       NOT NULL,  -- scenarios with their changes, as they were then
    snapshots          text[]      NOT NULL,  -- of those scenarios, in their order; emptied at the end
    inputs             bytea,                 -- decisions to be made again; emptied at the end
    result             bytea,                 -- JSON, compressed (zlib)
    problem            jsonb,
    made_by            text        NOT NULL,
    made_at            timestamptz NOT NULL,
    started_at         timestamptz,
    finished_at        timestamptz,
    worker             text,
    lease_until        timestamptz,
    tries              integer     NOT NULL DEFAULT 0
);
CREATE INDEX runs_by_time ON runs (made_at DESC, id DESC);
CREATE INDEX runs_of_scenario ON runs (scenario_id, made_at DESC);
CREATE INDEX runs_to_do ON runs (made_at) WHERE state IN ('waiting', 'running');
