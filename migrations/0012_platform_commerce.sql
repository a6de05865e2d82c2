-- What purchasing, sales, returns and accounting share: rates of exchange, the trail of each
-- document, and the bookings that documents hand to the books.

-- What one unit of a foreign currency was worth in the house currency. The newest rate on or
-- before a day is the rate of that day.
CREATE TABLE platform.exchange_rate (
  currency    text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  valid_on    date NOT NULL,
  -- House currency for one unit of the foreign one.
  rate        numeric(20, 10) NOT NULL CHECK (rate > 0),
  recorded_at timestamptz NOT NULL,
  actor_id    integer NOT NULL,
  PRIMARY KEY (currency, valid_on)
);
COMMENT ON TABLE platform.exchange_rate IS
  'House currency for one unit of a foreign currency, by day; recorded once and never changed';

-- Who did what to a document, and when: append-only.
CREATE TABLE platform.document_history (
  history_id      uuid PRIMARY KEY,
  owner_id        integer NOT NULL,
  document_type   text NOT NULL,
  document_number text NOT NULL,
  -- The line it is about; null for the whole document.
  line            integer,
  action          text NOT NULL,
  from_state      text,
  to_state        text,
  note            text,
  details         jsonb,
  actor_id        integer NOT NULL,
  recorded_at     timestamptz NOT NULL
);
CREATE INDEX document_history_document
  ON platform.document_history (document_type, document_number, recorded_at, history_id);
COMMENT ON TABLE platform.document_history IS 'The audit trail of every document';

-- Money that a document moves and no stock movement carries: revenue, receivables, payables. It
-- commits with the document; the books take it in exactly once, by its id.
CREATE TABLE platform.booking (
  booking_id      uuid PRIMARY KEY,
  -- The transaction that wrote it, so that a reader knows what cannot appear any more below.
  transaction_id  xid8 NOT NULL DEFAULT pg_current_xact_id(),
  kind            text NOT NULL,
  document_type   text NOT NULL,
  document_number text NOT NULL,
  party           text,
  currency        text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  rate            numeric(20, 10) NOT NULL CHECK (rate > 0),
  description     text NOT NULL,
  lines           jsonb NOT NULL,
  actor_id        integer NOT NULL,
  occurred_at     timestamptz NOT NULL,
  recorded_at     timestamptz NOT NULL
);
CREATE INDEX booking_transaction ON platform.booking (transaction_id);
COMMENT ON TABLE platform.booking IS
  'Outbox of documents for the books: balanced lines by role, in house currency';

GRANT SELECT, INSERT ON platform.exchange_rate, platform.document_history, platform.booking
  TO onhand_writer, onhand_poster;
GRANT SELECT ON platform.exchange_rate, platform.document_history, platform.booking
  TO onhand_reader;

ALTER TABLE platform.document_history ENABLE ROW LEVEL SECURITY;
CREATE POLICY owner_rows ON platform.document_history TO onhand_reader, onhand_writer
  USING (current_setting('onhand.owner', true) IN ('*', owner_id::text))
  WITH CHECK (current_setting('onhand.owner', true) IN ('*', owner_id::text));
CREATE POLICY poster_writes ON platform.document_history TO onhand_poster
  USING (true) WITH CHECK (true);

-- Bookings are the house's own money.
ALTER TABLE platform.booking ENABLE ROW LEVEL SECURITY;
CREATE POLICY house_rows ON platform.booking TO onhand_reader, onhand_writer
  USING (current_setting('onhand.owner', true) = '*')
  WITH CHECK (current_setting('onhand.owner', true) = '*');
CREATE POLICY poster_writes ON platform.booking TO onhand_poster USING (true) WITH CHECK (true);
