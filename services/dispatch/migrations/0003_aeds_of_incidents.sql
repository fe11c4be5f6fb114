-- An AED is held by its incident, not by one alert: several rescuers may be sent for the same one,
-- and it is free when none of them fetches or has it any more.
UPDATE claims SET holder_id = incident_id WHERE kind = 'aed' AND released_at IS NULL;
-- One that was taken to a patient is as little in its cabinet as one that was not found.
CREATE INDEX timeline_aed_collected ON timeline (recorded_at) WHERE event = 'aed_collected';
