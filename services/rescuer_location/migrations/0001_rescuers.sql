-- The register. Latitude and longitude are those of the centre of the home cell (H3 resolution 10):
-- the coordinates that a client sent are never stored.
SELECT create_registry('rescuers');

CREATE INDEX rescuers_state ON rescuers ((document->>'state')) WHERE NOT retired;
CREATE INDEX rescuers_expiry ON rescuers ((document->'credential'->>'expires_on')) WHERE NOT retired;

-- Asked for every batch of positions: who is known, and who lets their place be known.
CREATE INDEX rescuers_location_consent
    ON rescuers (id, (document->'consent'->'location')) WHERE NOT retired;
