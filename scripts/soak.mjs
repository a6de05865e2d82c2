// `npm run soak:crash -- --kills 1000`: a proof of test/proof for as long as one likes. The test
// is the same as in CI; only its size differs. `npm run soak:properties` runs all property tests
// with other cases than CI's: those of `--seed`, or any.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { installIfNeeded, root } from './install.mjs';

/** For each proof: its vitest projects, its files, and the variable behind each of its options. */
const PROOFS = {
  crash: { project: 'proof', options: { kills: 'PROOF_KILLS', seed: 'PROOF_SEED' } },
  replay: { project: 'proof', options: { commands: 'PROOF_COMMANDS', seed: 'PROOF_SEED' } },
  overload: {
    project: 'proof',
    options: { seconds: 'PROOF_SECONDS', goodput: 'PROOF_GOODPUT_MIN' },
  },
  oversell: { project: 'db', options: { tries: 'PROOF_TRIES' } },
  fuzz: { project: 'db', options: { cases: 'PROOF_CASES', seed: 'PROOF_SEED' } },
  properties: { project: ['unit', 'db'], options: { seed: 'PROPERTY_SEED' }, files: propertyTests },
};

/** Every test file that uses fast-check. */
function propertyTests() {
  return ['src', 'test'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true })
      .filter((name) => /\.test\.ts$/.test(name))
      .map((name) => join(folder, name))
      .filter((path) => readFileSync(join(root, path), 'utf8').includes("'fast-check'")),
  );
}

const [name, ...args] = process.argv.slice(2);
const proof = PROOFS[name];
if (!proof) {
  console.error(`Usage: node scripts/soak.mjs <${Object.keys(PROOFS).join('|')}> [--option N]`);
  process.exit(2);
}
const options = Object.fromEntries(
  Object.keys(proof.options).map((option) => [option, { type: 'string' }]),
);
const { values } = parseArgs({ args, options });
const env = { ...process.env, PROPERTY_SEED: `${Math.floor(Math.random() * 2 ** 31)}` };
for (const [option, value] of Object.entries(values)) env[proof.options[option]] = value;
installIfNeeded();
const files = proof.files?.() ?? [`test/proof/${name}.`];
const projects = [proof.project].flat().map((project) => `--project=${project}`);
const vitest = ['run', ...projects, ...files];
if (proof.files) console.log(`PROPERTY_SEED=${env.PROPERTY_SEED}`);
const { status } = spawnSync(join(root, 'node_modules/.bin/vitest'), vitest, {
  ...{ cwd: root, stdio: 'inherit' },
  env,
});
process.exit(status ?? 1);
