-- The books are the house's alone. Facts are appended and never altered; only sums, the head and
-- what people edit may change.

GRANT SELECT ON ALL TABLES IN SCHEMA accounting TO onhand_reader, onhand_writer, onhand_poster;
GRANT INSERT ON accounting.stock_entry, accounting.entry, accounting.entry_line,
  accounting.policy, accounting.period_change TO onhand_writer, onhand_poster;
GRANT INSERT, UPDATE ON accounting.stock_total, accounting.entry_total, accounting.entry_bucket,
  accounting.taken TO onhand_writer, onhand_poster;
GRANT UPDATE ON accounting.head TO onhand_writer, onhand_poster;
GRANT INSERT, UPDATE ON accounting.account, accounting.posting_rule TO onhand_writer;
GRANT INSERT, UPDATE (until_version) ON accounting.posting_rule_version TO onhand_writer;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA accounting TO onhand_writer;

-- The writer books too (manual entries, closing), and then takes in what the ledger has posted.
GRANT USAGE ON SCHEMA ledger TO onhand_writer;
GRANT SELECT ON ledger.journal_head, ledger.movement, ledger.value_entry, ledger.position,
  ledger.cost_pool, ledger.movement_kind, ledger.reason TO onhand_writer;
CREATE POLICY house_books ON ledger.movement FOR SELECT TO onhand_writer
  USING (current_setting('onhand.owner', true) = '*');
CREATE POLICY house_books ON ledger.value_entry FOR SELECT TO onhand_writer
  USING (current_setting('onhand.owner', true) = '*');
CREATE POLICY house_books ON ledger.position FOR SELECT TO onhand_writer
  USING (current_setting('onhand.owner', true) = '*');
CREATE POLICY house_books ON ledger.cost_pool FOR SELECT TO onhand_writer
  USING (current_setting('onhand.owner', true) = '*');

ALTER TABLE accounting.account ENABLE ROW LEVEL SECURITY;
ALTER TABLE accounting.policy ENABLE ROW LEVEL SECURITY;
ALTER TABLE accounting.posting_rule ENABLE ROW LEVEL SECURITY;
ALTER TABLE accounting.posting_rule_version ENABLE ROW LEVEL SECURITY;
ALTER TABLE accounting.head ENABLE ROW LEVEL SECURITY;
ALTER TABLE accounting.taken ENABLE ROW LEVEL SECURITY;
ALTER TABLE accounting.stock_entry ENABLE ROW LEVEL SECURITY;
ALTER TABLE accounting.stock_total ENABLE ROW LEVEL SECURITY;
ALTER TABLE accounting.entry ENABLE ROW LEVEL SECURITY;
ALTER TABLE accounting.entry_line ENABLE ROW LEVEL SECURITY;
ALTER TABLE accounting.entry_total ENABLE ROW LEVEL SECURITY;
ALTER TABLE accounting.entry_bucket ENABLE ROW LEVEL SECURITY;
ALTER TABLE accounting.period_change ENABLE ROW LEVEL SECURITY;

CREATE POLICY house_rows ON accounting.account TO onhand_reader, onhand_writer
  USING (current_setting('onhand.owner', true) = '*')
  WITH CHECK (current_setting('onhand.owner', true) = '*');
CREATE POLICY poster_books ON accounting.account TO onhand_poster
  USING (true) WITH CHECK (true);
CREATE POLICY house_rows ON accounting.policy TO onhand_reader, onhand_writer
  USING (current_setting('onhand.owner', true) = '*')
  WITH CHECK (current_setting('onhand.owner', true) = '*');
CREATE POLICY poster_books ON accounting.policy TO onhand_poster
  USING (true) WITH CHECK (true);
CREATE POLICY house_rows ON accounting.posting_rule TO onhand_reader, onhand_writer
  USING (current_setting('onhand.owner', true) = '*')
  WITH CHECK (current_setting('onhand.owner', true) = '*');
CREATE POLICY poster_books ON accounting.posting_rule TO onhand_poster
  USING (true) WITH CHECK (true);
CREATE POLICY house_rows ON accounting.posting_rule_version TO onhand_reader, onhand_writer
  USING (current_setting('onhand.owner', true) = '*')
  WITH CHECK (current_setting('onhand.owner', true) = '*');
CREATE POLICY poster_books ON accounting.posting_rule_version TO onhand_poster
  USING (true) WITH CHECK (true);
CREATE POLICY house_rows ON accounting.head TO onhand_reader, onhand_writer
  USING (current_setting('onhand.owner', true) = '*')
  WITH CHECK (current_setting('onhand.owner', true) = '*');
CREATE POLICY poster_books ON accounting.head TO onhand_poster
  USING (true) WITH CHECK (true);
CREATE POLICY house_rows ON accounting.taken TO onhand_reader, onhand_writer
  USING (current_setting('onhand.owner', true) = '*')
  WITH CHECK (current_setting('onhand.owner', true) = '*');
CREATE POLICY poster_books ON accounting.taken TO onhand_poster
  USING (true) WITH CHECK (true);
CREATE POLICY house_rows ON accounting.stock_entry TO onhand_reader, onhand_writer
  USING (current_setting('onhand.owner', true) = '*')
  WITH CHECK (current_setting('onhand.owner', true) = '*');
CREATE POLICY poster_books ON accounting.stock_entry TO onhand_poster
  USING (true) WITH CHECK (true);
CREATE POLICY house_rows ON accounting.stock_total TO onhand_reader, onhand_writer
  USING (current_setting('onhand.owner', true) = '*')
  WITH CHECK (current_setting('onhand.owner', true) = '*');
CREATE POLICY poster_books ON accounting.stock_total TO onhand_poster
  USING (true) WITH CHECK (true);
CREATE POLICY house_rows ON accounting.entry TO onhand_reader, onhand_writer
  USING (current_setting('onhand.owner', true) = '*')
  WITH CHECK (current_setting('onhand.owner', true) = '*');
CREATE POLICY poster_books ON accounting.entry TO onhand_poster
  USING (true) WITH CHECK (true);
CREATE POLICY house_rows ON accounting.entry_line TO onhand_reader, onhand_writer
  USING (current_setting('onhand.owner', true) = '*')
  WITH CHECK (current_setting('onhand.owner', true) = '*');
CREATE POLICY poster_books ON accounting.entry_line TO onhand_poster
  USING (true) WITH CHECK (true);
CREATE POLICY house_rows ON accounting.entry_total TO onhand_reader, onhand_writer
  USING (current_setting('onhand.owner', true) = '*')
  WITH CHECK (current_setting('onhand.owner', true) = '*');
CREATE POLICY poster_books ON accounting.entry_total TO onhand_poster
  USING (true) WITH CHECK (true);
CREATE POLICY house_rows ON accounting.entry_bucket TO onhand_reader, onhand_writer
  USING (current_setting('onhand.owner', true) = '*')
  WITH CHECK (current_setting('onhand.owner', true) = '*');
CREATE POLICY poster_books ON accounting.entry_bucket TO onhand_poster
  USING (true) WITH CHECK (true);
CREATE POLICY house_rows ON accounting.period_change TO onhand_reader, onhand_writer
  USING (current_setting('onhand.owner', true) = '*')
  WITH CHECK (current_setting('onhand.owner', true) = '*');
CREATE POLICY poster_books ON accounting.period_change TO onhand_poster
  USING (true) WITH CHECK (true);
