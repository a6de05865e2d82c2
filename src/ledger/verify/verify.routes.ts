import { Socket } from 'node:net';
import { z } from 'zod';
import type { Context } from '../../platform/context.ts';
import { requireHouse } from '../../platform/documents/index.ts';
import type { App } from '../../platform/http.ts';
import { declareProblem, Problem } from '../../platform/problems.ts';
import { verifyLedger } from './verify.ts';

const verificationRunning = declareProblem({
  name: 'verification-running',
  status: 409,
  title: 'A verification is running',
  remedy: 'Wait until it is done; one at a time keeps the ledger quick for others.',
});

/** A verification reads everything there is. */
const VERIFY_TIMEOUT_MS = 3_600_000;
const FINDINGS_IN_ANSWER_MAX = 1_000;

const finding = z.object({
  kind: z.string(),
  journal: z.number(),
  seq: z.number().optional(),
  id: z.string().optional(),
  expected: z.string(),
  found: z.string(),
  message: z.string(),
});

const report = z.object({
  ok: z.boolean(),
  since: z.enum(['start', 'checkpoint']),
  journals: z.array(
    z.object({ journal: z.number(), from: z.number(), to: z.number(), hash: z.string() }),
  ),
  checked: z.record(z.string(), z.number()),
  seconds: z.number(),
  total: z.number().describe('findings, also those that are not listed'),
  findings: z.array(finding),
});

/** A proof that stands on the ledger and is told of together with it: that of the books. */
export interface ProofBeside<Report extends { readonly ok: boolean }> {
  readonly schema: z.ZodType<Report>;
  verify(findingsMax: number): Promise<Report>;
}

/** `POST /verify`: proves the ledger, while it works, and the books that stand on it. */
export function verifyRoutes<Report extends { readonly ok: boolean }>(
  app: App,
  context: Context,
  books?: ProofBeside<Report>,
): void {
  let running = false;
  app.post(
    '/v1/verify',
    {
      config: { scope: 'ledger:read' },
      handlerTimeout: VERIFY_TIMEOUT_MS,
      schema: {
        tags: ['Ledger'],
        summary: 'Verify the ledger; for the house',
        description:
          'Re-derives everything from the facts and names the exact row where anything differs. ' +
          'Since `checkpoint` it looks at what came after the last verification that was clean.',
        body: z.object({ since: z.enum(['start', 'checkpoint']).default('start') }).nullish(),
        response: { 200: books ? report.extend({ books: books.schema }) : report },
      },
    },
    async (request) => {
      requireHouse(request.principal);
      if (running) throw new Problem(verificationRunning, 'Another verification is running.');
      running = true;
      // It may take longer than a socket is allowed to be silent.
      if (request.raw.socket instanceof Socket) request.raw.socket.setTimeout(0);
      try {
        const { checked, ok, ...rest } = await verifyLedger({
          database: context.database,
          clock: context.clock,
          since: request.body?.since ?? 'start',
          findingsMax: FINDINGS_IN_ANSWER_MAX,
        });
        const beside = await books?.verify(FINDINGS_IN_ANSWER_MAX);
        return {
          ...rest,
          ok: ok && (beside?.ok ?? true),
          ...(beside ? { books: beside } : {}),
          checked: { ...checked },
          journals: [...rest.journals],
          findings: [...rest.findings],
        };
      } finally {
        running = false;
      }
    },
  );
}
