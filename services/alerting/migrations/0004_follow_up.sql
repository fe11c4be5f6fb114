-- A message of one more kind: afterwards somebody may say how it was.
ALTER TABLE messages
    DROP CONSTRAINT messages_kind_check,
    ADD CONSTRAINT messages_kind_check
        CHECK (kind IN ('alert', 'update', 'stand_down', 'follow_up'));
