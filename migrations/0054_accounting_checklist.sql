-- The checklist of a closing tells of steps of every document that wait to be finished.

GRANT SELECT ON outbound.transfer_step TO onhand_reader;
