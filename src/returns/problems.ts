import { declareProblem } from '../platform/problems.ts';

export const returnState = declareProblem({
  name: 'return-state',
  status: 409,
  title: 'The return is not in a state in which that can be done',
  remedy: 'See `state`, and the pictures of the state machines in the concept page on returns.',
});
export const returnWindowOver = declareProblem({
  name: 'return-window-over',
  status: 409,
  title: 'The time in which it could be returned is over',
  remedy: 'See `windowEndsAt`; give `override` with a note to take it all the same.',
});
export const returnBeyondShipped = declareProblem({
  name: 'return-beyond-shipped',
  status: 409,
  title: 'More than was shipped and is not returned yet',
  remedy: 'See `shipped`, `claimed` and `open`; ask for at most what is open.',
});
export const returnNotShipped = declareProblem({
  name: 'return-not-shipped',
  status: 409,
  title: 'That was not shipped on this line',
  remedy: 'Check the lot or serial, or take it as unexpected with `excess: take`.',
});
export const returnBeyondExpected = declareProblem({
  name: 'return-beyond-expected',
  status: 409,
  title: 'More arrives than is expected',
  remedy: 'See `open`; count again, or take the rest as unexpected with `excess: take`.',
});
export const inspectionBeyondReceived = declareProblem({
  name: 'inspection-beyond-received',
  status: 409,
  title: 'More than waits for inspection there',
  remedy: 'See `open`: inspect at most what was received and not inspected yet.',
});
export const refundBeyondDue = declareProblem({
  name: 'refund-beyond-due',
  status: 409,
  title: 'More than is due',
  remedy: 'See `due`: what the policy lets be refunded now, less what was refunded.',
});
export const priceUnknown = declareProblem({
  name: 'price-unknown',
  status: 409,
  title: 'It is not known what was paid',
  remedy: 'Say in `paid` of the line what the customer paid, by editing the return.',
});
export const returnPosting = declareProblem({
  name: 'return-posting',
  status: 503,
  title: 'The ledger did not answer; it is asked again',
  remedy: 'Send the same request again: nothing is posted twice.',
});
