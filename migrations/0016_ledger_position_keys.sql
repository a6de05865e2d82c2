-- A position is made once and named by millions of movements: that what it names exists is checked
-- when it is made and costs no posting anything. Items, locations and owners are reference data,
-- which may be on every node.
ALTER TABLE ledger.position ADD CONSTRAINT position_item
  FOREIGN KEY (item_id) REFERENCES catalog.item;
ALTER TABLE ledger.position ADD CONSTRAINT position_location_exists
  FOREIGN KEY (location_id) REFERENCES network.location;
ALTER TABLE ledger.position ADD CONSTRAINT position_owner
  FOREIGN KEY (owner_id) REFERENCES sellers.owner;
