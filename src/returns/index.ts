export type { ReturnAnswer } from './answer-schemas.ts';
export { createReturnDesk, type ReturnDesk } from './desk.ts';
export { returnsRoutes } from './module.ts';
export { REASON_CODES } from './policy.ts';
export { GRADES } from './schemas.ts';
export { RETURN_STATES } from './states.ts';
