-- How people come into the register by themselves, and the phones that are signed in.

-- One try to enrol or to sign in, until its code is given or it ends. Deleted a day later.
CREATE TABLE enrolments (
    id                text PRIMARY KEY,
    kind              text NOT NULL CHECK (kind IN ('enrolment', 'sign_in')),
    phone             text NOT NULL,          -- E.164
    language          text NOT NULL,
    -- What was said at enrolment; emptied once it is in the register.
    said              jsonb,
    photo             bytea,
    created_at        timestamptz NOT NULL,
    expires_at        timestamptz NOT NULL,
    code_salt         bytea NOT NULL,
    code_hash         bytea NOT NULL,
    -- Only where no provider sends texts, for the registrar to read out; emptied when it ends.
    code_to_read_out  text,
    wrong_tries       smallint NOT NULL DEFAULT 0,
    used_at           timestamptz,
    -- Who signs in (none: nobody has this number, and no code is right), or who came of it.
    rescuer_id        text
);
CREATE INDEX enrolments_of_phone ON enrolments (phone, created_at);
CREATE INDEX enrolments_by_time ON enrolments (created_at DESC, id DESC);

-- A phone that is signed in. Its token says which one; one that has ended gets no new token.
CREATE TABLE sessions (
    id            text PRIMARY KEY,
    rescuer_id    text NOT NULL,
    made_at       timestamptz NOT NULL,
    refreshed_at  timestamptz NOT NULL,
    ended_at      timestamptz
);
CREATE INDEX sessions_of_rescuer ON sessions (rescuer_id) WHERE ended_at IS NULL;
CREATE INDEX sessions_ended ON sessions (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX sessions_refreshed ON sessions (refreshed_at);

-- The photo of a certificate, for the registrar who verifies it, and not for long after that.
CREATE TABLE credential_photos (
    rescuer_id    text PRIMARY KEY,
    photo         bytea NOT NULL,             -- JPEG
    received_at   timestamptz NOT NULL,
    delete_after  timestamptz NOT NULL
);
CREATE INDEX credential_photos_delete_after ON credential_photos (delete_after);

-- Who agreed to which words, and when (PIPL Art. 14 and 29: the proof is ours to keep).
CREATE TABLE consents (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    rescuer_id  text NOT NULL,
    version     text NOT NULL,
    language    text NOT NULL,
    location    boolean NOT NULL,
    at          timestamptz NOT NULL
);
CREATE INDEX consents_of_rescuer ON consents (rescuer_id, id);

-- A number is looked up by its last digits, however the rest of it was written.
CREATE INDEX rescuers_phone_tail ON rescuers
    (right(regexp_replace(document->>'phone', '[^0-9]', '', 'g'), 8)) WHERE NOT retired;
CREATE INDEX rescuers_waiting ON rescuers (id)
    WHERE NOT retired AND (document->>'state' = 'enrolled' OR document->>'offered' IS NOT NULL);
