import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Scope } from '../auth/index.ts';
import type { Context, Principal } from '../context.ts';
import { readAs, type Tx, writeAs } from '../database.ts';
import { type App, etagOf, PAGE_LIMIT_MAX, pageOf, pageQuery, requireIfMatch } from '../http.ts';
import { type Answer, answerOnce } from '../idempotency.ts';
import { notFound, Problem } from '../problems.ts';
import { BULK_LINES_MAX, bulkAnswer, bulkCreate, bulkSchemas } from './bulk.ts';
import {
  type Address,
  article,
  createDocument,
  editDocument,
  findDocument,
  houseOnly,
} from './commands.ts';
import { csvPages, sendCsv, wantsCsv } from './csv.ts';
import { documentSchemas, type Stored, toJson, type Values } from './document.ts';
import { listDocuments, listShape, toListQuery } from './list.ts';
import { checkReferences } from './references.ts';
import type { TableStore } from './store.ts';

/** Where the documents of a type live in the API, and who may do what with them. */
export interface DocumentRoutes {
  readonly store: TableStore;
  /** Such as '/v1/sites/:site/zones'. */
  readonly path: string;
  /** Fields of the key that the path holds, by the same names. */
  readonly pathFields?: readonly string[];
  /** The field that names one document in the path; undefined where only the id does. */
  readonly keyField: string | undefined;
  readonly readScope: Scope;
  readonly writeScope: Scope;
  /** Whether only keys of the house may change them. */
  readonly houseOnly: boolean;
}

/** Refuses callers bound to an owner. @throws Problem house-only */
export function requireHouse(principal: Principal): void {
  if (principal.scope !== 'house') {
    throw new Problem(houseOnly, 'This belongs to the house; a key bound to an owner may not.');
  }
}

const pathText = z
  .string()
  .min(1)
  .max(100)
  .regex(/^[ -~]+$/);
const ID_FORM = /^id:(\d{1,9})$/;

function parametersOf(names: readonly string[]) {
  return z.object(Object.fromEntries(names.map((name) => [name, pathText])));
}

function pick(values: Values, names: readonly string[]): Values {
  return Object.fromEntries(names.map((name) => [name, values[name]]));
}

/** What a path names: the id after `id:`, or the natural key. */
function addressOf(options: DocumentRoutes, parameters: Values): Address {
  const { keyField, pathFields = [], store } = options;
  const text = String(parameters[keyField ?? store.type.idName]);
  const id = ID_FORM.exec(keyField ? text : `id:${text}`)?.[1];
  if (id) return { id: Number(id) };
  if (keyField) return { key: { ...pick(parameters, pathFields), [keyField]: text } };
  throw new Problem(notFound, `There is no ${store.type.name} ${text}.`);
}

/** Answers 404 where the path leads through something that is not there. */
async function requirePath(tx: Tx, options: DocumentRoutes, parameters: Values): Promise<void> {
  const values = pick(parameters, options.pathFields ?? []);
  const names = Object.keys(values);
  if (names.length === 0) return;
  const { type } = options.store;
  const references = Object.fromEntries(
    Object.entries(type.references).filter(([name]) => names.includes(name)),
  );
  const candidate = { values, before: undefined };
  const [errors = []] = await checkReferences(tx, { ...type, references }, [candidate]);
  const [error] = errors;
  if (error) throw new Problem(notFound, `There is no ${error.path} ${error.found}.`);
}

/** Finds what a path names, and nothing that lies under another parent. */
async function findAt(tx: Tx, options: DocumentRoutes, parameters: Values): Promise<Stored> {
  const address = addressOf(options, parameters);
  const stored = await findDocument(tx, options.store, address);
  const strays = (options.pathFields ?? []).some(
    (name) => stored.values[name] !== parameters[name],
  );
  if (!strays) return stored;
  throw new Problem(notFound, `There is no such ${options.store.type.name} there.`);
}

