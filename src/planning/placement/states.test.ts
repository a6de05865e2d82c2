import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { nextState, pictureOf } from '../proposals/states.ts';
import { PLACEMENT_STATES, PLACEMENT_TRANSITIONS } from './states.ts';

it('the life of a placement is drawn as it is', () => {
  const page = readFileSync('docs/concepts/pre-positioning.md', 'utf8');
  expect(page).toContain(pictureOf(PLACEMENT_TRANSITIONS));
});

it('a placement is decided once', () => {
  for (const state of PLACEMENT_STATES) {
    const isOpen = state === 'draft';
    expect(nextState(PLACEMENT_TRANSITIONS, 'accept', state) !== undefined).toBe(isOpen);
    expect(nextState(PLACEMENT_TRANSITIONS, 'reject', state) !== undefined).toBe(isOpen);
  }
});
