import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { ARROWS, arrowsTable } from './support/arrows.ts';
import { root, type Source, sources } from './support/sources.ts';

const FILE_LINES_MAX = 400;
const FUNCTION_LINES_MAX = 70;
const LINE_LENGTH_MAX = 100;

const product = sources('src', ['.ts']).filter(({ path }) => !path.endsWith('.test.ts'));
const code = ['src', 'test', 'scripts', 'bin', 'bench', 'migrations']
  .filter((folder) => existsSync(join(root, folder)))
  .flatMap((folder) => sources(folder, ['.ts', '.mjs', '.sql']));
const everything = sources('.', ['.ts', '.mjs', '.sql', '.json', '.md', '.css', '.yml', 'run']);

/** The module of a source file: the folder below src. */
function moduleOf(path: string): string {
  return path.split('/')[1] ?? '';
}

/** Lines of `among` that match, as path:line, so that a failure says where to look. */
function matches(among: readonly Source[], pattern: RegExp): string[] {
  return among.flatMap(({ path, lines }) =>
    lines.flatMap((line, i) => (pattern.test(line) ? [`${path}:${i + 1}: ${line.trim()}`] : [])),
  );
}

interface Import {
  readonly from: string;
  /** Path from the root of the imported file. */
  readonly to: string;
}

function importsOf({ path, text }: Source): Import[] {
  const pattern = /(?:from|import)\s*\(?\s*'(\.{1,2}\/[^']+)'/g;
  return [...text.matchAll(pattern)].map((match) => ({
    from: path,
    to: normalize(join(dirname(path), match[1] ?? '')),
  }));
}

const crossings = product
  .flatMap(importsOf)
  .filter(({ from, to }) => to.startsWith('src/') && moduleOf(from) !== moduleOf(to));

describe('the arrows', () => {
  it('know every module', () => {
    const modules = new Set(product.map(({ path }) => moduleOf(path)));
    const known = ARROWS.map(({ module }) => module);
    expect([...modules].filter((module) => !known.includes(module))).toEqual([]);
  });

  it('are kept by every import', () => {
    const allowed = new Map(ARROWS.map(({ module, imports }) => [module, imports]));
    const wrong = crossings.filter(
      ({ from, to }) => !allowed.get(moduleOf(from))?.includes(moduleOf(to)),
    );
    expect(wrong).toEqual([]);
  });

  it("pass through a module's index.ts, or the files at the top of platform", () => {
    const isDoor = (path: string) =>
      path.endsWith('/index.ts') || /^src\/platform\/[^/]+\.ts$/.test(path);
    expect(crossings.filter(({ to }) => !isDoor(to))).toEqual([]);
  });

  it.skipIf(!existsSync(join(root, 'ARCHITECTURE.md')))('stand in ARCHITECTURE.md', () => {
    expect(readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8')).toContain(arrowsTable());
  });
});

describe('a schema', () => {
  it('is written by its own module only', () => {
    const schemas = ARROWS.map(({ module }) => module).join('|');
    const write = new RegExp(
      `\\b(INSERT INTO|UPDATE|DELETE FROM|MERGE INTO|TRUNCATE|COPY)\\s+(${schemas})\\.`,
      'g',
    );
    const wrong = product.flatMap(({ path, text }) =>
      [...text.matchAll(write)]
        .filter((match) => match[2] !== moduleOf(path))
        .map((match) => `${path}: ${match[0]}`),
    );
    expect(wrong).toEqual([]);
  });
});

/** Each function with its length in lines. */
function functionsOf({ path, text }: Source): { name: string; lines: number }[] {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const found: { name: string; lines: number }[] = [];
  const visit = (node: ts.Node) => {
    if (ts.isFunctionLike(node) && 'body' in node && node.body) {
      const first = file.getLineAndCharacterOfPosition(node.getStart()).line;
      const last = file.getLineAndCharacterOfPosition(node.getEnd()).line;
      found.push({ name: `${path}:${first + 1}`, lines: last - first + 1 });
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

describe('size', () => {
  it(`of a file is at most ${FILE_LINES_MAX} lines`, () => {
    const long = code.filter(({ lines }) => lines.length - 1 > FILE_LINES_MAX);
    expect(long.map(({ path, lines }) => `${path}: ${lines.length - 1}`)).toEqual([]);
  });

  it(`of a function is at most ${FUNCTION_LINES_MAX} lines`, () => {
    // A describe block is a list of cases and not a function to follow.
    const files = code.filter(({ path }) => /\.(ts|mjs)$/.test(path) && !path.includes('.test.'));
    const long = files.flatMap(functionsOf).filter(({ lines }) => lines > FUNCTION_LINES_MAX);
    expect(long).toEqual([]);
  });

  it(`of a line is at most ${LINE_LENGTH_MAX} characters`, () => {
    expect(matches(code, new RegExp(`^.{${LINE_LENGTH_MAX + 1},}$`))).toEqual([]);
  });
});

describe('the code', () => {
  const here = 'test/tidy.test.ts';

  it('holds no notes of unfinished work', () => {
    const others = code.filter(({ path }) => path !== here);
    expect(matches(others, /\b(TODO|FIXME|XXX|HACK)\b/)).toEqual([]);
  });

  it('makes no float of a quantity or of money', () => {
    const files = product.filter(({ path }) =>
      /^src\/(ledger|catalog\/rational|platform\/(quantity|money))/.test(path),
    );
    expect(files.length).toBeGreaterThan(0);
    expect(matches(files, /\bparseFloat\b|\.toFixed\(|\bMath\.round\(/)).toEqual([]);
  });

  it('gets time and randomness passed in', () => {
    const files = product.filter(({ path }) => path !== 'src/platform/clock.ts');
    expect(matches(files, /\bDate\.now\(\)|\bnew Date\(\)|\bMath\.random\(\)/)).toEqual([]);
  });

  it('skips or singles out no test for good', () => {
    const tests = code.filter(({ path }) => path.endsWith('.test.ts') && path !== here);
    expect(matches(tests, /\b(it|test|describe)\.(only|skip|todo)\(/)).toEqual([]);
  });
});

describe('the repository', () => {
  const files = everything.filter(({ path }) => !['test/tidy.test.ts'].includes(path));

  it('loads nothing from a content delivery network, and names no registry host', () => {
    const hosts = [
      'cdn\\.',
      'unpkg\\.com',
      'jsdelivr',
      'googleapis',
      'registry\\.npmjs',
      'esm\\.sh',
    ];
    expect(matches(files, new RegExp(`https?://[^\\s"'\`]*(${hosts.join('|')})`))).toEqual([]);
  });

  it('names no path of the machine that it was made on', () => {
    expect(matches(files, /(^|[\s"'`(=:])\/(work|home|Users)\/[a-z]/)).toEqual([]);
  });
});
