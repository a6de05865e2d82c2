-- What the last clean verification found in each cost pool: a verification since a checkpoint
-- begins there, since no movement says what a pool held.
CREATE TABLE ledger.verified_pool (
  cost_pool_id bigint  NOT NULL,
  quantity     bigint  NOT NULL,
  value        bigint  NOT NULL,
  seq          bigint  NOT NULL,
  journal      integer NOT NULL,
  PRIMARY KEY (journal, cost_pool_id)
);
GRANT SELECT, INSERT, UPDATE ON ledger.verified_pool TO onhand_poster;
