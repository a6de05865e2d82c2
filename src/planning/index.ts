export { planningRoutes } from './module.ts';
