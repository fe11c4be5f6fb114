-- The session of the phone that subscribed: once it has ended, nothing is pushed there any more.
-- Null: subscribed with a token from the command line, or before sessions were kept.
ALTER TABLE push_subscriptions ADD COLUMN session_id text;
CREATE INDEX push_subscriptions_of_session ON push_subscriptions (session_id)
    WHERE session_id IS NOT NULL;
