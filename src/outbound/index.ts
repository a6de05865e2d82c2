export { readShippedLines, type ShippedLine } from './fulfilment/shipped.queries.ts';
export { outboundRoutes } from './module.ts';
export { captureSalesOrder } from './orders/capture-one.ts';
export { createOrderService, type OrderService } from './orders/service.ts';
