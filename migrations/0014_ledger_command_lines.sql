-- A command whose items belong to several journals is posted in parts, each with line numbers of
-- its own. Written down before the parts are posted: which line of the command each of them is, so
-- that what became of the command can be told also where only some parts were accepted.
CREATE TABLE ledger.command_line (
  body_hash  bigint      NOT NULL,
  command_id uuid        NOT NULL,
  begun_at   timestamptz NOT NULL,
  journal    integer     NOT NULL,
  part_line  integer     NOT NULL CHECK (part_line > 0),
  line       integer     NOT NULL CHECK (line > 0),
  owner_id   integer     NOT NULL,
  -- A refused command may come again with another body.
  PRIMARY KEY (journal, command_id, body_hash, part_line)
);

GRANT SELECT, INSERT ON ledger.command_line TO onhand_poster;
GRANT SELECT ON ledger.command_line TO onhand_reader;
ALTER TABLE ledger.command_line ENABLE ROW LEVEL SECURITY;
CREATE POLICY owner_reads ON ledger.command_line FOR SELECT TO onhand_reader
  USING (current_setting('onhand.owner', true) IN ('*', owner_id::text));
CREATE POLICY poster_posts ON ledger.command_line TO onhand_poster USING (true) WITH CHECK (true);
