import type { Principal } from '../../platform/context.ts';
import { Problem } from '../../platform/problems.ts';
import { createCaptureDesk } from './capture-desk.ts';
import { idFromKey } from './resolve.ts';
import { type CaptureAnswer, captureBody } from './schemas.ts';
import type { OrderService } from './service.ts';

/**
 * Captures one sales order for another module, such as the goods that replace returned ones.
 * @param key as an Idempotency-Key: the same key and body give the first answer again.
 * @throws Problem invalid-request, insufficient-availability, conflict, idempotency-key-reused.
 */
export async function captureSalesOrder(
  service: OrderService,
  principal: Principal,
  key: string,
  body: Readonly<Record<string, unknown>>,
): Promise<CaptureAnswer> {
  const desk = createCaptureDesk(service);
  const orderId = idFromKey(key, principal, 'sales_order');
  const answer = await desk.capture({ principal, orderId, body: captureBody.parse(body) });
  if (answer instanceof Problem) throw answer;
  return answer;
}
