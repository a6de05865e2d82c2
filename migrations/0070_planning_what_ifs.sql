-- What-if scenarios: what was asked, and what came of it in simulated futures.

CREATE SCHEMA IF NOT EXISTS planning;
GRANT USAGE ON SCHEMA planning TO onhand_reader, onhand_writer, onhand_poster;

CREATE SEQUENCE planning.what_if_number;
CREATE TABLE planning.what_if (
  what_if_id uuid PRIMARY KEY,
  number text NOT NULL UNIQUE,
  name text NOT NULL,
  request jsonb NOT NULL,
  result jsonb NOT NULL,
  actor_id integer NOT NULL,
  created_at timestamptz NOT NULL
);
CREATE INDEX what_if_newest ON planning.what_if (created_at DESC, what_if_id DESC);
COMMENT ON TABLE planning.what_if IS
  'Scenarios that were simulated: input and result; nothing else depends on them';

GRANT SELECT ON planning.what_if TO onhand_reader, onhand_writer;
GRANT INSERT, DELETE ON planning.what_if TO onhand_writer;
GRANT USAGE ON SEQUENCE planning.what_if_number TO onhand_writer;

ALTER TABLE planning.what_if ENABLE ROW LEVEL SECURITY;
CREATE POLICY house_rows ON planning.what_if TO onhand_reader, onhand_writer
  USING (current_setting('onhand.owner', true) = '*')
  WITH CHECK (current_setting('onhand.owner', true) = '*');
