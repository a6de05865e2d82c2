export { type ExpectedReceipt, readExpectedReceipts } from './expected.queries.ts';
export { type GrniRow, readGrni } from './grni.queries.ts';
export { inboundRoutes } from './module.ts';
export { supplierImports } from './supplier.routes.ts';
export { createSupplierReturn } from './supplier-return.commands.ts';
export { finishSupplierReturn } from './supplier-return.door.ts';
