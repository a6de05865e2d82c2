import type { Context } from '../platform/context.ts';
import type { App } from '../platform/http.ts';
import { commerceModules } from './commerce.ts';
import { referenceModules } from './reference-data.ts';

/** What a module gives the API: a function that adds its routes. */
export type RouteModule = (app: App, context: Context) => void | Promise<void>;

/**
 * The modules whose routes the API serves, in the order of the reference page. A module that
 * has work to end (streams, queues) does so in `preClose` and `onClose` hooks of its app.
 */
export const modules: readonly RouteModule[] = [...referenceModules, ...commerceModules];
