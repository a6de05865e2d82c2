import { z } from 'zod';
import type { LedgerService } from '../../ledger/index.ts';
import type { Context, Principal } from '../../platform/context.ts';
import { readAs } from '../../platform/database.ts';
import { invalidRequest, Problem } from '../../platform/problems.ts';
import { releaseOrder } from '../fulfilment/release.ts';
import { type ShipBody, shipBody } from '../fulfilment/schemas.ts';
import { shipRequest } from '../fulfilment/ship.ts';
import { createSourcedOrders } from '../sourcing/order-service.ts';
import { cancelOrder } from './cancel.ts';
import { createCaptureDesk } from './capture-desk.ts';
import { changeOrder } from './change.ts';
import { listOrders, listQuery } from './list.ts';
import { idFromKey } from './resolve.ts';
import {
  type CancelBody,
  type CaptureAnswer,
  cancelBody,
  captureBody,
  type OrderAnswer,
  type OrderHeader,
  type ShipmentAnswer,
} from './schemas.ts';
import type { OrderService } from './service.ts';
import { readOrder } from './view.ts';

type Given = Readonly<Record<string, unknown>>;

/** Sales orders for other modules and for commands: what the API does, without HTTP. */
export interface SalesOrders {
  /**
   * Captures one; `key` is an Idempotency-Key: the same key and body give the first answer again.
   * @throws Problem invalid-request, insufficient-availability, conflict, idempotency-key-reused.
   */
  capture(principal: Principal, key: string, body: Given): Promise<CaptureAnswer>;
  /** @throws Problem not-found. */
  read(principal: Principal, number: string): Promise<OrderAnswer>;
  /** @throws Problem invalid-request. */
  list(
    principal: Principal,
    query: Given,
  ): Promise<{ items: OrderHeader[]; nextCursor: string | null }>;
  /** @throws Problem not-found, invalid-request, state-conflict. */
  cancel(principal: Principal, number: string, body: CancelBody): Promise<OrderAnswer>;
  /** @throws Problem not-found, sales-order-held, state-conflict. */
  release(principal: Principal, number: string): Promise<OrderAnswer>;
  /** Ships a fulfilment request. @throws Problem as POST .../ship answers it. */
  ship(principal: Principal, key: string, request: string, body: ShipBody): Promise<ShipmentAnswer>;
}

/** Reads what somebody gave by its schema. @throws Problem invalid-request. */
function read<T extends z.ZodType>(schema: T, given: unknown): z.output<T> {
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const errors = result.error.issues.map(({ path, message }) => ({
    path: path.join('.'),
    message,
  }));
  const [first] = errors;
  throw new Problem(invalidRequest, `${first?.path}: ${first?.message}`, { errors });
}

/**
 * Captures one sales order for another module, such as the goods that replace returned ones.
 * @param key as an Idempotency-Key: the same key and body give the first answer again.
 * @throws Problem invalid-request, insufficient-availability, conflict, idempotency-key-reused.
 */
export async function captureSalesOrder(
  service: OrderService,
  principal: Principal,
  key: string,
  given: Given,
): Promise<CaptureAnswer> {
  const body = read(captureBody, given);
  const orderId = idFromKey(key, principal, 'sales_order');
  const answer = await createCaptureDesk(service).capture({ principal, orderId, body });
  if (answer instanceof Problem) throw answer;
  return answer;
}

/** Opens sales orders on a ledger of this process. */
export function createSalesOrders(context: Context, ledger: LedgerService): SalesOrders {
  const service = createSourcedOrders(context, ledger);
  const { database } = context;
  return {
    capture: (principal, key, given) => captureSalesOrder(service, principal, key, given),
    read: (principal, number) => readAs(database, principal.scope, (tx) => readOrder(tx, number)),
    list: (principal, given) => {
      const query = read(z.strictObject(listQuery), given);
      return readAs(database, principal.scope, (tx) => listOrders(tx, query, context.clock()));
    },
    cancel: async (principal, number, given) => {
      const body = read(cancelBody, given);
      const change = changeOrder(service, { principal }, number, (draft) =>
        cancelOrder(draft, body),
      );
      return (await change).body as OrderAnswer;
    },
    release: async (principal, number) => {
      const by = { actorId: principal.principalId, at: context.clock() };
      const change = changeOrder(service, { principal }, number, (draft, tx) =>
        releaseOrder(tx, draft, by),
      );
      return (await change).body as OrderAnswer;
    },
    ship: async (principal, key, request, given) => {
      const body = read(shipBody, given);
      const shipmentId = idFromKey(key, principal, 'shipment');
      const { answer } = await shipRequest(service, { principal, shipmentId, body }, request);
      return answer;
    },
  };
}
