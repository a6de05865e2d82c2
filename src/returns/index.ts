export { createReturnDesk, type ReturnDesk } from './desk.ts';
export { returnsRoutes } from './module.ts';
export { REASON_CODES } from './policy.ts';
export { GRADES, type ReturnAnswer } from './schemas.ts';
export { RETURN_STATES } from './states.ts';
