import type { Caller, TestAnswer } from './api.ts';

// biome-ignore lint/suspicious/noExplicitAny: JSON schemas have every shape.
export type JsonSchema = any;

/** One operation of the OpenAPI document. */
export interface Operation {
  /** `GET /v1/items/{sku}`. */
  readonly id: string;
  readonly method: string;
  readonly path: string;
  /** The scope that a key needs; undefined where none is needed. */
  readonly scope: string | undefined;
  readonly parameters: readonly {
    in: 'path' | 'query' | 'header';
    name: string;
    required?: boolean;
    schema: JsonSchema;
  }[];
  /** Media type and schema of the body it takes. */
  readonly body: { type: string; schema: JsonSchema } | undefined;
  /** Schema of each documented answer by status and media type. */
  readonly answers: Readonly<Record<string, Readonly<Record<string, JsonSchema>>>>;
}

/** What a request of an operation says. */
export interface Example {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

type Content = Record<string, { schema?: JsonSchema }>;

function answersOf(responses: Record<string, { content?: Content }>): Operation['answers'] {
  return Object.fromEntries(
    Object.entries(responses).map(([status, { content = {} }]) => [
      status,
      Object.fromEntries(Object.entries(content).map(([type, { schema }]) => [type, schema ?? {}])),
    ]),
  );
}

/** Every operation that the document of the running API describes. */
export async function readOperations(house: Caller): Promise<Operation[]> {
  const { body: document } = await house('GET /v1/openapi.json');
  return Object.entries<Record<string, JsonSchema>>(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): Operation => {
      const [taken] = Object.entries<{ schema: JsonSchema }>(operation.requestBody?.content ?? {});
      return {
        id: `${method.toUpperCase()} ${path}`,
        method: method.toUpperCase(),
        path,
        scope: /Needs the scope `([^`]+)`/.exec(operation.description ?? '')?.[1],
        parameters: operation.parameters ?? [],
        body: taken && { type: taken[0], schema: taken[1].schema },
        answers: answersOf(operation.responses),
      };
    }),
  );
}

/** Sends a request of an operation. */
export function callOperation(
  caller: Caller,
  operation: Pick<Operation, 'method' | 'path'>,
  example: Example,
): Promise<TestAnswer> {
  return caller(
    `${operation.method} ${urlOf(operation, example)}`,
    example.body,
    example.headers ?? {},
  );
}

/** Path and query string, every value escaped. */
export function urlOf(operation: Pick<Operation, 'path'>, example: Example): string {
  const path = operation.path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(example.params?.[name] ?? ''),
  );
  const query = new URLSearchParams(example.query).toString();
  return query === '' ? path : `${path}?${query}`;
}
