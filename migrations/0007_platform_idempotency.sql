-- Answers of creating requests by Idempotency-Key, so that a repeated request gets the first
-- answer. The row commits with what it answers for; a refused request leaves no row and may be
-- corrected and sent again under the same key.

CREATE TABLE platform.idempotency_key (
  principal_id integer NOT NULL,
  key text NOT NULL CHECK (length(key) BETWEEN 1 AND 200),
  owner_id integer,
  -- SHA-256 of method, path and canonical body.
  request_hash bytea NOT NULL CHECK (octet_length(request_hash) = 32),
  -- Null only inside the transaction that is working on the answer.
  status smallint,
  headers jsonb,
  body jsonb,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (principal_id, key)
);
COMMENT ON TABLE platform.idempotency_key IS
  'The first answer to each creating request that carried an Idempotency-Key';

GRANT SELECT, INSERT, UPDATE ON platform.idempotency_key TO onhand_writer;

ALTER TABLE platform.idempotency_key ENABLE ROW LEVEL SECURITY;
CREATE POLICY idempotency_key_owner ON platform.idempotency_key TO onhand_writer
  USING (current_setting('onhand.owner', true) IN ('*', owner_id::text));
