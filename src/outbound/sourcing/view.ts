import { formatMoney } from '../../platform/money.ts';
import { totalOf } from './costs.ts';
import type { StoredDecision } from './decision.queries.ts';
import { explainDecision, type MoneyWords } from './decision.ts';
import type { RunRow } from './runs.queries.ts';
import type { DecisionAnswer, RunAnswer } from './schemas.ts';

const PPM = 1_000_000;

/** A decision in JSON; `money` undefined for whom the costs do not concern. */
export function showDecision(
  decision: StoredDecision,
  money: MoneyWords | undefined,
): DecisionAnswer {
  const { parts, alternatives, lines, method, policy, run, durationMs, gapPpm } = decision;
  const text = (minor: bigint) => formatMoney(minor, money?.digits ?? 0);
  const total = totalOf(parts);
  return {
    ...{ decisionId: decision.id, method, policy, run, durationMs },
    decidedAt: decision.decidedAt.toISOString(),
    gap: gapPpm === null ? null : gapPpm / PPM,
    explanation: explainDecision(decision, money),
    lines: [...lines],
    cost: money
      ? {
          total: text(total),
          shipping: text(parts.shipping),
          handling: text(parts.handling),
          split: text(parts.split),
          lateness: text(parts.lateness),
          balance: text(parts.balance),
          unassigned: text(parts.unassigned),
        }
      : null,
    alternatives: alternatives.map(({ site, verdict, cost, short }) => {
      return { site, verdict, cost: money && cost !== null ? text(cost) : null, short };
    }),
  };
}

/** A run in JSON. */
export function showRun(run: RunRow): RunAnswer {
  const { number, policy, state, step, request, result, createdAt, finishedAt } = run;
  return {
    ...{ number, policy, state, step },
    ...{ channel: request.channel, site: request.site, salesOrdersMax: request.ordersMax },
    result: result as RunAnswer['result'],
    createdAt: createdAt.toISOString(),
    finishedAt: finishedAt?.toISOString() ?? null,
  };
}
