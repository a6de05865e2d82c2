import type { Socket } from 'node:net';
import type { FastifyReply } from 'fastify';
import { overloaded, Problem } from '../../platform/problems.ts';

/** Waiting for a turn and being done, at most. */
export const RECKONING_TIMEOUT_MS = 60_000;

/**
 * A signal that ends work when its caller has gone away. A caller who waits says nothing, so its
 * socket may be silent for as long as that may take. The request's own signal will not do: it
 * ends with the request's body.
 */
export function whileSomebodyWaits({ raw, request }: FastifyReply): AbortSignal {
  // An injected request has no socket.
  (request.raw.socket as Partial<Socket>).setTimeout?.(RECKONING_TIMEOUT_MS);
  const waiting = new AbortController();
  const gone = new Problem(overloaded, 'Nobody waits for the answer any more.');
  raw.once('close', () => waiting.abort(gone));
  return waiting.signal;
}
