// `npm run schema`: writes docs/schema.sql anew from the migrations. The test that compares the
// two does the work, told to update.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { installIfNeeded, root } from './install.mjs';

installIfNeeded();
const args = ['run', '--project=db', 'test/schema.db.test.ts', '--update'];
const options = { cwd: root, stdio: 'inherit' };
process.exit(spawnSync(join(root, 'node_modules/.bin/vitest'), args, options).status ?? 1);
