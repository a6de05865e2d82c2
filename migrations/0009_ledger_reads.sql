-- What reads need beside the facts. Nothing here costs a posting anything.

CREATE INDEX lot_code ON ledger.lot (code);
CREATE INDEX serial_text ON ledger.serial (serial);

-- Value of each account (a virtual location; 0 is all cost pools together) from the first seq of a
-- journal up to `seq`. Facts never change, so neither do these rows: a total is the nearest of them
-- and what came after. Each set has a row for account 0 of the house, even when it is zero.
CREATE TABLE ledger.account_checkpoint (
  seq         bigint  NOT NULL,
  value       bigint  NOT NULL,
  journal     integer NOT NULL,
  owner_id    integer NOT NULL,
  location_id integer NOT NULL,
  PRIMARY KEY (journal, seq, owner_id, location_id)
);
COMMENT ON TABLE ledger.account_checkpoint IS 'Totals of accounts at some seqs; derived, verified.';

GRANT SELECT ON ledger.account_checkpoint TO onhand_poster, onhand_reader;
GRANT INSERT ON ledger.account_checkpoint TO onhand_poster;
ALTER TABLE ledger.account_checkpoint ENABLE ROW LEVEL SECURITY;
CREATE POLICY owner_reads ON ledger.account_checkpoint FOR SELECT TO onhand_reader
  USING (current_setting('onhand.owner', true) IN ('*', owner_id::text));
CREATE POLICY poster_posts ON ledger.account_checkpoint TO onhand_poster
  USING (true) WITH CHECK (true);
