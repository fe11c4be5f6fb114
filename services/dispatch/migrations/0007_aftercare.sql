-- Afterwards: what those who accepted said about it, and who wants, or should be asked, to talk.
CREATE TABLE surveys (
    alert_id      text PRIMARY KEY REFERENCES alerts (id),
    rescuer_id    text NOT NULL,
    answered_at   timestamptz NOT NULL,
    -- What happened and how they are: about health, so words are emptied after a year.
    answers       jsonb NOT NULL
);
CREATE INDEX surveys_by_time ON surveys (answered_at);

CREATE TABLE debriefs (
    alert_id      text PRIMARY KEY REFERENCES alerts (id),
    rescuer_id    text NOT NULL,
    asked_at      timestamptz NOT NULL,
    because       text[] NOT NULL,
    state         text NOT NULL CHECK (state IN ('open', 'contacted', 'done')),
    state_at      timestamptz NOT NULL,
    by            text,
    note          text
);
CREATE INDEX debriefs_by_time ON debriefs (asked_at DESC, alert_id DESC);
