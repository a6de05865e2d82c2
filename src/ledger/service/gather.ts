import type { Principal } from '../../platform/context.ts';
import type { Problem } from '../../platform/problems.ts';
import type { RequestedCommand, ResolvedCommand, Resolver } from './resolve.ts';

type Resolved = (ResolvedCommand | Problem)[];

interface Waiting {
  readonly principal: Principal;
  readonly commands: readonly RequestedCommand[];
  readonly done: (resolved: Resolved) => void;
  readonly failed: (error: unknown) => void;
}

/** Resolves commands like {@link Resolver.resolve}. */
export type Resolve = (
  principal: Principal,
  commands: readonly RequestedCommand[],
) => Promise<Resolved>;

/**
 * Resolves requests that arrive together in one go: while one round asks the database for codes
 * it has not seen, the next round gathers, so that many small requests cost few queries.
 */
export function gather(resolver: Pick<Resolver, 'resolve'>): Resolve {
  let waiting: Waiting[] = [];
  let running = false;
  const run = async (): Promise<void> => {
    while (waiting.length > 0) {
      const round = waiting;
      waiting = [];
      await Promise.all([...byPrincipal(round).values()].map((own) => resolveAll(resolver, own)));
    }
    running = false;
  };
  return (principal, commands) =>
    new Promise((done, failed) => {
      waiting.push({ principal, commands, done, failed });
      if (running) return;
      running = true;
      setImmediate(() => void run());
    });
}

function byPrincipal(round: readonly Waiting[]): Map<number, Waiting[]> {
  const groups = new Map<number, Waiting[]>();
  for (const request of round) {
    const own = groups.get(request.principal.principalId);
    if (own) own.push(request);
    else groups.set(request.principal.principalId, [request]);
  }
  return groups;
}

async function resolveAll(
  resolver: Pick<Resolver, 'resolve'>,
  requests: readonly Waiting[],
): Promise<void> {
  try {
    const commands = requests.flatMap((request) => request.commands);
    const resolved = await resolver.resolve(requests[0]!.principal, commands);
    let next = 0;
    for (const request of requests) {
      request.done(resolved.slice(next, next + request.commands.length));
      next += request.commands.length;
    }
  } catch (error) {
    for (const request of requests) request.failed(error);
  }
}
