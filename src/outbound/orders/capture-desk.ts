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

/** Sales orders of one transaction at most, and transactions at a time. */
const BATCH_MAX = 500;
const PARALLEL = 2;

type Answer = CaptureAnswer | Problem;

export function createCaptureDesk(service: OrderService): CaptureDesk {
  const lane = createLane<CaptureRequest, Answer>(
    (requests) => captureTogether(service, requests),
    BATCH_MAX,
    PARALLEL,
  );
  const inFlight = new Map<string, Promise<Answer>>();
  const begin = (request: CaptureRequest): Promise<Answer> => {
    const isCart = request.body.cartHold !== undefined;
    const started = isCart ? captureFromCart(service, request) : lane.do(request);
    const ended = started.finally(() => {
      if (inFlight.get(request.orderId) === ended) inFlight.delete(request.orderId);
    });
    inFlight.set(request.orderId, ended);
    return ended;
  };
  return {
    // A repetition waits for the first one: it must not be refused for what that has taken.
    capture: async (request) => {
      const first = inFlight.get(request.orderId);
      if (!first) return begin(request);
      await first.catch(() => {});
      return begin(request);
    },
    drain: () => lane.drain(),
  };
}
