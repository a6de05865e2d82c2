/** Rules of advance shipping notices. */

const SSCC_FORM = /^\d{18}$/;

/**
 * Whether a text is a Serial Shipping Container Code: 18 digits, of which the last is the check
 * digit (GS1 General Specifications, section 7.9: weights 3 and 1 from the right, modulo 10).
 */
export function isSscc(text: string): boolean {
  if (!SSCC_FORM.test(text)) return false;
  const digits = [...text].map(Number);
  const sum = digits.reduce((total, digit, index) => total + digit * (index % 2 === 0 ? 3 : 1), 0);
  return sum % 10 === 0;
}

/** A parcel or pallet that a notice announces. */
export interface AsnUnit {
  readonly unit: number;
  readonly type: 'pallet' | 'parcel';
  readonly sscc: string | null;
  readonly lpn: string | null;
}

/** Open quantity of a purchase order line or notice, and when it is expected. */
export interface OpenLine {
  readonly orderId: number;
  readonly line: number;
  readonly open: bigint;
  readonly expectedOn: string | null;
}

/** A notice's open part of a purchase order line. */
export interface AnnouncedLine extends OpenLine {
  readonly number: string;
  readonly asnLine: number;
}

/** A part of an open purchase order line with the document that says when it comes. */
export interface ExpectedPart {
  readonly orderId: number;
  readonly line: number;
  readonly quantity: bigint;
  readonly expectedOn: string;
  readonly asn: { readonly number: string; readonly line: number } | null;
}

/**
 * What is expected and when: notices first, oldest date first, as far as the line is open, and the
 * rest on the date of the purchase order. What nobody gave a date for is left out: nothing could
 * be promised on it.
 */
export function expectedParts(
  lines: readonly OpenLine[],
  announced: readonly AnnouncedLine[],
): ExpectedPart[] {
  const byLine = new Map<string, AnnouncedLine[]>();
  for (const each of announced) {
    const key = `${each.orderId}/${each.line}`;
    byLine.set(key, [...(byLine.get(key) ?? []), each]);
  }
  return lines.flatMap(({ orderId, line, open, expectedOn }) => {
    let left = open;
    const parts: ExpectedPart[] = [];
    const take = (quantity: bigint, on: string | null, asn: ExpectedPart['asn']) => {
      const taken = quantity < left ? quantity : left;
      left -= taken;
      if (taken > 0n && on !== null) {
        parts.push({ orderId, line, quantity: taken, expectedOn: on, asn });
      }
    };
    const notices = [...(byLine.get(`${orderId}/${line}`) ?? [])].sort((a, b) =>
      (a.expectedOn ?? '') < (b.expectedOn ?? '') ? -1 : 1,
    );
    for (const { open: quantity, expectedOn: on, number, asnLine } of notices) {
      take(quantity, on, { number, line: asnLine });
    }
    take(left, expectedOn, null);
    return parts;
  });
}
