// The peer's side: @medusajs/inventory standalone, from the folder it was installed in. A process
// of its own, so that nothing of the peer is loaded into ours. Arguments: folder, database URL,
// seconds, callers. Prints one JSON object: writes a second of each kind.
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [folder = '', url = '', seconds = '5', callers = '16'] = process.argv.slice(2);
const require = createRequire(join(folder, 'package.json'));
const { MedusaApp, MedusaModule } = require('@medusajs/framework/modules-sdk');
const { ModulesSdkUtils } = require('@medusajs/framework/utils');

const ITEMS = 2000;
const LOCATION = 'sloc_bench';

/** Takes events and tells nobody: the peer's cost of writing, without that of delivering. */
const eventBus = {
  emit: async () => {},
  subscribe: () => eventBus,
  unsubscribe: () => eventBus,
  releaseGroupedEvents: async () => {},
  clearGroupedEvents: async () => {},
  addInterceptor: () => eventBus,
  removeInterceptor: () => eventBus,
};

function connect() {
  const pool = { min: 2, max: Number(callers) * 2 };
  return ModulesSdkUtils.createPgConnection({ clientUrl: url, pool });
}

function setup(connection) {
  const database = { clientUrl: url, connection };
  const resolve = require.resolve('@medusajs/inventory');
  const quiet = () => {};
  return {
    modulesConfig: { inventory: { resolve, options: { database } } },
    injectedDependencies: {
      __pg_connection__: connection,
      event_bus: eventBus,
      logger: { info: quiet, warn: quiet, debug: quiet, log: quiet, error: console.error },
    },
    sharedResourcesConfig: { database },
    cwd: folder,
  };
}

/** Migrates, then boots again: migrating closes the connections it was given. */
async function boot() {
  const migrating = await MedusaApp({ ...setup(connect()), migrationOnly: true });
  await migrating.runMigrations();
  MedusaModule.clearInstances();
  const connection = connect();
  const app = await MedusaApp(setup(connection));
  await app.onApplicationStart();
  return app.modules.inventory;
}

async function measure(work) {
  const started = performance.now();
  const end = started + Number(seconds) * 1000;
  let done = 0;
  const caller = async () => {
    while (performance.now() < end) {
      await work();
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: Number(callers) }, caller));
  return (done / (performance.now() - started)) * 1000;
}

const inventory = await boot();
const items = await inventory.createInventoryItems(
  Array.from({ length: ITEMS }, (_, i) => ({ sku: `SKU-${i}` })),
);
const ids = items.map(({ id }) => id);
await inventory.createInventoryLevels(
  ids.map((id) => ({ inventory_item_id: id, location_id: LOCATION, stocked_quantity: 1e9 })),
);
const pick = () => ids[Math.floor(Math.random() * ids.length)];
const adjust = () => inventory.adjustInventory(pick(), LOCATION, 1);
const hot = () => inventory.adjustInventory(ids[0], LOCATION, 1);
const reserve = () =>
  inventory.createReservationItems([
    { inventory_item_id: pick(), location_id: LOCATION, quantity: 1 },
  ]);
await measure(adjust);
const before = await inventory.retrieveInventoryLevelByItemAndLocation(ids[0], LOCATION);
let tries = 0;
const hotRate = await measure(async () => {
  tries += 1;
  await hot();
});
const after = await inventory.retrieveInventoryLevelByItemAndLocation(ids[0], LOCATION);
const kept = Number(after.stocked_quantity) - Number(before.stocked_quantity);
const result = {
  adjust: await measure(adjust),
  hot: hotRate,
  // Acknowledged adjustments of one level that are not in it afterwards.
  lostOfHot: tries - kept,
  triedHot: tries,
  reserve: await measure(reserve),
};
process.stdout.write(`RESULT ${JSON.stringify(result)}\n`);
process.exit(0);
