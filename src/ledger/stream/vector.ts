import { invalidRequest, Problem } from '../../platform/problems.ts';

/**
 * How far a reader has come: the last seq seen of each journal. There is no one order over
 * journals, so a place in the feed is a vector. Written `0:1045,1:88`.
 */
export type SeqVector = Map<number, number>;

const FORM = /^\d{1,4}:\d{1,15}(,\d{1,4}:\d{1,15})*$/;

/** Writes a vector, journals ascending. */
export function formatVector(vector: SeqVector): string {
  return [...vector]
    .sort(([a], [b]) => a - b)
    .map(([journal, seq]) => `${journal}:${seq}`)
    .join(',');
}

/** Reads a vector. @throws Problem invalid-request */
export function parseVector(text: string): SeqVector {
  if (!FORM.test(text)) {
    const errors = [
      { path: 'since', message: 'is not a place in the feed', expected: '0:1045', found: text },
    ];
    throw new Problem(invalidRequest, `'${text}' is not an id of this stream.`, { errors });
  }
  return new Map(
    text.split(',').map((pair) => {
      const [journal = '0', seq = '0'] = pair.split(':');
      return [Number(journal), Number(seq)];
    }),
  );
}
