import type { Context } from '../platform/context.ts';
import { anyDocument, documentRoutes, tableStore } from '../platform/documents/index.ts';
import type { App } from '../platform/http.ts';
import { accountType } from './account.ts';
import { acting, postingRuleType } from './posting-rule.ts';

const rights = { readScope: 'books:read', writeScope: 'books:write', houseOnly: true } as const;
const RULES_PATH = '/v1/books/posting-rules';

/** The chart of accounts at /v1/books/accounts, posting rules at /v1/books/posting-rules. */
export function accountRoutes(app: App, context: Context): void {
  documentRoutes(app, context, {
    store: tableStore(anyDocument(accountType)),
    path: '/v1/books/accounts',
    keyField: 'code',
    ...rights,
  });
  app.addHook('preHandler', (request, _reply, done) => {
    if (!request.routeOptions.url?.startsWith(RULES_PATH)) return done();
    return acting.run(request.principal.principalId, done);
  });
  documentRoutes(app, context, {
    store: tableStore(anyDocument(postingRuleType)),
    path: RULES_PATH,
    keyField: 'code',
    ...rights,
  });
}
