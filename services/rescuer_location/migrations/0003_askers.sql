-- Who asked for a code: a digest of address and number, so that each asker waits for their own
-- tries. Null: asked before this was kept. Gone with its row after a day.
ALTER TABLE enrolments ADD COLUMN asked_by bytea;