/** The path of a document. */
function locationOf({ path, keyField }: DocumentRoutes, stored: Stored): string {
  const text = (name: string) => encodeURIComponent(String(stored.values[name]));
  const parent = path.replace(/:(\w+)/g, (_, name: string) => text(name));
  return `${parent}/${keyField ? text(keyField) : stored.id}`;
}

/** Everything the handlers of one type share. */
function prepare(context: Context, options: DocumentRoutes) {
  const { store, path, pathFields = [], keyField } = options;
  const { type } = store;
  const last = keyField ?? type.idName;
  const schemas = documentSchemas(type);
  const omit = Object.fromEntries(pathFields.map((name) => [name, true as const]));
  return {
    type,
    schemas: { ...schemas, create: schemas.create.omit(omit) },
    one: `${path}/:${last}`,
    parentSchema: parametersOf(pathFields),
    parameterSchema: parametersOf([...pathFields, last]),
    read: { config: { scope: options.readScope } },
    write: { config: { scope: options.writeScope } },
    /** A request that changes something: in one transaction, and by whom it may. */
    change: <T>(request: FastifyRequest, work: (tx: Tx, at: Date) => Promise<T>) => {
      if (options.houseOnly) requireHouse(request.principal);
      return writeAs(context.database, request.principal.scope, (tx) => work(tx, context.clock()));
    },
    look: <T>(request: FastifyRequest, work: (tx: Tx) => Promise<T>) =>
      readAs(context.database, request.principal.scope, work),
    show: (stored: Stored) => toJson(type, stored),
    location: (stored: Stored) => locationOf(options, stored),
  };
}

type Prepared = ReturnType<typeof prepare>;

function sendAnswer(reply: FastifyReply, answer: Answer): FastifyReply {
  return reply.code(answer.status).headers(answer.headers).send(answer.body);
}

const idempotencyHeader = z.looseObject({
  'idempotency-key': z
    .string()
    .optional()
    .describe('the same key with the same body gives the first answer again'),
});
const ifMatchHeader = z.looseObject({
  'if-match': z.string().optional().describe('the ETag of the document as it was read'),
});

function createRoutes(app: App, options: DocumentRoutes, prepared: Prepared): void {
  const { type, schemas, write, parentSchema } = prepared;
  const { store, path } = options;
  app.post(
    path,
    {
      ...write,
      schema: {
        tags: [type.plural],
        summary: `Create ${article(type.name)}`,
        params: parentSchema,
        headers: idempotencyHeader,
        body: schemas.create,
        response: { 201: schemas.answer },
      },
    },
    async (request, reply) => {
      const parameters = request.params as Values;
      const answer = await prepared.change(request, (tx, at) =>
        answerOnce(tx, request, at, async () => {
          await requirePath(tx, options, parameters);
          const given = { ...(request.body as Values), ...parameters };
          const stored = await createDocument(tx, store, given, at);
          const headers = { etag: etagOf(stored.version), location: prepared.location(stored) };
          return { status: 201, headers, body: prepared.show(stored) };
        }),
      );
      return sendAnswer(reply, answer);
    },
  );
  const bulk = bulkSchemas(type, schemas.create);
  app.post(
    `${path}/bulk`,
    {
      ...write,
      schema: {
        tags: [type.plural],
        summary: `Create up to ${BULK_LINES_MAX} ${type.plural}, each on its own`,
        params: parentSchema,
        headers: idempotencyHeader,
        body: bulk.body,
        response: { 200: bulk.answer },
      },
    },
    async (request, reply) => {
      const parameters = request.params as Values;
      const lines = (request.body as Record<string, unknown[]>)[type.plural] ?? [];
      const answer = await prepared.change(request, (tx, at) =>
        answerOnce(tx, request, at, async () => {
          await requirePath(tx, options, parameters);
          const outcomes = await bulkCreate(tx, store, schemas.create, lines, parameters, at);
          return { status: 200, headers: {}, body: bulkAnswer(type, outcomes) };
        }),
      );
      return sendAnswer(reply, answer);
    },
  );
}

