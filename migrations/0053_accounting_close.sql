-- Whoever closes a period looks at what is promised and when batches were recorded.

GRANT SELECT ON ledger.batch, ledger.availability TO onhand_writer;
CREATE POLICY house_books ON ledger.availability FOR SELECT TO onhand_writer
  USING (current_setting('onhand.owner', true) = '*');
