import { declareProblem, type ProblemType } from '../../platform/problems.ts';
import type { RefusalCode } from '../posting/commands.ts';

function refusal(name: RefusalCode, title: string, remedy: string, status = 409): ProblemType {
  return declareProblem({ name, status, title, remedy });
}

/** One problem type for each way the ledger can refuse a command. */
export const REFUSALS: Readonly<Record<RefusalCode, ProblemType>> = {
  'insufficient-stock': refusal(
    'insufficient-stock',
    'Not that many units there',
    'See `onHand` and `allocated`; take less, take from elsewhere, or post a count.',
  ),
  'insufficient-availability': refusal(
    'insufficient-availability',
    'Not that much is available',
    'See `available`; ask for less, another site, or release other reservations.',
  ),
  'reservation-not-found': refusal(
    'reservation-not-found',
    'No such reservation',
    'Check the id; it is `<journal>-<seq>` as the reservation answered.',
    404,
  ),
  'reservation-closed': refusal(
    'reservation-closed',
    'The reservation is closed',
    'See `state`: it was fulfilled, released or has expired. Reserve again.',
  ),
  'reservation-expired': refusal(
    'reservation-expired',
    'The reservation has expired',
    'Reserve again.',
  ),
  'reservation-mismatch': refusal(
    'reservation-mismatch',
    'The movement does not fit the reservation',
    'Ship the same item, site and owner, and at most the open quantity.',
  ),
  'allocation-not-found': refusal(
    'allocation-not-found',
    'No such allocation',
    'Check the id.',
    404,
  ),
  'allocation-closed': refusal('allocation-closed', 'The allocation is closed', 'Allocate again.'),
  'allocation-mismatch': refusal(
    'allocation-mismatch',
    'The movement does not fit the allocation',
    'Move from the allocated position, at most the open quantity.',
  ),
  'serial-elsewhere': refusal(
    'serial-elsewhere',
    'The serial is in another place',
    'See `position`; one serial is in one place. Move it there first, or correct the scan.',
  ),
  'movement-not-found': refusal('movement-not-found', 'No such movement', 'Check the id.', 404),
  'already-reversed': refusal(
    'already-reversed',
    'The movement is reversed already',
    'See `by`; post a new movement instead.',
  ),
  'not-reversible': refusal(
    'not-reversible',
    'This cannot be done to that movement',
    'Costs can be corrected on movements that brought value in; reversals cannot be reversed.',
  ),
  'return-exceeds-shipment': refusal(
    'return-exceeds-shipment',
    'More would come back than was shipped',
    'See `shipped` and `returned`; return less, name another shipment, or none.',
  ),
  'container-elsewhere': refusal(
    'container-elsewhere',
    'The handling unit does not stand there any more',
    'Look where `lpn` stands now, and post with that location.',
  ),
  'command-id-reused': refusal(
    'command-id-reused',
    'The id was used for another command',
    'Use a new id for a new command; repeat one only with the same body.',
    422,
  ),
};

export const postingFailed = declareProblem({
  name: 'posting-failed',
  status: 500,
  title: 'The ledger could not post it',
  remedy: 'Nothing was posted. Report it with the `requestId`; sending it again will not help.',
});
