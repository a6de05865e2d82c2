export { outboundRoutes } from './module.ts';
