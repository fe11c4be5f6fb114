-- A message may be on several channels at once: its ways on them are one document in its row, so
-- that they change under the lock that the message already has, and in one write.
ALTER TABLE messages
    ADD COLUMN sends         jsonb NOT NULL DEFAULT '[]',
    -- The channel of the first receipt.
    ADD COLUMN delivered_by  text;

UPDATE messages SET sends = jsonb_build_array(jsonb_strip_nulls(jsonb_build_object(
    'channel', channel, 'step', step, 'tries', tries, 'give_up_at', give_up_at, 'due_at', due_at,
    'sent_at', CASE WHEN step = 'waiting' THEN received_at END
)));

ALTER TABLE messages
    ALTER COLUMN sends DROP DEFAULT,
    DROP COLUMN channel,
    DROP COLUMN step,
    DROP COLUMN tries,
    DROP COLUMN give_up_at;

-- Browsers that are woken by web push. The keys encrypt; they identify nobody but the device.
CREATE TABLE push_subscriptions (
    subscription_id    text PRIMARY KEY,
    endpoint           text NOT NULL UNIQUE,
    rescuer_id         text NOT NULL,
    p256dh             text NOT NULL,
    auth               text NOT NULL,
    language           text NOT NULL,
    user_agent         text,
    -- Our public key that it was made with: one made with another key is of no use.
    vapid_key          text NOT NULL,
    expires_at         timestamptz,
    created_at         timestamptz NOT NULL,
    last_delivered_at  timestamptz,
    last_failed_at     timestamptz,
    last_failure       text
);

CREATE INDEX push_subscriptions_of_rescuer ON push_subscriptions (rescuer_id, created_at);

-- The last push that a rescuer sent to their own devices, to limit how often.
CREATE TABLE push_tests (
    rescuer_id   text PRIMARY KEY,
    message_id   text NOT NULL,
    sent_at      timestamptz NOT NULL,
    received_at  timestamptz
);
