-- What each channel has made of the alert's messages, as alerting tells it: for whoever has to
-- decide whether to phone somebody.
ALTER TABLE alerts ADD COLUMN channels jsonb NOT NULL DEFAULT '[]';
