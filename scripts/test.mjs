// `npm test`: installs, then every check and test. `npm test -- <filter>` runs vitest alone with
// the filter. The steps after a failed one still run, so that one run shows all that is wrong.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { installIfNeeded, root } from './install.mjs';

const bin = (name) => join(root, 'node_modules/.bin', name);

function spawn(name, command, args) {
  console.log(`\n--- ${name}`);
  return spawnSync(command, args, { cwd: root, stdio: 'inherit' }).status === 0;
}

/** A check is one line of the summary and counts as one test. */
function check(name, command, args) {
  const ok = spawn(name, command, args);
  return { name, ok, passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 };
}

/** What failed, with the first lines of why, so that the end of a log is enough to know. */
function redTests({ testResults }) {
  const red = [];
  for (const { name, message, assertionResults } of testResults) {
    const failed = assertionResults.filter(({ status }) => status === 'failed');
    if (message && failed.length === 0) red.push(`${name}\n${firstLines(message)}`);
    for (const { fullName, failureMessages } of failed) {
      red.push(`${relative(root, name)} > ${fullName}\n${firstLines(failureMessages.join('\n'))}`);
    }
  }
  return red;
}

function firstLines(message) {
  const lines = message.split('\n').slice(0, 12);
  return lines.map((line) => `    ${line.slice(0, 300)}`).join('\n');
}

/** Runs vitest and counts its tests; a run that breaks off counts as one failure at least. */
function tests(name, args) {
  const report = join(root, '.tmp', `${name.replaceAll(' ', '-')}.json`);
  mkdirSync(join(root, '.tmp'), { recursive: true });
  rmSync(report, { force: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const ok = spawn(name, bin('vitest'), ['run', ...args, ...reporters]);
  try {
    const counts = JSON.parse(readFileSync(report, 'utf8'));
    const failed = Math.max(counts.numFailedTests, ok ? 0 : 1);
    const skipped = counts.numPendingTests + counts.numTodoTests;
    return { name, ok, passed: counts.numPassedTests, failed, skipped, red: redTests(counts) };
  } catch {
    return { name, ok: false, passed: 0, failed: 1, skipped: 0 };
  }
}

function timed(step) {
  const started = Date.now();
  const result = step();
  return { ...result, seconds: ((Date.now() - started) / 1000).toFixed(1) };
}

installIfNeeded();
const filter = process.argv.slice(2);
if (filter.length > 0) process.exit(spawn('tests', bin('vitest'), ['run', ...filter]) ? 0 : 1);

const results = [
  () => check('lint and format', bin('biome'), ['ci', '.']),
  () => check('types', bin('tsc'), ['-p', '.']),
  () => check('dead code', bin('knip'), []),
  () => tests('unit and database tests', ['--project=unit', '--project=db']),
  () => tests('proofs on the running product', ['--project=proof']),
  () => tests('browser tests', ['--project=browser']),
].map(timed);

for (const text of results.flatMap(({ red = [] }) => red)) console.log(`\nFAILED  ${text}`);
console.log('');
for (const { name, ok, passed, seconds } of results) {
  console.log(`${ok ? 'passed' : 'FAILED'}  ${name}: ${passed} (${seconds} s)`);
}
const sum = (key) => results.reduce((total, result) => total + result[key], 0);
const skipped = sum('skipped') > 0 ? `, ${sum('skipped')} skipped` : '';
console.log(`${sum('passed')} passed, ${sum('failed')} failed${skipped}`);
process.exit(results.every(({ ok }) => ok) ? 0 : 1);
