export {
  approveSupplierInvoice,
  listPurchaseOrders,
  movePurchaseOrder,
  type PurchaseOrderHead,
  type PurchaseOrderVerb,
  readBottlenecks,
  readPurchaseOrder,
  readScorecard,
  receivePurchaseOrder,
} from './desk.ts';
export { type ExpectedReceipt, readExpectedReceipts } from './expected.queries.ts';
export { type GrniRow, readGrni } from './grni.queries.ts';
export { DISCREPANCY_CODES, type DiscrepancyCode } from './match.ts';
export { inboundRoutes } from './module.ts';
export { createPurchaseOrder } from './purchase-order.door.ts';
export { PURCHASE_ORDER_STATES } from './states.ts';
export { supplierImports } from './supplier.routes.ts';
export { createSupplierReturn } from './supplier-return.commands.ts';
export { finishSupplierReturn } from './supplier-return.door.ts';
