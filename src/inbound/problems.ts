import { declareProblem } from '../platform/problems.ts';

export const wrongState = declareProblem({
  name: 'wrong-state',
  status: 409,
  title: 'The document is not in a state in which that can be done',
  remedy: 'See `state`, and the pictures of the state machines in the guide to purchasing.',
});
export const supplierTerms = declareProblem({
  name: 'supplier-terms',
  status: 409,
  title: 'The purchase order does not meet the terms of the supplier',
  remedy: 'Correct what `violations` lists, or submit it with `overrideTerms`.',
});
export const approverIsSubmitter = declareProblem({
  name: 'approver-is-submitter',
  status: 409,
  title: 'Somebody else must approve it',
  remedy: 'Its total is above the limit: use the key of another person.',
});
export const overReceipt = declareProblem({
  name: 'over-receipt',
  status: 409,
  title: 'More than was ordered and tolerated',
  remedy: 'See `acceptable`: receive that much, or change the purchase order first.',
});
export const shelfLifeTooShort = declareProblem({
  name: 'shelf-life-too-short',
  status: 409,
  title: 'The goods do not keep long enough',
  remedy: 'Receive them with the disposition `quarantined`, or refuse the delivery.',
});
export const receiptInvoiced = declareProblem({
  name: 'receipt-invoiced',
  status: 409,
  title: 'An invoice or a landed cost stands on the receipt',
  remedy: 'Take back the landed cost, or send the goods back with a supplier return.',
});
export const invoiceHeld = declareProblem({
  name: 'invoice-held',
  status: 409,
  title: 'The invoice is held',
  remedy: 'Correct it, or approve it and name in `accept` the codes that `discrepancies` lists.',
});
export const creditMismatch = declareProblem({
  name: 'credit-mismatch',
  status: 409,
  title: 'The credit note does not fit what it refers to',
  remedy: 'See the detail; correct the lines of the credit note.',
});
export const nothingToAllocate = declareProblem({
  name: 'nothing-to-allocate',
  status: 409,
  title: 'The cost cannot be allocated by that basis',
  remedy: 'Give the items that `items` lists a weight or a size, or choose another basis.',
});
export const stillPosting = declareProblem({
  name: 'still-posting',
  status: 503,
  title: 'The ledger did not answer; it is asked again',
  remedy: 'Send the same request again: nothing is posted twice.',
});
