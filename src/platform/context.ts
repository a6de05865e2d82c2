import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { Clock } from './clock.ts';
import type { Config } from './config.ts';
import type { Database, OwnerScope } from './database.ts';

/** What a command or route works with; made once at start and passed down. */
export interface Context {
  readonly config: Config;
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Registry;
}

/** Who calls: an API key and what it may do. */
export interface Principal {
  /** platform.principal.principal_id; written as the actor of each movement. */
  readonly principalId: number;
  readonly name: string;
  /** The owner a key is bound to, or 'house'. */
  readonly scope: OwnerScope;
  readonly scopes: ReadonlySet<string>;
}
