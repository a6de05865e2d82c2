-- What a planner may say of how an item is stocked: which policy, until when it is sold, and
-- that cost decides instead of a service.

ALTER TABLE planning.setting
  ADD COLUMN policy text
    CHECK (policy IN ('base_stock', 'r_Q', 's_S', 'newsvendor', 'perishable', 'wagner_whitin')),
  -- The last day on which it is sold; null: no end is known.
  ADD COLUMN ends_on date;
ALTER TABLE planning.setting DROP CONSTRAINT setting_service_measure_check;
ALTER TABLE planning.setting ADD CONSTRAINT setting_service_measure_check
  CHECK (service_measure IN ('fill_rate', 'cycle_service', 'least_cost'));
