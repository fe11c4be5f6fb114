-- What every register is made of: the entries as they are now, and every version that they had.
-- A service's own migration says SELECT create_registry('aeds'); and adds indexes for its filters.
CREATE FUNCTION create_registry(kind text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format($sql$
        CREATE TABLE %1$I (
            id          text COLLATE "C" PRIMARY KEY,
            version     integer          NOT NULL CHECK (version > 0),
            latitude    double precision CHECK (latitude BETWEEN -90 AND 90),
            longitude   double precision CHECK (longitude BETWEEN -180 AND 180),
            shard       smallint         NOT NULL CHECK (shard BETWEEN 0 AND 63),
            retired     boolean          NOT NULL DEFAULT false,
            document    jsonb            NOT NULL,
            created_at  timestamptz      NOT NULL,
            updated_at  timestamptz      NOT NULL
        )$sql$, kind);
    EXECUTE format(
        'CREATE INDEX %1$I ON %2$I (latitude, longitude) WHERE NOT retired',
        kind || '_place', kind);
    EXECUTE format($sql$
        CREATE TABLE %1$I (
            id        text COLLATE "C" NOT NULL,
            version   integer     NOT NULL,
            change    text        NOT NULL,   -- created, replaced, retired, revived
            by        text        NOT NULL,   -- role:subject
            at        timestamptz NOT NULL,
            document  jsonb       NOT NULL,
            PRIMARY KEY (id, version)
        )$sql$, kind || '_history');
END
$$;
