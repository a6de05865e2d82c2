import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import {
  declareProblem,
  type FieldError,
  invalidRequest,
  overloaded,
  Problem,
  type ProblemType,
} from '../platform/problems.ts';

export const PROBLEM_MEDIA_TYPE = 'application/problem+json; charset=utf-8';

const internalError = declareProblem({
  name: 'internal-error',
  status: 500,
  title: 'The server made a mistake',
  remedy: 'Report it with the `requestId`. If it was a command, ask for its outcome by its id.',
});
const bodyTooLarge = declareProblem({
  name: 'body-too-large',
  status: 413,
  title: 'The body is too large',
  remedy: 'Send fewer lines at a time; BODY_LIMIT_BYTES is the limit.',
});
const unsupportedMediaType = declareProblem({
  name: 'unsupported-media-type',
  status: 415,
  title: 'The content type is not supported',
  remedy: 'Send `Content-Type: application/json`, or what the reference names for the route.',
});
export const methodNotAllowed = declareProblem({
  name: 'method-not-allowed',
  status: 405,
  title: 'The method is not allowed here',
  remedy: 'Use a method that the `Allow` header names.',
});
const databaseUnavailable = declareProblem({
  name: 'database-unavailable',
  status: 503,
  title: 'The database does not answer',
  remedy: 'Send it again after the seconds in `Retry-After`, with the same command id.',
});
const timedOut = declareProblem({
  name: 'timed-out',
  status: 503,
  title: 'The answer took too long',
  remedy: 'The outcome is not known: ask for it by the command id, or send the same again.',
});
export const tooManyRequests = declareProblem({
  name: 'too-many-requests',
  status: 429,
  title: 'The key sends too many requests',
  remedy: 'Send it again after the seconds in `Retry-After`.',
});

/** What fastify itself refuses, by its error code or status. */
const OF_FRAMEWORK: Record<string, ProblemType> = {
  FST_ERR_CTP_BODY_TOO_LARGE: bodyTooLarge,
  FST_ERR_CTP_INVALID_MEDIA_TYPE: unsupportedMediaType,
  FST_ERR_HANDLER_TIMEOUT: timedOut,
};

const NETWORK_ERRORS: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
]);

/** SQLSTATE classes: 08 connection, 57P server going down or starting, 53 out of resources. */
function isDatabaseUnavailable(error: FastifyError): boolean {
  const { code = '', message } = error;
  if (NETWORK_ERRORS.has(code) || /^(08|57P0[123]|53)/.test(code)) return true;
  return /Connection terminated|not queryable|timeout exceeded when trying to connect/.test(
    message,
  );
}

/** Parts of a request as callers know them, by fastify's names. */
const PARTS: Record<string, string> = { querystring: 'query' };

function shown(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'object' && value !== null)
    return Array.isArray(value) ? 'a list' : 'an object';
  return `${value}`.slice(0, 100);
}

function found(request: FastifyRequest, part: string, path: readonly string[]): string | undefined {
  const root: Record<string, unknown> = {
    body: request.body,
    query: request.query,
    params: request.params,
    headers: request.headers,
  };
  let value: unknown = root[part];
  for (const name of path) value = (value as Record<string, unknown> | undefined)?.[name];
  return shown(value);
}

/** Every wrong field of a request that its schema refused. */
function fieldErrors(error: FastifyError, request: FastifyRequest): FieldError[] {
  const context = error.validationContext ?? 'body';
  const part = PARTS[context] ?? context;
  return (error.validation ?? []).map((issue) => {
    const path = issue.instancePath.split('/').filter((name) => name !== '');
    const value = found(request, part, path);
    const field = { path: [part, ...path].join('.'), message: issue.message ?? 'is not valid' };
    return value === undefined ? field : { ...field, found: value };
  });
}

/** The declared problem that an error is for its caller; undefined for a mistake of ours. */
function toProblem(error: FastifyError, request: FastifyRequest): Problem | undefined {
  if (error instanceof Problem) return error;
  if (hasZodFastifySchemaValidationErrors(error)) {
    const errors = fieldErrors(error, request);
    const count = errors.length === 1 ? 'One field is' : `${errors.length} fields are`;
    return new Problem(invalidRequest, `${count} not valid.`, { errors });
  }
  const type = OF_FRAMEWORK[error.code];
  if (type) return new Problem(type, error.message);
  if (isDatabaseUnavailable(error)) {
    return new Problem(databaseUnavailable, 'The database does not answer.', {
      retryAfterSeconds: 1,
    });
  }
  const status = error.statusCode ?? 500;
  if (status >= 400 && status < 500) return new Problem(invalidRequest, error.message);
  if (status === 503) return new Problem(overloaded, error.message, { retryAfterSeconds: 1 });
  return undefined;
}

function plain(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}

/** The problem document (RFC 9457) as JSON text; bigints become decimal strings. */
export function problemDocument(problem: Problem, requestId: string): string {
  const { name, status, title } = problem.type;
  const { message: detail, extras } = problem;
  return JSON.stringify(
    { ...extras, type: `/problems/${name}`, title, status, detail, requestId },
    plain,
  );
}

/** Sends a problem, with Retry-After when it tells when to come again. */
export function sendProblem(
  problem: Problem,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const seconds = problem.extras.retryAfterSeconds;
  if (typeof seconds === 'number') reply.header('retry-after', Math.ceil(seconds));
  if (problem.type.status === 401) reply.header('www-authenticate', 'Bearer realm="onhand"');
  // The route's response schemas are for its answers; a problem is written as it is.
  return reply
    .code(problem.type.status)
    .type(PROBLEM_MEDIA_TYPE)
    .serializer((text: string) => text)
    .send(problemDocument(problem, request.id));
}

/** The one error handler: callers get declared problems, and of our mistakes only the id. */
export function handleError(
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const problem = toProblem(error, request);
  if (problem && problem.type.status < 500) return sendProblem(problem, request, reply);
  if (problem) {
    request.log.warn({ err: error, problem: problem.type.name }, 'request refused');
    return sendProblem(problem, request, reply);
  }
  request.log.error({ err: error }, 'request failed');
  const hidden = new Problem(internalError, 'The server made a mistake; it has been logged.');
  return sendProblem(hidden, request, reply);
}
