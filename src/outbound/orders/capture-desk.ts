import type { Problem } from '../../platform/problems.ts';
import { type CaptureRequest, captureTogether } from './capture.ts';
import { captureFromCart } from './capture-cart.ts';
import { createLane } from './lane.ts';
import type { CaptureAnswer } from './schemas.ts';
import type { OrderService } from './service.ts';

/** Where captures come in; one a process. */
export interface CaptureDesk {
  /** Captures one sales order with others that arrive at the same time. */
  capture(request: CaptureRequest): Promise<CaptureAnswer | Problem>;
  /** Finishes what was taken in. */
  drain(): Promise<void>;
}

/** Sales orders of one transaction at most. */
const BATCH_MAX = 500;

export function createCaptureDesk(service: OrderService): CaptureDesk {
  const lane = createLane<CaptureRequest, CaptureAnswer | Problem>(
    (requests) => captureTogether(service, requests),
    BATCH_MAX,
  );
  return {
    capture: (request) =>
      request.body.cartHold === undefined ? lane.do(request) : captureFromCart(service, request),
    drain: () => lane.drain(),
  };
}
