import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { nextState, pictureOf } from '../proposals/states.ts';
import { PLACEMENT_STATES, PLACEMENT_TRANSITIONS, placementExpiry } from './states.ts';

it('the life of a placement is drawn as it is', () => {
  const page = readFileSync('docs/concepts/pre-positioning.md', 'utf8');
  expect(page).toContain(pictureOf(PLACEMENT_TRANSITIONS));
});

it('a placement is decided once', () => {
  for (const state of PLACEMENT_STATES) {
    const isOpen = state === 'draft';
    expect(nextState(PLACEMENT_TRANSITIONS, 'accept', state) !== undefined).toBe(isOpen);
    expect(nextState(PLACEMENT_TRANSITIONS, 'reject', state) !== undefined).toBe(isOpen);
    expect(nextState(PLACEMENT_TRANSITIONS, 'expire', state) !== undefined).toBe(isOpen);
  }
});

it.each([
  ['its first week is over', 100, 130, 107],
  ['its peak begins', 100, 103, 103],
  ['its peak began before', 100, 90, 101],
  ['its peak begins at once', 100, 100, 101],
])('a placement is history when %s', (_, madeOn, peakFrom, expected) => {
  expect(placementExpiry(madeOn, peakFrom)).toBe(expected);
});
