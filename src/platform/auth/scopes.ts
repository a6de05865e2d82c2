/** What a key can be allowed to do. A route names exactly one of them. */
export const SCOPES = [
  'catalog:read',
  'catalog:write',
  'network:read',
  'network:write',
  'owners:read',
  'owners:write',
  'ledger:read',
  'ledger:post',
  'orders:read',
  'orders:write',
  'orders:ship',
  'purchasing:read',
  'purchasing:write',
  'purchasing:receive',
  'purchasing:invoice',
  'returns:read',
  'returns:write',
  'books:read',
  'books:write',
  'books:close',
  'planning:read',
  'planning:write',
  'planning:approve',
  'keys:admin',
  'system:read',
] as const;
export type Scope = (typeof SCOPES)[number];

const reads: readonly Scope[] = [
  'catalog:read',
  'network:read',
  'owners:read',
  'ledger:read',
  'orders:read',
  'purchasing:read',
  'returns:read',
];

const dock: readonly Scope[] = ['orders:ship', 'purchasing:receive', 'returns:write'];

/** Roles are names for bundles of scopes; a key keeps the bundle it was made with. */
export const ROLES = {
  operator: [...reads.filter((scope) => scope !== 'owners:read'), ...dock, 'ledger:post'],
  manager: [
    ...reads,
    ...dock,
    'books:read',
    'catalog:write',
    'network:write',
    'orders:write',
    'purchasing:write',
    'ledger:post',
    'planning:read',
    'planning:approve',
    'system:read',
  ],
  planner: [
    ...reads,
    'catalog:write',
    'purchasing:write',
    'planning:read',
    'planning:write',
    'planning:approve',
  ],
  accountant: [...reads, 'purchasing:invoice', 'books:read', 'books:write', 'books:close'],
  seller: [...reads, 'orders:write'],
  developer: [...reads, 'orders:write', 'ledger:post', 'system:read'],
  admin: SCOPES,
} as const satisfies Record<string, readonly Scope[]>;
export type Role = keyof typeof ROLES;
export const ROLE_NAMES = Object.keys(ROLES) as [Role, ...Role[]];
