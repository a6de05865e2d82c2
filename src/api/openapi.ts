import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import swagger from '@fastify/swagger';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import type { App } from '../platform/http.ts';
import { packageVersion } from '../platform/package.ts';

const PROBLEM_SCHEMA = {
  type: 'object',
  description: 'RFC 9457. Further members depend on the type.',
  required: ['type', 'title', 'status', 'detail', 'requestId'],
  properties: {
    type: { type: 'string', description: '`/problems/<name>`, which is also its page' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    requestId: { type: 'string' },
    errors: {
      type: 'array',
      description: 'the wrong fields, all at once',
      items: {
        type: 'object',
        required: ['path', 'message'],
        properties: {
          path: { type: 'string' },
          message: { type: 'string' },
          expected: { type: 'string' },
          found: { type: 'string' },
        },
      },
    },
  },
} as const;

const PROBLEM_RESPONSE = {
  description: 'A problem',
  content: {
    'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
  },
} as const;

interface Operation {
  responses?: Record<string, unknown>;
}

/** Adds to each operation that it may answer with a problem. */
function withProblems(document: Record<string, unknown>): Record<string, unknown> {
  const paths = (document.paths ?? {}) as Record<string, Record<string, Operation>>;
  for (const operations of Object.values(paths)) {
    for (const operation of Object.values(operations)) {
      operation.responses = { ...operation.responses, default: PROBLEM_RESPONSE };
    }
  }
  const components = (document.components ?? {}) as { schemas?: Record<string, unknown> };
  components.schemas = { ...components.schemas, Problem: PROBLEM_SCHEMA };
  return { ...document, components };
}

/** Gathers the routes' schemas; must be registered before the routes. */
export async function addOpenApi(app: App): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'onhand',
        version: packageVersion,
        description: 'A perpetual inventory system: one ledger of units and money.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/' }],
      components: {
        securitySchemes: {
          apiKey: { type: 'http', scheme: 'bearer', description: 'An API key, `oh_...`' },
        },
      },
    },
    transform: (input) => {
      const { schema, url } = jsonSchemaTransform(input);
      const scope = input.route.config?.scope;
      if (scope === undefined || scope === 'public') return { schema, url };
      const description = [schema?.description, `Needs the scope \`${scope}\`.`];
      return {
        url,
        schema: {
          ...schema,
          description: description.filter(Boolean).join('\n\n'),
          security: [{ apiKey: [] }],
        },
      };
    },
    transformObject: (input) =>
      withProblems(jsonSchemaTransformObject(input) as Record<string, unknown>),
  });
}

/** The page keeps everything on this server: no fonts, proxies or scripts from elsewhere. */
const REFERENCE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

const REFERENCE_PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>API reference - onhand</title>
<link rel="icon" href="/assets/icon.svg" type="image/svg+xml">
</head>
<body>
<div id="reference"></div>
<script src="/reference/scalar.js"></script>
<script src="/reference/start.js"></script>
</body>
</html>
`;

const REFERENCE_START = `Scalar.createApiReference('#reference', {
  url: '/v1/openapi.json',
  withDefaultFonts: false,
  telemetry: false,
  hideClientButton: true,
  showDeveloperTools: 'never',
  agent: { disabled: true },
  mcp: { disabled: true },
  defaultHttpClient: { targetKey: 'shell', clientKey: 'curl' },
  authentication: { preferredSecurityScheme: 'apiKey' },
  persistAuth: false,
});
`;

/** Scalar's browser bundle, from its npm package. */
function scalarBundle(): Buffer {
  const require = createRequire(import.meta.url);
  const main = require.resolve('@scalar/fastify-api-reference');
  return readFileSync(join(dirname(main), 'js', 'standalone.js'));
}

const hidden = { config: { scope: 'public' as const }, schema: { hide: true } };

/** The OpenAPI document and the page to read it and try it with. */
export function referenceRoutes(app: App): void {
  let text = '';
  let etag = '';
  app.addHook('onReady', async () => {
    text = JSON.stringify(app.swagger());
    etag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 16)}"`;
  });
  app.get('/v1/openapi.json', hidden, (request, reply) => {
    reply.header('etag', etag).header('cache-control', 'no-cache');
    if (request.headers['if-none-match'] === etag) return reply.code(304).send();
    return reply.type('application/json; charset=utf-8').send(text);
  });
  app.get('/reference', hidden, (_request, reply) =>
    reply
      .header('content-security-policy', REFERENCE_POLICY)
      .type('text/html; charset=utf-8')
      .send(REFERENCE_PAGE),
  );
  let bundle: Buffer | undefined;
  app.get('/reference/scalar.js', hidden, (_request, reply) => {
    bundle ??= scalarBundle();
    return reply
      .type('text/javascript; charset=utf-8')
      .header('cache-control', 'max-age=86400')
      .send(bundle);
  });
  app.get('/reference/start.js', hidden, (_request, reply) =>
    reply.type('text/javascript; charset=utf-8').send(REFERENCE_START),
  );
}
