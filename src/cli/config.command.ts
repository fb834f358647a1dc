import { SETTINGS } from '../config.js';
import { printJson } from './output.js';

/** Prints the settings and what they are by default, never what they are set to: some are secrets. */
export function configCommand({ json }: { readonly json?: boolean } = {}): void {
  const settings = Object.values(SETTINGS).map(({ env, fallback, meaning }) => ({
    name: env,
    default: Array.isArray(fallback) ? fallback.join(',') : (fallback ?? null),
    meaning,
  }));
  if (json) return printJson(settings);
  for (const { name, default: value, meaning } of settings)
    process.stdout.write(
      `${name}${value === null || value === '' ? '' : ` (default ${String(value)})`}\n    ${meaning}\n`,
    );
}
