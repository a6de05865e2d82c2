import type { Clock } from '../../platform/clock.ts';
import type { Database, Queryable } from '../../platform/database.ts';
import type { BackorderPolicy, ShipmentPolicy } from '../orders/order.ts';

/** A channel as capturing a sales order needs it. */
export interface Channel {
  readonly channelId: number;
  readonly code: string;
  readonly priority: number;
  readonly serviceLevel: string;
  readonly shipmentPolicy: ShipmentPolicy;
  readonly backorder: BackorderPolicy;
  readonly handlingHours: number;
  /** Codes of sites, the preferred one first; empty: every site. */
  readonly sites: readonly string[];
  readonly active: boolean;
}

const COLUMNS = `channel_id AS "channelId", code, priority, service_level AS "serviceLevel",
  shipment_policy AS "shipmentPolicy", backorder, handling_hours AS "handlingHours", sites, active`;

async function loadChannels(db: Queryable): Promise<Channel[]> {
  const { rows } = await db.query<Channel>(`SELECT ${COLUMNS} FROM outbound.channel`);
  return rows;
}

/** Channels in memory: there are few, and capturing must not ask for them each time. */
export interface ChannelDirectory {
  /** Loads them where memory is stale, or lacks one of these codes. */
  prepare(codes: readonly string[]): Promise<void>;
  channel(code: string): Channel | undefined;
  channelById(channelId: number): Channel | undefined;
}

const FRESH_MS = 5_000;

/** Makes an empty directory; what is edited is seen after at most {@link FRESH_MS}. */
export function createChannelDirectory(database: Database, clock: Clock): ChannelDirectory {
  let byCode = new Map<string, Channel>();
  let byId = new Map<number, Channel>();
  let until = 0;
  return {
    prepare: async (codes) => {
      const now = clock().getTime();
      if (now < until && codes.every((code) => byCode.has(code))) return;
      const channels = await loadChannels(database.poster);
      byCode = new Map(channels.map((channel) => [channel.code, channel]));
      byId = new Map(channels.map((channel) => [channel.channelId, channel]));
      until = now + FRESH_MS;
    },
    channel: (code) => byCode.get(code),
    channelById: (channelId) => byId.get(channelId),
  };
}
