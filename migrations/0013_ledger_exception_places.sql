-- Units that arrive can end two shortages at once: what was oversold in the site, and what was
-- allocated in the position. Each end is an exception of its own.
ALTER TABLE ledger.exception DROP CONSTRAINT exception_pkey;
ALTER TABLE ledger.exception ADD CONSTRAINT exception_once
  UNIQUE NULLS NOT DISTINCT (journal, seq, kind, position_id);
