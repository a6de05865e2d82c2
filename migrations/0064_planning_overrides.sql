-- What planners say instead of the forecast, and what it was worth.

CREATE SEQUENCE planning.forecast_override_number;
CREATE TABLE planning.forecast_override (
  forecast_override_id uuid PRIMARY KEY,
  number text NOT NULL UNIQUE,
  -- What it is for: an item, at one site or at all of them; or a group of items likewise.
  item_id integer REFERENCES catalog.item (item_id),
  group_code text,
  site_id integer REFERENCES network.site (site_id),
  from_day date NOT NULL,
  to_day date NOT NULL,
  -- absolute: units a day instead of the forecast; percent: so much more or less than it.
  kind text NOT NULL CHECK (kind IN ('absolute', 'percent')),
  value double precision NOT NULL,
  reason text NOT NULL,
  -- From this day on it is no longer used, whatever its range.
  expires_on date NOT NULL,
  actor_id integer NOT NULL,
  created_at timestamptz NOT NULL,
  undone_at timestamptz,
  undone_by integer,
  undone_reason text,
  CHECK ((item_id IS NULL) <> (group_code IS NULL)),
  CHECK (to_day >= from_day),
  CHECK (kind <> 'absolute' OR (item_id IS NOT NULL AND site_id IS NOT NULL AND value >= 0)),
  CHECK (kind <> 'percent' OR value BETWEEN -100 AND 1000)
);
CREATE INDEX forecast_override_created
  ON planning.forecast_override (created_at, forecast_override_id);
CREATE INDEX forecast_override_active ON planning.forecast_override (to_day)
  WHERE undone_at IS NULL;
COMMENT ON TABLE planning.forecast_override IS 'What planners say instead of the forecast';

-- What came on days that were overridden, against the forecast with and without. Millionths of a
-- unit, so that parts may be added in any order and the sums are the same to the last digit.
CREATE TABLE planning.override_value (
  forecast_override_id uuid PRIMARY KEY REFERENCES planning.forecast_override,
  days bigint NOT NULL,
  actual bigint NOT NULL,
  absolute_with bigint NOT NULL,
  absolute_without bigint NOT NULL,
  error_with bigint NOT NULL,
  error_without bigint NOT NULL
);
COMMENT ON TABLE planning.override_value IS 'The errors with and without an override';

GRANT SELECT ON planning.forecast_override, planning.override_value
  TO onhand_reader, onhand_writer, onhand_poster;
GRANT INSERT, UPDATE ON planning.forecast_override TO onhand_writer;
GRANT INSERT, UPDATE ON planning.override_value TO onhand_poster;
GRANT USAGE ON SEQUENCE planning.forecast_override_number TO onhand_writer;

-- The house plans: an owner reads the forecasts of its items without what planners say of them.
ALTER TABLE planning.forecast_override ENABLE ROW LEVEL SECURITY;
CREATE POLICY house_rows ON planning.forecast_override TO onhand_reader, onhand_writer
  USING (current_setting('onhand.owner', true) = '*')
  WITH CHECK (current_setting('onhand.owner', true) = '*');
CREATE POLICY poster_reads ON planning.forecast_override FOR SELECT TO onhand_poster USING (true);
ALTER TABLE planning.override_value ENABLE ROW LEVEL SECURITY;
CREATE POLICY house_rows ON planning.override_value TO onhand_reader, onhand_writer
  USING (current_setting('onhand.owner', true) = '*')
  WITH CHECK (current_setting('onhand.owner', true) = '*');
CREATE POLICY poster_works ON planning.override_value TO onhand_poster
  USING (true) WITH CHECK (true);
