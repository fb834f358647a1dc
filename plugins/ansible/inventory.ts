/** Turns requests into what Ansible reads: an inventory of exactly the requested hosts, and variables that are data. */
import type { JsonValue, RequestTarget } from '../../src/adapters/adapter.js';
import type { Settings, TargetBinding } from './settings.js';

/** Names that mean something to Ansible, so no host may have them. */
const RESERVED = new Set(['all', 'ungrouped', 'localhost', '127.0.0.1', '::1']);

/** A text as YAML in double quotes; everything but printable ASCII escaped, because YAML refuses some of it. */
function quoted(text: string): string {
  let found = '';
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    if (char === '"' || char === '\\') found += `\\${char}`;
    else if (code >= 0x20 && code < 0x7f) found += char;
    else if (code >= 0xd800 && code <= 0xdfff) found += '\\uFFFD';
    else found += `\\U${code.toString(16).padStart(8, '0')}`;
  }
  return `"${found}"`;
}

/**
 * A value as YAML in which every text is marked `!unsafe`: Ansible evaluates templates in variables, and a release
 * named `{{ lookup('pipe', 'reboot') }}` must stay a name.
 * @throws Error for a number that YAML cannot carry.
 */
export function dataYaml(value: JsonValue): string {
  if (typeof value === 'string') return `!unsafe ${quoted(value)}`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item) => dataYaml(item as JsonValue)).join(', ')}]`;
  const members = Object.entries(value).map(([name, item]) => `${quoted(name)}: ${dataYaml(item as JsonValue)}`);
  return `{${members.join(', ')}}`;
}

function baseOf(target: RequestTarget): string {
  const { alias } = target.binding as TargetBinding;
  const base = (alias ?? target.name).replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[^A-Za-z0-9]+|-+$/g, '');
  const short = base.slice(0, 100) || 'host';
  return RESERVED.has(short.toLowerCase()) ? `${short}-host` : short;
}

/** The name of each target in the inventory, in the order of the request. No two are the same, and none is special. */
export function aliasesOf(targets: readonly RequestTarget[]): string[] {
  const taken = new Set<string>();
  return targets.map((target) => {
    const base = baseOf(target);
    let name = base;
    for (let number = 2; taken.has(name); number += 1) name = `${base}-${number}`;
    taken.add(name);
    return name;
  });
}

function variablesOf(binding: TargetBinding, settings: Settings): Record<string, JsonValue> {
  const user = binding.user ?? settings.user;
  return {
    ...(binding.variables as Record<string, JsonValue> | undefined),
    ansible_host: binding.host,
    ansible_port: binding.port ?? 22,
    ansible_python_interpreter: binding.pythonInterpreter ?? 'auto_silent',
    ...(user !== undefined && { ansible_user: user }),
    ...(binding.become !== undefined && { ansible_become: binding.become }),
    ...(binding.becomeUser !== undefined && { ansible_become_user: binding.becomeUser }),
    ...(binding.remoteTmp !== undefined && { ansible_remote_tmp: binding.remoteTmp }),
    ...(binding.directory !== undefined && { interlock_directory: binding.directory }),
  };
}

/**
 * An inventory with some of the targets and nothing else.
 * @param hosts alias and target, as {@link aliasesOf} pairs them.
 */
export function inventoryOf(hosts: ReadonlyMap<string, RequestTarget>, settings: Settings): string {
  const entries = [...hosts].map(([alias, { binding }]) => [alias, variablesOf(binding as TargetBinding, settings)]);
  return `${dataYaml({ all: { hosts: Object.fromEntries(entries) as JsonValue } })}\n`;
}

/**
 * The targets in the groups that are under way together. Without a limit there is one group: Ansible spreads the work
 * over its forks itself. With one, each group is a run of Ansible of its own, so that no target of the next group is
 * touched before the last of this one has ended.
 */
export function batchesOf(
  aliases: readonly string[],
  limits: { readonly maxParallel?: number; readonly stopAfterFailures?: number },
  forks: number,
): string[][] {
  const { maxParallel, stopAfterFailures } = limits;
  if (maxParallel === undefined && stopAfterFailures === undefined) return [[...aliases]];
  const size = maxParallel ?? forks;
  return Array.from({ length: Math.ceil(aliases.length / size) }, (_unused, index) =>
    aliases.slice(index * size, (index + 1) * size),
  );
}
