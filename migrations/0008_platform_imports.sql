-- CSV imports: what was uploaded, what it would do, what it did, so that it can be undone.

CREATE TABLE platform.import (
  import_id uuid PRIMARY KEY,
  kind text NOT NULL,
  -- Null: the house.
  owner_id integer,
  state text NOT NULL CHECK (state IN ('invalid', 'previewed', 'committed', 'undone')),
  file_name text,
  content text NOT NULL,
  row_count integer NOT NULL,
  create_count integer NOT NULL,
  update_count integer NOT NULL,
  unchanged_count integer NOT NULL,
  error_count integer NOT NULL,
  errors jsonb NOT NULL,
  sample jsonb NOT NULL,
  -- [row, action, document id, version] of each row as the preview saw it; the commit compares.
  plan jsonb NOT NULL,
  previewed_at timestamptz NOT NULL,
  previewed_by integer NOT NULL,
  committed_at timestamptz,
  committed_by integer,
  undone_at timestamptz,
  undone_by integer,
  CONSTRAINT import_errors_are_invalid CHECK ((state = 'invalid') = (error_count > 0)),
  CONSTRAINT import_committed
    CHECK ((state IN ('committed', 'undone')) = (committed_at IS NOT NULL)),
  CONSTRAINT import_undone CHECK ((state = 'undone') = (undone_at IS NOT NULL))
);
COMMENT ON TABLE platform.import IS 'One uploaded CSV file: preview, commit, undo.';

CREATE INDEX import_by_time ON platform.import (previewed_at, import_id);

CREATE TABLE platform.import_change (
  import_id uuid NOT NULL REFERENCES platform.import,
  row_number integer NOT NULL,
  owner_id integer,
  action text NOT NULL CHECK (action IN ('create', 'update')),
  document_id integer NOT NULL,
  -- Values before an update, which the undo restores, and values after, which it compares.
  before jsonb,
  after jsonb NOT NULL,
  PRIMARY KEY (import_id, row_number),
  CONSTRAINT import_change_before CHECK ((action = 'update') = (before IS NOT NULL))
);
COMMENT ON TABLE platform.import_change IS 'What each row of a committed import changed.';

GRANT SELECT ON platform.import, platform.import_change TO onhand_reader, onhand_writer;
GRANT INSERT, UPDATE ON platform.import TO onhand_writer;
GRANT INSERT ON platform.import_change TO onhand_writer;

ALTER TABLE platform.import ENABLE ROW LEVEL SECURITY;
ALTER TABLE platform.import_change ENABLE ROW LEVEL SECURITY;
CREATE POLICY import_owner ON platform.import TO onhand_reader, onhand_writer
  USING (current_setting('onhand.owner', true) IN ('*', owner_id::text));
CREATE POLICY import_change_owner ON platform.import_change TO onhand_reader, onhand_writer
  USING (current_setting('onhand.owner', true) IN ('*', owner_id::text));
