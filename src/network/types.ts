import { z } from 'zod';
import { type DocumentType, neverInUse, type UsageCheck } from '../platform/documents/index.ts';
import { type CalendarValues, calendarFields, checkCalendar } from './calendar.ts';
import { checkLane, laneFields, TRANSPORT_MODES } from './lane.ts';
import { checkLocation, LOCATION_TYPES, locationFields } from './location.ts';
import { removeSiteParts, writeSiteParts } from './site.commands.ts';
import { checkCostSites } from './site.queries.ts';
import { checkSite, SITE_TYPES, siteFields } from './site.ts';
import { zoneFields } from './zone.ts';

const text = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^\p{Cc}\p{Cs}]*$/u);
const textFilter = (where: string) => ({ schema: text, where });
const flagFilter = (where: string) => ({ schema: z.enum(['true', 'false']), where });

const siteReference = { table: 'network.site', idColumn: 'site_id' } as const;

/**
 * Suppliers and customers are the house's own relations: a key bound to an owner sees neither
 * their sites nor the locations and lanes that go with them.
 */
function hiddenFromOwners(...columns: string[]): string {
  const open = columns.map((column) => `${column} NOT IN ('supplier', 'customer')`);
  return `(current_setting('onhand.owner', true) = '*' OR (${open.join(' AND ')}))`;
}

/** Sites. A site in use keeps the cost pool it has. */
export function siteType(inUse: UsageCheck): DocumentType<typeof siteFields> {
  return {
    name: 'site',
    plural: 'sites',
    table: 'network.site',
    idColumn: 'site_id',
    idName: 'siteId',
    fields: siteFields,
    key: ['code'],
    immutable: ['type'],
    frozen: ['costSite'],
    inUse,
    references: {
      calendar: {
        table: 'network.calendar',
        idColumn: 'calendar_id',
        column: 'calendar_id',
      },
    },
    nested: { costSite: 'cost.code' },
    joins: 'JOIN network.site cost ON cost.site_id = t.cost_site_id',
    computed: {},
    insertColumns: { cost_site_id: 'input.id' },
    visible: hiddenFromOwners('t.type'),
    filters: {
      q: textFilter(
        'position(lower(?) in lower(t.name)) > 0 OR position(lower(?) in lower(t.code)) > 0',
      ),
      type: { schema: z.enum(SITE_TYPES), where: 't.type = ?' },
      active: flagFilter('t.active = ?::boolean'),
    },
    sorts: {
      code: { expression: 't.code', sqlType: 'text' },
      name: { expression: 'left(t.name, 100)', sqlType: 'text' },
    },
    settle: (values) => ({ ...values, costSite: values.costSite ?? values.code }),
    check: ({ values }) => checkSite(values),
    checkTogether: checkCostSites,
    afterWrite: writeSiteParts,
    beforeRemove: removeSiteParts,
  };
}

/** Working calendars, which sites name. */
export const calendarType: DocumentType<typeof calendarFields> = {
  name: 'calendar',
  plural: 'calendars',
  table: 'network.calendar',
  idColumn: 'calendar_id',
  idName: 'calendarId',
  fields: calendarFields,
  key: ['code'],
  immutable: [],
  frozen: [],
  inUse: neverInUse,
  references: {},
  nested: {},
  computed: {},
  filters: {
    q: textFilter(
      'position(lower(?) in lower(t.name)) > 0 OR position(lower(?) in lower(t.code)) > 0',
    ),
    active: flagFilter('t.active = ?::boolean'),
  },
  sorts: { code: { expression: 't.code', sqlType: 'text' } },
  check: ({ values }) => checkCalendar(values as CalendarValues),
};

/** Zones, each inside one site. */
export const zoneType: DocumentType<typeof zoneFields> = {
  name: 'zone',
  plural: 'zones',
  table: 'network.zone',
  idColumn: 'zone_id',
  idName: 'zoneId',
  fields: zoneFields,
  key: ['site', 'code'],
  immutable: [],
  frozen: [],
  inUse: neverInUse,
  references: { site: { ...siteReference, column: 'site_id' } },
  nested: {},
  computed: {},
  visible: hiddenFromOwners('ref_site_id.type'),
  filters: {
    site: textFilter('ref_site_id.code = ?'),
    active: flagFilter('t.active = ?::boolean'),
  },
  sorts: { code: { expression: 't.code', sqlType: 'text' } },
  check: () => [],
};

/** Locations. One in use stays in its site, since availability is kept per site. */
export function locationType(inUse: UsageCheck): DocumentType<typeof locationFields> {
  return {
    name: 'location',
    plural: 'locations',
    table: 'network.location',
    idColumn: 'location_id',
    idName: 'locationId',
    fields: locationFields,
    key: ['code'],
    immutable: ['type'],
    frozen: ['site'],
    inUse,
    references: {
      site: { ...siteReference, column: 'site_id' },
      zone: {
        table: 'network.zone',
        idColumn: 'zone_id',
        column: 'zone_id',
        within: { field: 'site', column: 'site_id' },
      },
    },
    nested: {},
    computed: { isVirtual: { expression: 't.is_virtual', schema: z.boolean() } },
    visible: `(t.site_id IS NULL OR ${hiddenFromOwners('ref_site_id.type')})`,
    filters: {
      q: textFilter('position(lower(?) in lower(t.code)) > 0'),
      site: textFilter('ref_site_id.code = ?'),
      zone: textFilter('ref_zone_id.code = ?'),
      type: { schema: z.enum(LOCATION_TYPES), where: 't.type = ?' },
      virtual: flagFilter('t.is_virtual = ?::boolean'),
      active: flagFilter('t.active = ?::boolean'),
    },
    sorts: {
      code: { expression: 't.code', sqlType: 'text' },
      pickSequence: { expression: 'coalesce(t.pick_sequence, 2147483647)', sqlType: 'integer' },
    },
    check: ({ values }) => checkLocation(values),
  };
}

/** Lanes between sites. */
export const laneType: DocumentType<typeof laneFields> = {
  name: 'lane',
  plural: 'lanes',
  table: 'network.lane',
  idColumn: 'lane_id',
  idName: 'laneId',
  fields: laneFields,
  key: ['from', 'to', 'mode'],
  immutable: [],
  frozen: [],
  inUse: neverInUse,
  references: {
    from: { ...siteReference, column: 'from_site_id' },
    to: { ...siteReference, column: 'to_site_id' },
  },
  nested: {},
  computed: {},
  visible: hiddenFromOwners('ref_from_site_id.type', 'ref_to_site_id.type'),
  filters: {
    from: textFilter('ref_from_site_id.code = ?'),
    to: textFilter('ref_to_site_id.code = ?'),
    mode: { schema: z.enum(TRANSPORT_MODES), where: 't.mode = ?' },
    active: flagFilter('t.active = ?::boolean'),
  },
  sorts: {
    from: { expression: 'ref_from_site_id.code', sqlType: 'text' },
    to: { expression: 'ref_to_site_id.code', sqlType: 'text' },
    transitHoursTypical: { expression: 't.transit_hours_typical', sqlType: 'integer' },
  },
  check: ({ values }) => checkLane(values),
};
