import type { Context } from '../../platform/context.ts';
import { anyDocument, documentRoutes, tableStore } from '../../platform/documents/index.ts';
import type { App } from '../../platform/http.ts';
import { channelLimitType, channelType } from './channel.ts';

const rights = { readScope: 'orders:read', writeScope: 'orders:write', houseOnly: true } as const;

/** Channels at /v1/channels, their ring-fences and buffers at /v1/channel-limits. */
export function channelRoutes(app: App, context: Context): void {
  documentRoutes(app, context, {
    store: tableStore(anyDocument(channelType)),
    path: '/v1/channels',
    keyField: 'code',
    ...rights,
  });
  documentRoutes(app, context, {
    store: tableStore(anyDocument(channelLimitType)),
    path: '/v1/channel-limits',
    keyField: undefined,
    ...rights,
  });
}
