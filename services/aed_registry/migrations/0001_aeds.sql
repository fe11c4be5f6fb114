SELECT create_registry('aeds');

-- Looks at the device by somebody who answers for it.
CREATE TABLE aed_checks (
    id        text COLLATE "C" PRIMARY KEY,
    aed_id    text        NOT NULL REFERENCES aeds (id),
    outcome   text        NOT NULL,   -- in_order, fault
    at        timestamptz NOT NULL,
    by        text        NOT NULL,   -- role:subject
    note      text
);
CREATE INDEX aed_checks_of ON aed_checks (aed_id, id);

-- What anybody tells about a device, and what became of it.
CREATE TABLE aed_reports (
    id           text COLLATE "C" PRIMARY KEY,
    aed_id       text        NOT NULL REFERENCES aeds (id),
    kind         text        NOT NULL,
    note         text,
    incident_id  text,
    reported_by  text        NOT NULL,   -- role:subject
    reported_at  timestamptz NOT NULL,
    settlement   text,                   -- confirmed, dismissed, checked; NULL is open
    settled_by   text,
    settled_at   timestamptz
);
CREATE INDEX aed_reports_of ON aed_reports (aed_id, id);
-- Telling the same thing twice is one report.
CREATE UNIQUE INDEX aed_reports_once ON aed_reports (aed_id, kind, reported_by)
    WHERE settlement IS NULL;
