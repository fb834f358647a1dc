// Bundles the explorer page and its editors into dist/explorer, so that it works offline, with this server only.
// Does nothing if the bundle is newer than the sources of the page and the lock file.
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '..');
const out = join(root, 'dist', 'explorer');
const built = (file) => (existsSync(file) ? statSync(file).mtimeMs : 0);
const sources = [...readdirSync(here).map((name) => join(here, name)), join(root, 'package-lock.json')];

if (built(join(out, 'page.html')) < Math.max(...sources.map(built))) {
  const { build } = await import('esbuild');
  mkdirSync(out, { recursive: true });
  await build({
    entryPoints: {
      main: join(here, 'main.tsx'),
      'editor.worker': 'monaco-editor/esm/vs/editor/editor.worker.js',
      'json.worker': 'monaco-editor/esm/vs/language/json/json.worker.js',
      'graphql.worker': 'monaco-graphql/esm/graphql.worker.js',
    },
    outdir: out,
    absWorkingDir: root,
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    loader: { '.ttf': 'file' },
    define: { 'process.env.NODE_ENV': '"production"' },
    logLevel: 'warning',
  });
  for (const name of readdirSync(out).filter((file) => /\.(js|css|ttf)$/.test(file))) {
    const plain = readFileSync(join(out, name));
    writeFileSync(join(out, `${name}.gz`), gzipSync(plain, { level: 9 }));
    writeFileSync(
      join(out, `${name}.br`),
      brotliCompressSync(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }),
    );
  }
  // Last, because this file marks the bundle as complete.
  copyFileSync(join(here, 'page.html'), join(out, 'page.html'));
}
