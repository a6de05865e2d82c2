import { describe, expect, it } from 'vitest';
import type { ShownRun } from '../planning/index.ts';
import { progressText, runText } from './run-text.ts';

const run: ShownRun = {
  ...{ number: 'FR-000001', state: 'running', stage: 'series', origin: '2026-03-01', seed: 1 },
  ...{ tier: 'auto', parts: 5, partsDone: 3, series: 1_200, seriesDone: 600, progress: 0.5 },
  ...{ workers: ['here:7'], result: null, reason: null },
  ...{ createdAt: '2026-03-02T02:00:00.000Z', startedAt: null, finishedAt: null },
};
const result = {
  ...{ series: 1, tiers: { rolled: 0, fast: 0, full: 1 }, classes: { smooth: 1 } },
  ...{ drifting: 0, overridden: 0, scoredDays: 1 },
};

describe('the progress of a run', () => {
  it.each([
    ['its history', { stage: 'history', series: 0, seriesDone: 0 }, 'bringing demand history'],
    ['its series', {}, '600 of 1,200 series, 50 %'],
    ['its sums', { stage: 'sums', seriesDone: 1_200 }, '1,200 series forecast'],
    ['nothing', { stage: 'sums', series: 0, seriesDone: 0, progress: 0 }, 'no demand'],
  ] as const)('says where it is with %s', (_, change, text) => {
    expect(progressText({ ...run, ...change })).toContain(text);
  });
});

describe('a run', () => {
  it('says how far it is and who is at it', () => {
    expect(runText(run)).toBe(
      'FR-000001: running\n' +
        'Demand through 2026-03-01; 600 of 1,200 series, 3 of 5 parts done.\n' +
        'Worked on by here:7.',
    );
  });

  it('that failed says why, and of one that waits no number is made up', () => {
    const failed = runText({ ...run, state: 'failed', workers: [], reason: 'the disk is full' });
    expect(failed).toContain('failed, the disk is full');
    expect(failed).not.toContain('Worked on');
    const change = { stage: 'history', series: 0, seriesDone: 0, parts: 1, partsDone: 0 } as const;
    expect(runText({ ...run, ...change })).toContain('2026-03-01; 0 of 1 part done.');
  });

  it('of a house without any demand says so, and what to do', () => {
    const change = { state: 'done', stage: 'sums', series: 0, seriesDone: 0, parts: 2 } as const;
    const text = runText({ ...run, ...change, workers: [], result: { ...result, series: 0 } });
    expect(text).toContain('nothing to forecast');
    expect(text).toContain('onhand import demand');
    expect(text).not.toMatch(/0 of 0|99 %/);
  });

  it('of one item at one site counts in the singular', () => {
    const change = { state: 'done', stage: 'sums', series: 1, seriesDone: 1 } as const;
    const text = runText({ ...run, ...change, workers: [], result });
    expect(text).toContain('1 of 1 series');
    expect(text).toContain('1 day judged');
  });
});
