import { z } from 'zod';

/** What has to be seen before a period is closed. */
export const checklistItem = z.object({
  code: z.string(),
  title: z.string(),
  status: z
    .enum(['ok', 'warning', 'blocking'])
    .describe('a warning must be acknowledged, what blocks must be put right'),
  detail: z.string(),
  figures: z.record(z.string(), z.union([z.string(), z.number()])),
  examples: z.array(z.string()).describe('the first of what it found'),
});
export type ChecklistItem = z.output<typeof checklistItem>;

/** What one check found out; `isClear` says that there is nothing to see. */
export interface CheckResult {
  readonly isClear: boolean;
  readonly detail: string;
  readonly figures?: ChecklistItem['figures'];
  readonly examples?: readonly string[];
}

/** Turns a result into an item; `severity` is what it is when it is not clear. */
export function toItem(
  code: string,
  title: string,
  severity: 'warning' | 'blocking',
  result: CheckResult,
): ChecklistItem {
  return {
    code,
    title,
    status: result.isClear ? 'ok' : severity,
    detail: result.detail,
    figures: result.figures ?? {},
    examples: [...(result.examples ?? [])],
  };
}

/** Why a period with this checklist stays open: codes that block, and that nobody acknowledged. */
export function openItems(
  items: readonly ChecklistItem[],
  acknowledged: readonly string[],
): string[] {
  return items
    .filter(
      ({ code, status }) =>
        status === 'blocking' || (status === 'warning' && !acknowledged.includes(code)),
    )
    .map(({ code }) => code);
}
