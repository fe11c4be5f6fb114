SELECT create_registry('stations');
SELECT create_registry('units');

-- A unit belongs to a station that exists; the column follows the document.
ALTER TABLE units ADD COLUMN station_id text COLLATE "C" NOT NULL
    GENERATED ALWAYS AS (document->>'station_id') STORED REFERENCES stations (id);
CREATE INDEX units_station ON units (station_id) WHERE NOT retired;

-- What each station reaches, worked out after its place or its units have changed.
CREATE TABLE circles (
    station_id  text COLLATE "C" PRIMARY KEY REFERENCES stations (id),
    version     integer          NOT NULL CHECK (version > 0),
    tier        text             NOT NULL,
    latitude    double precision NOT NULL,
    longitude   double precision NOT NULL,
    shard       smallint         NOT NULL,
    circles     jsonb            NOT NULL,   -- one for each kind and mode, the widest first
    policy      text             NOT NULL,   -- whose numbers they were worked out with
    updated_at  timestamptz      NOT NULL
);
CREATE INDEX circles_place ON circles (latitude, longitude) WHERE circles <> '[]'::jsonb;

-- Stations whose circle is to be worked out anew; written with the change that asks for it. ``asked``
-- changes with every asking, so that an answer to an earlier one is not taken for the last one's.
CREATE TABLE circles_due (
    station_id  text COLLATE "C" PRIMARY KEY REFERENCES stations (id),
    asked       bigint GENERATED ALWAYS AS IDENTITY
);
