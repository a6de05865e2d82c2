import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { BOOKING_ROLES } from '../platform/bookings.ts';
import { PERIOD_TRANSITIONS, periodState } from './period-states.ts';

const page = readFileSync('docs/concepts/accounting.md', 'utf8');

it('the picture of periods in the documentation is the table', () => {
  const [, picture = ''] = /```mermaid\nstateDiagram-v2\n([\s\S]*?)```/.exec(page) ?? [];
  const drawn = picture.trim().split(/\n\s*/);
  const rows = PERIOD_TRANSITIONS.map(({ from, to, action }) => `${from} --> ${to}: ${action}`);
  expect(drawn).toEqual(['[*] --> open', ...rows]);
});

it('a period is closed when all of its days are', () => {
  expect(periodState('2026-02-28', null)).toBe('open');
  expect(periodState('2026-02-28', '2026-01-31')).toBe('open');
  expect(periodState('2026-02-28', '2026-02-28')).toBe('closed');
  expect(periodState('2026-01-31', '2026-02-28')).toBe('closed');
});

it('the default chart has a rule for every role that documents book', () => {
  const chart = readFileSync('migrations/0052_accounting_chart.sql', 'utf8');
  for (const role of BOOKING_ROLES) expect(chart).toContain(`NULL, NULL, '${role}')`);
});
