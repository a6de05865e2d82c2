-- The poster may append facts and update what is derived from them; nobody may alter a fact.

GRANT USAGE ON SCHEMA ledger TO onhand_poster, onhand_writer, onhand_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA ledger TO onhand_poster, onhand_reader;
GRANT INSERT ON ledger.movement, ledger.entry, ledger.value_entry, ledger.batch,
  ledger.layer_consumption, ledger.movement_serial, ledger.exception TO onhand_poster;
GRANT INSERT, UPDATE ON ledger.balance, ledger.availability, ledger.cost_pool, ledger.cost_layer,
  ledger.reservation, ledger.allocation, ledger.serial, ledger.handling_unit,
  ledger.consumer_checkpoint TO onhand_poster;
GRANT INSERT, UPDATE ON ledger.journal_head TO onhand_poster;
GRANT INSERT ON ledger.position, ledger.lot, ledger.device, ledger.document TO onhand_poster;
GRANT UPDATE (expires_on, manufactured_on) ON ledger.lot TO onhand_poster;
GRANT INSERT ON ledger.verified TO onhand_poster;

ALTER TABLE ledger.handling_unit ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger.position ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger.balance ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger.availability ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger.cost_pool ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger.cost_layer ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger.layer_consumption ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger.movement ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger.entry ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger.value_entry ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger.reservation ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger.allocation ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger.serial ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger.movement_serial ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger.exception ENABLE ROW LEVEL SECURITY;

CREATE POLICY owner_reads ON ledger.handling_unit FOR SELECT TO onhand_reader
  USING (current_setting('onhand.owner', true) IN ('*', owner_id::text));
CREATE POLICY poster_posts ON ledger.handling_unit TO onhand_poster USING (true) WITH CHECK (true);
CREATE POLICY owner_reads ON ledger.position FOR SELECT TO onhand_reader
  USING (current_setting('onhand.owner', true) IN ('*', owner_id::text));
CREATE POLICY poster_posts ON ledger.position TO onhand_poster USING (true) WITH CHECK (true);
CREATE POLICY owner_reads ON ledger.balance FOR SELECT TO onhand_reader
  USING (current_setting('onhand.owner', true) IN ('*', owner_id::text));
CREATE POLICY poster_posts ON ledger.balance TO onhand_poster USING (true) WITH CHECK (true);
CREATE POLICY owner_reads ON ledger.availability FOR SELECT TO onhand_reader
  USING (current_setting('onhand.owner', true) IN ('*', owner_id::text));
CREATE POLICY poster_posts ON ledger.availability TO onhand_poster USING (true) WITH CHECK (true);
CREATE POLICY owner_reads ON ledger.cost_pool FOR SELECT TO onhand_reader
  USING (current_setting('onhand.owner', true) IN ('*', owner_id::text));
CREATE POLICY poster_posts ON ledger.cost_pool TO onhand_poster USING (true) WITH CHECK (true);
CREATE POLICY owner_reads ON ledger.cost_layer FOR SELECT TO onhand_reader
  USING (current_setting('onhand.owner', true) IN ('*', owner_id::text));
CREATE POLICY poster_posts ON ledger.cost_layer TO onhand_poster USING (true) WITH CHECK (true);
CREATE POLICY owner_reads ON ledger.layer_consumption FOR SELECT TO onhand_reader
  USING (current_setting('onhand.owner', true) IN ('*', owner_id::text));
CREATE POLICY poster_posts ON ledger.layer_consumption TO onhand_poster
  USING (true) WITH CHECK (true);
CREATE POLICY owner_reads ON ledger.movement FOR SELECT TO onhand_reader
  USING (current_setting('onhand.owner', true) IN ('*', owner_id::text));
CREATE POLICY poster_posts ON ledger.movement TO onhand_poster USING (true) WITH CHECK (true);
CREATE POLICY owner_reads ON ledger.entry FOR SELECT TO onhand_reader
  USING (current_setting('onhand.owner', true) IN ('*', owner_id::text));
CREATE POLICY poster_posts ON ledger.entry TO onhand_poster USING (true) WITH CHECK (true);
CREATE POLICY owner_reads ON ledger.value_entry FOR SELECT TO onhand_reader
  USING (current_setting('onhand.owner', true) IN ('*', owner_id::text));
CREATE POLICY poster_posts ON ledger.value_entry TO onhand_poster USING (true) WITH CHECK (true);
CREATE POLICY owner_reads ON ledger.reservation FOR SELECT TO onhand_reader
  USING (current_setting('onhand.owner', true) IN ('*', owner_id::text));
CREATE POLICY poster_posts ON ledger.reservation TO onhand_poster USING (true) WITH CHECK (true);
CREATE POLICY owner_reads ON ledger.allocation FOR SELECT TO onhand_reader
  USING (current_setting('onhand.owner', true) IN ('*', owner_id::text));
CREATE POLICY poster_posts ON ledger.allocation TO onhand_poster USING (true) WITH CHECK (true);
CREATE POLICY owner_reads ON ledger.serial FOR SELECT TO onhand_reader
  USING (current_setting('onhand.owner', true) IN ('*', owner_id::text));
CREATE POLICY poster_posts ON ledger.serial TO onhand_poster USING (true) WITH CHECK (true);
CREATE POLICY owner_reads ON ledger.movement_serial FOR SELECT TO onhand_reader
  USING (current_setting('onhand.owner', true) IN ('*', owner_id::text));
CREATE POLICY poster_posts ON ledger.movement_serial TO onhand_poster
  USING (true) WITH CHECK (true);
CREATE POLICY owner_reads ON ledger.exception FOR SELECT TO onhand_reader
  USING (current_setting('onhand.owner', true) IN ('*', owner_id::text));
CREATE POLICY poster_posts ON ledger.exception TO onhand_poster USING (true) WITH CHECK (true);
