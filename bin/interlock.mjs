#!/usr/bin/env node
// Starts the `interlock` command on the Node it needs. The Node of the system may be as old as 20, but MikroORM 7 and
// pg-boss 12 need 22.17 or newer. So the package brings its own Node 24 (npm package `node`), and this file, in plain
// JavaScript, starts it.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const main = join(root, 'dist', 'src', 'main.js');
const [major, minor] = process.versions.node.split('.').map(Number);

if (!existsSync(main)) {
  console.error('interlock is not built yet. Run `npm run build` first; `npm start` does this for you.');
  process.exit(1);
}
if (major > 22 || (major === 22 && minor >= 17)) {
  await import(pathToFileURL(main).href);
} else {
  const own = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (!existsSync(own)) {
    console.error(
      `Node ${process.versions.node} is too old and the bundled Node 24 is missing (${own}): run \`npm ci\`.`,
    );
    process.exit(1);
  }
  const child = spawn(own, [main, ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => (signal ? process.kill(process.pid, signal) : process.exit(code ?? 1)));
}
