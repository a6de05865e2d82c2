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
  'keys:admin',
  'system:read',
] as const;
export type Scope = (typeof SCOPES)[number];

const reads: readonly Scope[] = ['catalog:read', 'network:read', 'owners:read', 'ledger:read'];

/** Roles are names for bundles of scopes; a key keeps the bundle it was made with. */
export const ROLES = {
  operator: ['catalog:read', 'network:read', 'ledger:read', 'ledger:post'],
  manager: [...reads, 'catalog:write', 'network:write', 'ledger:post', 'system:read'],
  planner: [...reads, 'catalog:write'],
  accountant: reads,
  seller: reads,
  developer: [...reads, 'ledger:post', 'system:read'],
  admin: SCOPES,
} as const satisfies Record<string, readonly Scope[]>;
export type Role = keyof typeof ROLES;
export const ROLE_NAMES = Object.keys(ROLES) as [Role, ...Role[]];
