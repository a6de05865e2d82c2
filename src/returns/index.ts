export { returnsRoutes } from './module.ts';
