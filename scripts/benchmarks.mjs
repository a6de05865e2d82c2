// `npm run benchmarks`: writes the tables of docs/reference/benchmarks.md anew from the committed
// results, between `<!-- figures: NAME -->` and `<!-- end -->`. What stands around them stays.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './install.mjs';

const PAGE = 'docs/reference/benchmarks.md';

function figure(value) {
  if (value === null) return '–';
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US');
  return `${Number(value.toPrecision(3))}`;
}

function verdict(pass) {
  if (pass === null) return '';
  return pass ? 'yes' : '**short**';
}

/** The table of one benchmark's results, with the note of each figure below it. */
function tableOf(name) {
  const results = join(root, `bench/results/${name}.json`);
  if (!existsSync(results)) return `No full run of \`npm run bench:${name}\` is recorded yet.`;
  const { machine, startedAt, rows } = JSON.parse(readFileSync(results, 'utf8'));
  const { cpu, cores, memoryGb, node } = machine;
  const day = startedAt.slice(0, 10);
  const lines = rows.map(({ id, value, unit, baseline, ratio, reach, pass }) => {
    const cells = [`\`${id}\``, `${figure(value)} ${unit}`, figure(baseline)];
    cells.push(ratio === null ? '' : `${figure(ratio)}x`, reach, verdict(pass));
    return `| ${cells.join(' | ')} |`;
  });
  const notes = rows.map(({ id, note }) => `- \`${id}\`: ${note}`);
  return [
    `\`npm run bench:${name}\` on ${day}: ${cores} cores (${cpu}), ${memoryGb} GB, Node ${node}.`,
    '',
    '| id | value | baseline | ratio | reach | reached |',
    '|---|---|---|---|---|---|',
    ...lines,
    '',
    ...notes,
  ].join('\n');
}

const path = join(root, PAGE);
const before = readFileSync(path, 'utf8');
const block = /(<!-- figures: ([a-z]+) -->\n)[\s\S]*?(<!-- end -->)/g;
const after = before.replace(
  block,
  (_all, begin, name, end) => `${begin}\n${tableOf(name)}\n\n${end}`,
);
// With --check it only tells whether the page is up to date.
if (!process.argv.includes('--check')) writeFileSync(path, after);
else if (after !== before) {
  console.error(`${PAGE} is not what bench/results says: npm run benchmarks`);
  process.exitCode = 1;
}
