// Copies what plugins bring along for other programs (Python, playbooks, scripts) to the build: the compiler takes only
// TypeScript.
import { cpSync, globSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, '..', 'dist', 'plugins');

for (const folder of globSync('*/control', { cwd: here })) {
  rmSync(join(out, folder), { recursive: true, force: true });
  cpSync(join(here, folder), join(out, folder), {
    recursive: true,
    filter: (path) => !path.includes('__pycache__'),
  });
}
