import type { Module } from './modules.js';

type Node = { readonly type: string } & Record<string, unknown>;

/**
 * Maps and sets that outlive a call and are filled at run time, and what bounds them. Anything else is a `BoundedMap`.
 * The name is that of the field or variable.
 */
export const BOUNDED_BY_NATURE: Readonly<Record<string, string>> = {
  'src/database/fair-share.ts lines': 'one per person who reads now',
  'src/database/running.ts ends': 'one per statement that runs',
  'src/adapters/conformance/world.ts media': 'a run of the conformance kit',
  'src/adapters/registry.ts moduleOfId': 'the tools file',
  'src/adapters/registry.ts slots': 'the tools file',
  'src/adapters/validate-request.ts seen': 'the check of a request to a tool',
  'src/domain/bounded-map.ts entries': 'its bounds',
  'src/domain/cmdb/impact.ts groupSizes': 'a transaction or a request',
  'src/domain/cmdb/impact.ts groups': 'a transaction or a request',
  'src/domain/cmdb/impact.ts nodes': 'a transaction or a request',
  'src/domain/cmdb/impact.ts numbers': 'a transaction or a request',
  'src/jobs/jobs.ts sweeping': 'the sweeps',
  'src/jobs/jobs.ts next': 'the sweeps, a fixed list',
  'src/reads/reads.ts loaders': 'a request',
  'src/schema/list.ts known': 'the orders that resolvers declare',
  'src/server/graphql/forgotten-variables.ts found': 'a look at a document',
  'src/server/http/late-bodies.ts since': 'requests that are not answered yet',
  'src/server/limits.ts known': 'a look at a document',
  'src/server/live/live.ts groups': 'open subscriptions',
  'src/server/live/live.ts members': 'open subscriptions',
  'src/server/live/live.ts uses': 'a look at a document',
  'src/server/live/sessions.ts open': 'open sockets',
  'src/server/live/sessions.ts waiting': 'the most sockets that may wait',
  'src/server/metrics.ts series': 'the routes, by status',
  'src/server/overlaps.ts found': 'a look at a document',
  'src/server/overlaps.ts spread': 'a look at a document',
  'src/server/sign-in/authenticate.ts checking': 'running requests',
  'src/server/sign-in/share.ts open': 'what people have open',
  'src/server/websocket.ts gone': 'open sockets',
  'src/services/change-log.ts coming': 'a transaction',
  'src/services/change-log.ts creations': 'a transaction',
  'src/services/change-log.ts elementEvents': 'a transaction',
  'src/services/change-log.ts told': 'a transaction',
  'src/services/change-log.ts tracked': 'a transaction',
  'src/services/told-changes.ts lists': 'a transaction',
  'src/services/distribution/circuit-breaker.ts circuits': 'the tools file',
  'src/services/tracked-row.ts byText': 'a transaction',
};

/** Parts whose functions make things that live as long as the process. In other parts only fields and modules do. */
const ROOMS_OF_THE_PROCESS = /^src\/(server|database|events|jobs|adapters|schema|resolvers)\//;

const FUNCTIONS = new Set([
  'FunctionDeclaration',
  'FunctionExpression',
  'ArrowFunctionExpression',
  'ClassMethod',
  'PrivateMethod',
  'MethodProperty',
  'Constructor',
]);

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';

/** A `new Map(…)` or `new Set(…)`, and whether it begins empty. */
function collection(value: unknown): { readonly empty: boolean } | undefined {
  if (!isNode(value) || value.type !== 'NewExpression') return undefined;
  const { value: name } = value['callee'] as { readonly value?: string };
  if (name !== 'Map' && name !== 'Set') return undefined;
  return { empty: ((value['arguments'] as unknown[] | null) ?? []).length === 0 };
}

const nameOf = (key: unknown): string => {
  const { value, id, name } = key as {
    readonly value?: string;
    readonly id?: { readonly value?: string };
    readonly name?: string;
  };
  return value ?? id?.value ?? name ?? '';
};

interface Found {
  readonly name: string;
  /** Number of functions around it. */
  readonly depth: number;
  readonly field: boolean;
}

/** Names of the maps and sets of a module that begin empty and outlive the call in which they are made. */
export function longLived({ path, body }: Pick<Module, 'path' | 'body'>): string[] {
  const made: Found[] = [];
  /** Depth of the deepest function that fills a variable, by its name. */
  const filled = new Map<string, number>();
  const walk = (value: unknown, depth: number): void => {
    if (Array.isArray(value)) return value.forEach((item) => walk(item, depth));
    if (typeof value !== 'object' || value === null) return;
    if (isNode(value)) {
      if (['ClassProperty', 'PrivateProperty'].includes(value.type) && collection(value['value'])?.empty)
        made.push({ name: nameOf(value['key']), depth, field: true });
      if (value.type === 'VariableDeclarator' && collection(value['init'])?.empty)
        made.push({ name: nameOf(value['id']), depth, field: false });
      if (value.type === 'CallExpression') {
        const callee = value['callee'] as Node;
        const { object, property } = callee as unknown as { readonly object?: Node; readonly property?: Node };
        if (
          callee.type === 'MemberExpression' &&
          ['set', 'add'].includes(nameOf(property)) &&
          object?.type === 'Identifier'
        ) {
          const name = nameOf(object);
          filled.set(name, Math.max(filled.get(name) ?? 0, depth));
        }
      }
    }
    const inside = isNode(value) && FUNCTIONS.has(value.type) ? depth + 1 : depth;
    for (const [key, child] of Object.entries(value)) if (key !== 'span') walk(child, inside);
  };
  walk(body, 0);
  return made
    .filter(({ name, depth, field }) => {
      if (field) return true;
      if (depth === 0) return filled.has(name);
      return ROOMS_OF_THE_PROCESS.test(path) && (filled.get(name) ?? 0) > depth;
    })
    .map(({ name }) => name);
}
