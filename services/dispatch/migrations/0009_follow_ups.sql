-- Whoever accepted is told once, on their phone, that they may say how it was.
CREATE TABLE follow_ups (
    alert_id  text PRIMARY KEY REFERENCES alerts (id),
    sent_at   timestamptz NOT NULL
);
