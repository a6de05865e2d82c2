-- How good each night's forecasts were, by level, when what came was known.

-- Millionths, so that parts may be added in any order and the sums are the same to the last digit.
CREATE TABLE planning.accuracy_day (
  day date NOT NULL,
  level text NOT NULL CHECK (level IN ('total', 'region', 'site', 'group', 'class')),
  code text NOT NULL,
  days bigint NOT NULL,
  actual bigint NOT NULL,
  absolute bigint NOT NULL,
  error bigint NOT NULL,
  naive bigint NOT NULL,
  pinball bigint NOT NULL,
  scaled_days bigint NOT NULL,
  scaled_squared bigint NOT NULL,
  scaled_pinball bigint NOT NULL,
  inside_80 bigint NOT NULL,
  inside_90 bigint NOT NULL,
  inside_95 bigint NOT NULL,
  PRIMARY KEY (day, level, code)
);
COMMENT ON TABLE planning.accuracy_day IS 'Forecasts against what came, by day and level';

GRANT SELECT ON planning.accuracy_day TO onhand_reader, onhand_writer, onhand_poster;
GRANT INSERT, UPDATE ON planning.accuracy_day TO onhand_poster;

ALTER TABLE planning.accuracy_day ENABLE ROW LEVEL SECURITY;
CREATE POLICY house_rows ON planning.accuracy_day TO onhand_reader, onhand_writer
  USING (current_setting('onhand.owner', true) = '*')
  WITH CHECK (current_setting('onhand.owner', true) = '*');
CREATE POLICY poster_works ON planning.accuracy_day TO onhand_poster
  USING (true) WITH CHECK (true);
