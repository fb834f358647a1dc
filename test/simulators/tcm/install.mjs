// Installs a simulated product: node install.mjs ROOT PROFILE WORDING [NODE]
// ROOT gets bin/ with one program for each command of the profile, setup_env.sh without which every one of them fails,
// and copies of profile and wording. NODE is the program that runs them, by default this one. The state of the product
// is in $TCM_SIM_STATE, by default ROOT/state.
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const [root, profileFile, wordingFile, node = process.execPath] = process.argv.slice(2).map((path) => resolve(path));
const here = dirname(fileURLToPath(import.meta.url));
const program = join(here, 'program.mjs');
const profile = JSON.parse(readFileSync(profileFile, 'utf8'));

/** Programs of the operating system, which a profile may use to read a log. */
const REAL = new Set(['cat', 'tail', 'sh']);

/** Every `argv` in a profile. */
function commandsIn(value) {
  if (typeof value !== 'object' || value === null) return [];
  return [...(Array.isArray(value.argv) ? [value.argv] : []), ...Object.values(value).flatMap(commandsIn)];
}

mkdirSync(join(root, 'bin'), { recursive: true });
mkdirSync(join(root, 'state'), { recursive: true });
writeFileSync(join(root, 'profile.json'), JSON.stringify(profile));
writeFileSync(join(root, 'wording.json'), readFileSync(wordingFile));
const names = new Set(commandsIn(profile).map(([name]) => name));
for (const name of names) {
  if (REAL.has(name)) continue;
  const path = join(root, 'bin', name);
  writeFileSync(path, `#!/bin/sh\nexec "$TCM_SIM_NODE" '${program}' "$TCM_SIM_ROOT" ${name} "$@"\n`);
  chmodSync(path, 0o755);
}
writeFileSync(
  join(root, 'setup_env.sh'),
  [
    '# The environment of the simulated product.',
    `TCM_SIM_ROOT='${root}'; TCM_SIM_NODE='${node}'`,
    'TCM_SIM_STATE="${TCM_SIM_STATE:-$TCM_SIM_ROOT/state}"',
    'TCM_ENVIRONMENT=sourced; PATH="$TCM_SIM_ROOT/bin:$PATH"',
    'export TCM_SIM_ROOT TCM_SIM_NODE TCM_SIM_STATE TCM_ENVIRONMENT PATH',
    '',
  ].join('\n'),
);
