// `npm run test:mutants`: plants faults in a copy of the project, one at a time, and sees to it
// that the named test turns red. `npm run test:mutants -- 3 7` plants only these.
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installIfNeeded, root } from '../../scripts/install.mjs';
import { MUTANTS } from './mutants.mjs';

/** What the tests need; node_modules is linked, and the working tree is never touched. */
const COPIED = [
  ...['bin', 'docs', 'migrations', 'scripts', 'src', 'test'],
  ...['package.json', 'tsconfig.json', 'vitest.config.ts'],
];
const RUN_MS_MAX = 90_000;

function copyProject() {
  const copy = mkdtempSync(join(tmpdir(), 'onhand-mutants-'));
  for (const name of COPIED.filter((entry) => existsSync(join(root, entry)))) {
    cpSync(join(root, name), join(copy, name), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'), 'dir');
  return copy;
}

/** Runs test files in the copy; answers whether the cases passed, failed, or did not even run. */
function runTests(copy, files, cases) {
  const report = join(copy, 'mutants.json');
  rmSync(report, { force: true });
  const pattern = cases.map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|');
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const args = [vitest, 'run', ...files, '-t', pattern, '--reporter=json'];
  const options = { cwd: copy, stdio: 'ignore', timeout: RUN_MS_MAX };
  spawnSync(process.execPath, [...args, `--outputFile=${report}`], options);
  if (!existsSync(report)) return cases.map(() => 'broken');
  const { testResults } = JSON.parse(readFileSync(report, 'utf8'));
  const results = testResults.flatMap((file) => file.assertionResults);
  return cases.map((name) => {
    const own = results.filter((result) => result.title.includes(name));
    if (own.some((result) => result.status === 'failed')) return 'failed';
    return own.some((result) => result.status === 'passed') ? 'passed' : 'broken';
  });
}

/** Applies a patch; its text must stand there exactly once. */
function plant(copy, mutant) {
  const path = join(copy, mutant.file);
  const text = readFileSync(path, 'utf8');
  const places = text.split(mutant.from).length - 1;
  if (places !== 1) {
    throw new Error(`'${mutant.name}': the text to patch stands ${places} times in ${mutant.file}`);
  }
  writeFileSync(
    path,
    text.replace(mutant.from, () => mutant.to),
  );
  return () => writeFileSync(path, text);
}

function checkUnchanged(copy, mutants) {
  const files = [...new Set(mutants.map((mutant) => mutant.test))];
  const cases = [...new Set(mutants.map((mutant) => mutant.case))];
  const results = runTests(copy, files, cases);
  const wrong = cases.filter((_, i) => results[i] !== 'passed');
  if (wrong.length === 0) return;
  throw new Error(`without any mutant these do not pass: ${wrong.join('; ')}`);
}

function check(copy, mutant) {
  const restore = plant(copy, mutant);
  try {
    return runTests(copy, [mutant.test], [mutant.case])[0];
  } finally {
    restore();
  }
}

function row(cells, widths) {
  return cells
    .map((cell, i) => String(cell).padEnd(widths[i]))
    .join(' | ')
    .trimEnd();
}

function main() {
  installIfNeeded();
  const asked = process.argv.slice(2).map(Number);
  const chosen = MUTANTS.filter((_, i) => asked.length === 0 || asked.includes(i + 1));
  const widths = [
    Math.max(...chosen.map(({ name }) => name.length)),
    Math.max(...chosen.map(({ test }) => test.length)),
    6,
  ];
  const copy = copyProject();
  let caught = 0;
  try {
    checkUnchanged(copy, chosen);
    console.log(row(['mutant', 'test', 'caught'], widths));
    for (const mutant of chosen) {
      const result = check(copy, mutant);
      if (result === 'failed') caught += 1;
      const said = { failed: 'yes', passed: 'NO', broken: 'NO (the test did not run)' }[result];
      console.log(row([mutant.name, mutant.test, said], widths));
    }
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
  console.log(`${caught} of ${chosen.length} caught`);
  process.exitCode = caught === chosen.length ? 0 : 1;
}

main();
