-- Who looks at an incident and who holds it. It changes nothing of the incident itself, so that its
-- version stays; a holder or viewer who is not heard of any more lapses by itself.
CREATE TABLE attention (
    incident_id  text PRIMARY KEY REFERENCES incidents (id),
    -- The first dispatcher who has opened it: until then consoles announce it as new.
    seen_at      timestamptz,
    seen_by      text,
    holder       text,
    held_since   timestamptz,
    held_until   timestamptz
);
CREATE TABLE viewers (
    incident_id  text NOT NULL REFERENCES incidents (id),
    viewer       text NOT NULL,
    until        timestamptz NOT NULL,
    PRIMARY KEY (incident_id, viewer)
);
