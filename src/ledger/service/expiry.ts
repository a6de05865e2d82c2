import { type FieldError, invalidRequest, Problem } from '../../platform/problems.ts';

/** How long a reservation is to last: for so many seconds, or up to an instant. */
export interface RequestedExpiry {
  readonly expiresInSeconds?: number | undefined;
  readonly expiresAt?: string | undefined;
}

/** When a reservation asked for like this expires, in milliseconds; null means never. */
export function expiryOf(request: RequestedExpiry, now: number): number | null {
  if (request.expiresAt !== undefined) return Date.parse(request.expiresAt);
  return request.expiresInSeconds === undefined ? null : now + request.expiresInSeconds * 1000;
}

/** Both ways to say it at once: whichever was preferred, half of the callers would be wrong. */
export function ambiguousExpiry(request: RequestedExpiry): FieldError | null {
  const { expiresInSeconds, expiresAt } = request;
  if (expiresInSeconds === undefined || expiresAt === undefined) return null;
  const message = 'is given beside expiresInSeconds';
  return { path: 'expiresAt', message, expected: 'one of the two', found: expiresAt };
}

/** @throws Problem invalid-request where the expiry is said both ways. */
export function requireOneExpiry(request: RequestedExpiry): void {
  const error = ambiguousExpiry(request);
  if (error)
    throw new Problem(invalidRequest, `${error.path} ${error.message}.`, { errors: [error] });
}
