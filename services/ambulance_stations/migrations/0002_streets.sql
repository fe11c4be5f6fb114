-- Which street graph a circle was worked out on (null: the H3 grid), and what its record carried
-- (1: the widest circle alone, 2: all of them).
ALTER TABLE circles ADD COLUMN streets text;
ALTER TABLE circles ADD COLUMN form smallint NOT NULL DEFAULT 1;

-- The numbers and streets that count: those of the instance that started last. An instance that still
-- runs with others leaves the work to it, so that a change while instances are replaced one by one is
-- not undone by one that goes.
CREATE TABLE circles_made_with (
    one     boolean PRIMARY KEY DEFAULT true CHECK (one),
    policy  text NOT NULL,
    streets text
);
