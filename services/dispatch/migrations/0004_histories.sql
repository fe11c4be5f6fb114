-- What a rescuer's own alerts say about the next one, by day and night where the rescuer lives.
-- The hour on their clock when they were asked; unknown for alerts from before, which do not count.
ALTER TABLE alerts ADD COLUMN local_hour smallint CHECK (local_hour BETWEEN 0 AND 23);
CREATE INDEX alerts_ended ON alerts (ended_at) WHERE ended_at IS NOT NULL;