function readRoutes(app: App, options: DocumentRoutes, prepared: Prepared): void {
  const { type, schemas, read, parentSchema, parameterSchema } = prepared;
  const { store, path } = options;
  app.get(
    prepared.one,
    {
      ...read,
      schema: {
        tags: [type.plural],
        summary: `Read ${article(type.name)}`,
        description: options.keyField && `By its ${options.keyField}, or as \`id:<number>\`.`,
        params: parameterSchema,
        response: { 200: schemas.answer },
      },
    },
    async (request, reply) => {
      const parameters = request.params as Values;
      const stored = await prepared.look(request, (tx) => findAt(tx, options, parameters));
      return reply.header('etag', etagOf(stored.version)).send(prepared.show(stored));
    },
  );
  const page = pageOf(schemas.answer);
  app.get(
    path,
    {
      ...read,
      schema: {
        tags: [type.plural],
        summary: `List ${type.plural}; as CSV, all that match`,
        params: parentSchema,
        querystring: z.object({
          ...pageQuery,
          ...listShape(type),
          format: z.enum(['json', 'csv']).optional().describe('or say it in Accept'),
        }),
        response: {
          200: {
            description: 'One page, or all rows as CSV',
            content: {
              'application/json': { schema: page },
              'text/csv': { schema: z.string() },
            },
          },
        },
      },
    },
    async (request, reply) => {
      const parameters = request.params as Values;
      const query = toListQuery(type, request.query as Record<string, unknown>);
      const filters = { ...query.filters, ...parameters };
      const readPage = (limit: number, cursor: string | undefined) =>
        prepared.look(request, async (tx) => {
          await requirePath(tx, options, parameters);
          return listDocuments(tx, store, { ...query, filters, limit, cursor });
        });
      if (wantsCsv(request)) {
        const first = await readPage(PAGE_LIMIT_MAX, undefined);
        const parts = csvPages(type, async (cursor) =>
          cursor === undefined ? first : readPage(PAGE_LIMIT_MAX, cursor),
        );
        return sendCsv(reply, `${type.plural}.csv`, parts);
      }
      const { items, nextCursor } = await readPage(query.limit, query.cursor);
      return reply.send({ items: items.map(prepared.show), nextCursor });
    },
  );
}

function editRoutes(app: App, options: DocumentRoutes, prepared: Prepared): void {
  const { type, schemas, write, parameterSchema } = prepared;
  const edit = (request: FastifyRequest, patch: Values, version: number | undefined) =>
    prepared.change(request, async (tx, at) => {
      const { id } = await findAt(tx, options, request.params as Values);
      return editDocument(tx, options.store, { address: { id }, patch, version }, at);
    });
  const send = (reply: FastifyReply, stored: Stored) =>
    reply.header('etag', etagOf(stored.version)).send(prepared.show(stored));
  app.patch(
    prepared.one,
    {
      ...write,
      schema: {
        tags: [type.plural],
        summary: `Edit ${article(type.name)}; what is not given stays as it is`,
        params: parameterSchema,
        headers: ifMatchHeader,
        body: schemas.patch,
        response: { 200: schemas.answer },
      },
    },
    async (request, reply) => {
      const version = requireIfMatch(request);
      return send(reply, await edit(request, request.body as Values, version));
    },
  );
  for (const [verb, active] of [
    ['deactivate', false],
    ['reactivate', true],
  ] as const) {
    app.post(
      `${prepared.one}/${verb}`,
      {
        ...write,
        schema: {
          tags: [type.plural],
          summary: `${active ? 'Reactivate' : 'Deactivate'} ${article(type.name)}`,
          params: parameterSchema,
          headers: ifMatchHeader,
          response: { 200: schemas.answer },
        },
      },
      async (request, reply) => {
        const version = request.headers['if-match'] ? requireIfMatch(request) : undefined;
        return send(reply, await edit(request, { active }, version));
      },
    );
  }
}

/** Adds create, bulk create, read, list, edit, deactivate and reactivate of a type. */
export function documentRoutes(app: App, context: Context, options: DocumentRoutes): void {
  const prepared = prepare(context, options);
  createRoutes(app, options, prepared);
  readRoutes(app, options, prepared);
  editRoutes(app, options, prepared);
}
