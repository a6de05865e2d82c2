import { z } from 'zod';
import {
  codeField,
  type DocumentType,
  flagField,
  neverInUse,
  textField,
} from '../platform/documents/index.ts';

const fields = {
  code: codeField(40, 'ACME'),
  name: textField(200, 'Acme Trading'),
  active: flagField(true),
};

/** Owners of stock: the house, which is always there, and third parties. */
export const ownerType: DocumentType<typeof fields> = {
  name: 'owner',
  plural: 'owners',
  table: 'sellers.owner',
  idColumn: 'owner_id',
  idName: 'ownerId',
  fields,
  key: ['code'],
  immutable: [],
  frozen: [],
  inUse: neverInUse,
  references: {},
  nested: {},
  computed: {
    isHouse: { expression: 't.is_house', schema: z.boolean() },
  },
  filters: {
    active: { schema: z.enum(['true', 'false']), where: 't.active = ?::boolean' },
  },
  sorts: {
    code: { expression: 't.code', sqlType: 'text' },
    name: { expression: 'left(t.name, 100)', sqlType: 'text' },
  },
  check({ values, before }) {
    if (!before?.computed.isHouse || values.active) return [];
    return [{ path: 'active', message: 'must stay true: the house cannot be deactivated' }];
  },
};
