-- A chart of accounts and posting rules to begin with; both are edited over the API.

INSERT INTO accounting.account (account_id, code, name, type, purpose) VALUES
  (1, '1000', 'Bank', 'asset', NULL),
  (2, '1100', 'Accounts receivable', 'asset', 'receivable'),
  (3, '1200', 'Purchase tax recoverable', 'asset', 'tax'),
  (4, '1300', 'Inventory', 'asset', 'inventory'),
  (5, '1350', 'Inventory in transit', 'asset', 'in_transit'),
  (6, '1390', 'Conversion clearing', 'asset', 'conversion'),
  (7, '1990', 'Suspense', 'asset', 'suspense'),
  (8, '2000', 'Accounts payable', 'liability', 'payable'),
  (9, '2100', 'Goods received, not invoiced', 'liability', 'grni'),
  (10, '2150', 'Landed cost clearing', 'liability', 'landed_cost'),
  (11, '2200', 'Sales tax payable', 'liability', 'tax'),
  (12, '3000', 'Opening balance', 'equity', NULL),
  (13, '3100', 'Retained earnings', 'equity', NULL),
  (14, '4000', 'Revenue', 'revenue', 'revenue'),
  (15, '4050', 'Shipping revenue', 'revenue', 'revenue'),
  (16, '4100', 'Discounts', 'revenue', 'revenue'),
  (17, '4200', 'Refunds', 'revenue', 'refunds'),
  (18, '5000', 'Cost of goods sold', 'expense', 'cogs'),
  (19, '5100', 'Purchase price variance', 'expense', 'variance'),
  (20, '5150', 'Inventory revaluation', 'expense', 'variance'),
  (21, '5200', 'Shrinkage', 'expense', 'shrinkage'),
  (22, '5210', 'Damaged, expired and scrapped', 'expense', 'shrinkage'),
  (23, '5290', 'Other adjustments', 'expense', 'shrinkage'),
  (24, '6000', 'Operating expenses', 'expense', NULL),
  (25, '6900', 'Exchange differences', 'expense', NULL),
  (26, '6910', 'Rounding', 'expense', NULL);

INSERT INTO accounting.posting_rule
  (rule_id, code, side, account_id, location_id, movement_kind, reason, role)
SELECT r.id, r.code, r.side, a.account_id, l.location_id, NULL, r.reason, r.role
FROM (VALUES
  (1, 'inventory', 'pool', '1300', NULL, NULL, NULL),
  (2, 'grni', 'supplier', '2100', NULL, NULL, NULL),
  (3, 'landed-cost', 'supplier', '2150', NULL, 'landed_cost', NULL),
  (4, 'cogs', 'customer', '5000', NULL, NULL, NULL),
  (5, 'in-transit', 'in_transit', '1350', NULL, NULL, NULL),
  (6, 'opening', 'opening', '3000', NULL, NULL, NULL),
  (7, 'conversion', 'conversion', '1390', NULL, NULL, NULL),
  (8, 'adjustment', 'adjustment', '5290', NULL, NULL, NULL),
  (9, 'count', 'adjustment', '5200', 'ADJ-COUNT', NULL, NULL),
  (10, 'theft', 'adjustment', '5200', 'ADJ-THEFT', NULL, NULL),
  (11, 'found', 'adjustment', '5200', 'ADJ-FOUND', NULL, NULL),
  (12, 'damage', 'adjustment', '5210', 'ADJ-DAMAGE', NULL, NULL),
  (13, 'expiry', 'adjustment', '5210', 'ADJ-EXPIRY', NULL, NULL),
  (14, 'scrap', 'adjustment', '5210', 'ADJ-SCRAP', NULL, NULL),
  (15, 'price-variance', 'adjustment', '5100', 'ADJ-PPV', NULL, NULL),
  (16, 'revaluation', 'adjustment', '5150', 'ADJ-REVALUE', NULL, NULL),
  (30, 'unknown-role', 'booking', '1990', NULL, NULL, NULL),
  (31, 'receivable', 'booking', '1100', NULL, NULL, 'receivable'),
  (32, 'revenue', 'booking', '4000', NULL, NULL, 'revenue'),
  (33, 'shipping-revenue', 'booking', '4050', NULL, NULL, 'shipping_revenue'),
  (34, 'discount', 'booking', '4100', NULL, NULL, 'discount'),
  (35, 'sales-tax', 'booking', '2200', NULL, NULL, 'sales_tax'),
  (36, 'refunds', 'booking', '4200', NULL, NULL, 'refunds'),
  (37, 'payable', 'booking', '2000', NULL, NULL, 'payable'),
  (38, 'purchase-tax', 'booking', '1200', NULL, NULL, 'purchase_tax'),
  (39, 'booked-grni', 'booking', '2100', NULL, NULL, 'grni'),
  (40, 'landed-cost-clearing', 'booking', '2150', NULL, NULL, 'landed_cost_clearing'),
  (41, 'booked-price-variance', 'booking', '5100', NULL, NULL, 'purchase_price_variance'),
  (42, 'exchange-difference', 'booking', '6900', NULL, NULL, 'exchange_difference'),
  (43, 'rounding', 'booking', '6910', NULL, NULL, 'rounding')
) r(id, code, side, account, location, reason, role)
JOIN accounting.account a ON a.code = r.account
LEFT JOIN network.location l ON l.code = r.location;

INSERT INTO accounting.policy (version, time_zone, action, actor_id, recorded_at)
VALUES (1, 'UTC', 'made', 1, now());

INSERT INTO accounting.posting_rule_version
  (rule_id, since_version, side, account_id, location_id, reason_id, role)
SELECT p.rule_id, 1, p.side, p.account_id, p.location_id, r.reason_id, p.role
FROM accounting.posting_rule p LEFT JOIN ledger.reason r ON r.code = p.reason;

INSERT INTO accounting.head (head_id, entry_seq, hash, version, booking_horizon)
VALUES (1, 0, sha256('onhand books'), 1, 0);
