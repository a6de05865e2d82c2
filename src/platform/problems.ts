/**
 * Declared problems (RFC 9457). Every error a caller can meet is declared once, here or in its
 * module, and thrown as a {@link Problem}; one handler in the API renders them.
 */
export interface ProblemType {
  /** Kebab-case name; the URI is `/problems/<name>`. */
  readonly name: string;
  readonly status: number;
  readonly title: string;
  /** What the caller can do about it, for the generated error reference. */
  readonly remedy: string;
}

const declared = new Map<string, ProblemType>();

/** Declares a problem type; two declarations of one name are a programmer error. */
export function declareProblem(type: ProblemType): ProblemType {
  if (declared.has(type.name)) throw new Error(`problem '${type.name}' is declared twice`);
  declared.set(type.name, type);
  return type;
}

/** All declared problem types by name, for the error reference. */
export function problemTypes(): ProblemType[] {
  return [...declared.values()].sort((a, b) => a.name.localeCompare(b.name));
}

/** One wrong field: where, what was expected, what was found. */
export interface FieldError {
  readonly path: string;
  readonly message: string;
  readonly expected?: string;
  readonly found?: string;
}

/** An error that the caller is meant to see. `extras` become members of the problem document. */
export class Problem extends Error {
  readonly type: ProblemType;
  readonly extras: Record<string, unknown>;

  constructor(type: ProblemType, detail: string, extras: Record<string, unknown> = {}) {
    super(detail);
    this.name = 'Problem';
    this.type = type;
    this.extras = extras;
  }
}

/** The RFC 9457 document of a problem, as the error handler and bulk answers show it. */
export function problemBody(problem: Problem): Record<string, unknown> {
  const { name, status, title } = problem.type;
  return { type: `/problems/${name}`, title, status, detail: problem.message, ...problem.extras };
}

export const invalidRequest = declareProblem({
  name: 'invalid-request',
  status: 400,
  title: 'The request is not valid',
  remedy: 'Correct the fields listed in `errors` and send it again.',
});
export const unauthenticated = declareProblem({
  name: 'unauthenticated',
  status: 401,
  title: 'No valid API key',
  remedy: 'Send `Authorization: Bearer <key>`; `onhand keys create` makes one.',
});
export const forbidden = declareProblem({
  name: 'forbidden',
  status: 403,
  title: 'The key lacks the scope',
  remedy: 'Use a key with the scope named in `scope`.',
});
export const notFound = declareProblem({
  name: 'not-found',
  status: 404,
  title: 'Not found',
  remedy: 'Check the id or code; a key bound to an owner sees only that owner.',
});
export const conflict = declareProblem({
  name: 'conflict',
  status: 409,
  title: 'It conflicts with what is there',
  remedy: 'Read the current state, then decide again.',
});
export const preconditionFailed = declareProblem({
  name: 'precondition-failed',
  status: 412,
  title: 'It was changed since you read it',
  remedy: 'Read it again and send the new ETag in `If-Match`.',
});
export const preconditionRequired = declareProblem({
  name: 'precondition-required',
  status: 428,
  title: 'If-Match is required',
  remedy: 'Read the document and send its ETag in `If-Match`.',
});
export const overloaded = declareProblem({
  name: 'overloaded',
  status: 503,
  title: 'Too much work is waiting',
  remedy: 'Send it again after the seconds in `Retry-After`.',
});
