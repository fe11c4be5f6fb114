-- Who looked at or did what; written in the same transaction as the read or the deed.
CREATE TABLE audit (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at       timestamptz NOT NULL,
    actor    text        NOT NULL,   -- role:subject
    action   text        NOT NULL,   -- such as presence.read, aed.code.read
    subject  text        NOT NULL,   -- the id of what it was done to
    detail   jsonb       NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_subject ON audit (subject, id);
CREATE INDEX audit_actor ON audit (actor, id);
