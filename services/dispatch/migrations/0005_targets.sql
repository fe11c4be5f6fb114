-- Whether the newest plan misses a target: said in the timeline each time that this begins.
ALTER TABLE incidents ADD COLUMN target_missed boolean NOT NULL DEFAULT false;
UPDATE incidents SET target_missed = true
WHERE EXISTS (SELECT 1 FROM timeline WHERE incident_id = id AND event = 'target_missed');
