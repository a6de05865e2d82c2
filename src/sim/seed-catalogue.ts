import { type DemoCatalogue, SELLERS, workplaceBodies, zoneBodies } from './catalogue/index.ts';
import { type ApiClient, ApiError } from './posting/client.ts';

/** Lines of one bulk request. */
const BULK_LINES = 500;
/** Bulk requests of one kind in flight. */
const IN_FLIGHT = 2;

/** Something the reference data need that the API would not take. */
export class CatalogueError extends Error {}

/** Creates documents; those that are there already, as after a crash, are left as they are. */
async function create(
  client: ApiClient,
  path: string,
  plural: string,
  bodies: readonly unknown[],
  onDone: (lines: number) => void,
): Promise<void> {
  const starts = Array.from(
    { length: Math.ceil(bodies.length / BULK_LINES) },
    (_, index) => index * BULK_LINES,
  );
  const work = async () => {
    for (let start = starts.shift(); start !== undefined; start = starts.shift()) {
      const lines = bodies.slice(start, start + BULK_LINES);
      const answer = await client.post(`${path}/bulk`, { [plural]: lines });
      if (answer.status >= 300) throw new ApiError(`POST ${path}/bulk`, answer);
      for (const { status, problem } of answer.body.lines) {
        if (status === 'created' || problem?.type === '/problems/conflict') continue;
        throw new CatalogueError(`${path}: ${JSON.stringify(problem).slice(0, 500)}`);
      }
      onDone(lines.length);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, work));
}

/**
 * Gives the API the reference data: owners, sites, zones, locations, lanes, items.
 * @param onProgress told how many of all documents there are.
 * @returns when the first site was made, in milliseconds: the demo's history ends then, so that
 *   seeding again continues the same history.
 */
export async function seedCatalogue(
  client: ApiClient,
  catalogue: DemoCatalogue,
  onProgress: (done: number, total: number) => void,
): Promise<number> {
  const { sites, bins, suppliers, lanes, items } = catalogue;
  const places = sites.flatMap(workplaceBodies);
  const siteBodies = [...sites, ...suppliers].map(({ body }) => body);
  const zones = sites.flatMap((site) => zoneBodies().map((zone) => ({ site, zone })));
  const locations = [...places, ...bins.map(({ body }) => body)];
  const counted = [SELLERS, siteBodies, zones, locations, lanes, items];
  const total = counted.reduce((sum, { length }) => sum + length, 0);
  let done = 0;
  const onDone = (lines: number) => {
    done += lines;
    onProgress(done, total);
  };
  await create(client, '/v1/sites', 'sites', siteBodies, onDone);
  await create(client, '/v1/owners', 'owners', SELLERS, onDone);
  for (const site of sites) {
    await create(client, `/v1/sites/${site.code}/zones`, 'zones', zoneBodies(), onDone);
  }
  await Promise.all([
    create(client, '/v1/locations', 'locations', locations, onDone),
    create(client, '/v1/lanes', 'lanes', lanes, onDone),
    create(
      client,
      '/v1/items',
      'items',
      items.map(({ body }) => body),
      onDone,
    ),
  ]);
  const first = await client.get(`/v1/sites/${sites[0]?.code}`);
  return Math.floor(Date.parse(first.createdAt) / 1000) * 1000;
}
