import { describe, expect, it } from 'vitest';
import { hasAnchors, readAnchors } from '../../../bench/policy/anchor-file.ts';
import { compareAnchor } from '../../../bench/policy/anchors.ts';

describe.skipIf(!hasAnchors())('known optima of the literature', () => {
  const anchors = hasAnchors() ? readAnchors() : [];

  it.each(anchors.filter(({ model }) => !model.startsWith('Sim')))(
    '$model, $source, $parameters',
    (anchor) => {
      const errors = compareAnchor(anchor);
      expect(errors.length).toBeGreaterThan(0);
      for (const { error } of errors) expect(error).toBeLessThanOrEqual(1e-6);
    },
  );

  it('cover every kind of policy', () => {
    expect(anchors.length).toBeGreaterThanOrEqual(40);
  });
});
