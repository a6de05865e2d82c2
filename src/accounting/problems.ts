import { declareProblem } from '../platform/problems.ts';

export const periodClosed = declareProblem({
  name: 'period-closed',
  status: 409,
  title: 'The period is closed',
  remedy: 'Book it on a day of an open period (`openFrom`), or reopen the period first.',
});
export const entryReversed = declareProblem({
  name: 'entry-reversed',
  status: 409,
  title: 'The entry is reversed already',
  remedy: 'Read the entry named in `by`; nothing is left to reverse.',
});
export const entryNotReversible = declareProblem({
  name: 'entry-not-reversible',
  status: 409,
  title: 'The entry cannot be reversed by hand',
  remedy: 'Correct the document that booked it; of manual entries reverse the original.',
});
export const periodOutOfOrder = declareProblem({
  name: 'period-out-of-order',
  status: 409,
  title: 'Periods close one after another, and reopen from the last',
  remedy: 'Close or reopen the period named in `first` before.',
});
export const closeRefused = declareProblem({
  name: 'close-refused',
  status: 409,
  title: 'The period cannot be closed yet',
  remedy: 'See to the items of `checklist` that block, and acknowledge those that warn.',
});
