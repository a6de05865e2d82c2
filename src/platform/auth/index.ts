export { type Authenticator, createAuthenticator } from './authenticator.ts';
export {
  type CreateKey,
  createKey,
  type Key,
  listKeys,
  revokeKey,
  SYSTEM,
  toKey,
} from './keys.commands.ts';
export { keyRoutes } from './keys.routes.ts';
export { ROLE_NAMES, ROLES, type Role, SCOPES, type Scope } from './scopes.ts';
