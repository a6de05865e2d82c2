export { type BatchHandler, consume, type PostedBatch } from './consume.ts';
export { streamRoutes } from './stream.routes.ts';
