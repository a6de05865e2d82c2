#!/usr/bin/env node
// In a checkout the bundle is rebuilt when a source is newer; a packed package runs it as it is.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`onhand: Node.js 20.19 or newer is needed; this is ${process.versions.node}.`);
  process.exit(1);
}
const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const builder = join(root, 'scripts/build.mjs');
if (existsSync(builder) && existsSync(join(root, 'src'))) {
  try {
    const { build, isStale } = await import(pathToFileURL(builder).href);
    if (isStale()) await build();
  } catch (error) {
    console.error(`onhand: the build failed: ${error.message}`);
    if (error.code === 'ERR_MODULE_NOT_FOUND') console.error('Run: npm ci');
    process.exit(1);
  }
}
process.setSourceMapsEnabled(true);
await import(pathToFileURL(join(root, 'dist/main.mjs')).href);
