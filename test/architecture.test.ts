import { describe, expect, test } from '@jest/globals';
import { readModule, sourceModules, type Module } from './support/modules.js';

interface Example {
  readonly path: string;
  readonly code: string;
}

/** A rule of the house, and code that breaks it: a rule that accepts its own bad example guards nothing. */
interface Rule {
  readonly name: string;
  /** What is wrong with a module; empty when nothing is. */
  readonly check: (module: Module) => string[];
  readonly bad: readonly Example[];
  /** Code that looks similar and is fine. */
  readonly good?: readonly Example[];
}

/** The room of a file: the folder below src, the file itself for src/app.ts and the like, `plugins`. */
function roomOf(path: string): string {
  const [top = '', second = '', third] = path.split('/');
  return top === 'src' ? (third === undefined ? path : second) : top;
}

/**
 * Who may import whom: `server -> resolvers -> services | reads -> entities -> domain`, `jobs -> services + adapters`; `domain` and
 * `adapters` know nobody. `any` is what may be imported, `types` what may be imported as types only, `files` single exceptions.
 */
const ARROWS: Readonly<Record<string, { readonly any: readonly string[]; readonly types?: readonly string[]; readonly files?: readonly string[] }>> = {
  domain: { any: [] },
  adapters: { any: [] },
  entities: { any: ['domain'] },
  events: { any: ['domain'] },
  // The vocabulary of database access (Actor, Queryable, what an SQLSTATE means) is written down once, beside the unit of work.
  // The shapes of rows are those of the object types, hence their types.
  reads: { any: ['domain', 'events'], types: ['schema', 'services'], files: ['src/services/unit-of-work.ts'] },
  // Facts for guards are set-based SQL, which lives with the reads. The port describes what is sent; its digests are arithmetic.
  services: { any: ['domain', 'entities', 'reads'], types: ['adapters', 'events'], files: ['src/adapters/fingerprint.ts', 'src/adapters/adapter.ts'] },
  // Of the entities only their closed lists of values, where the domain has no use for them.
  schema: { any: ['domain', 'entities', 'reads'] },
  resolvers: { any: ['domain', 'events', 'reads', 'services', 'schema'], types: ['src/config.ts', 'adapters'] },
  jobs: { any: ['domain', 'entities', 'services', 'adapters', 'reads'], types: ['resolvers', 'src/config.ts'] },
  // Where the built-in plugins and the tools of the operator are put together.
  server: {
    any: ['domain', 'events', 'reads', 'services', 'schema', 'resolvers', 'adapters', 'src/config.ts'],
    types: ['entities', 'jobs'],
    files: ['src/server/tools/tools.ts -> plugins'],
  },
  cli: { any: ['domain', 'entities', 'services', 'adapters', 'server', 'src/app.ts', 'src/config.ts', 'plugins'] },
  'src/config.ts': { any: [] },
  'src/app.ts': { any: ['domain', 'entities', 'events', 'reads', 'services', 'schema', 'resolvers', 'jobs', 'adapters', 'server', 'src/config.ts', 'plugins'] },
  'src/main.ts': { any: ['cli', 'src/config.ts'] },
  plugins: { any: [] },
};

/** The name of a property, written `.name` or `['name']`. */
const nameOf = (property: unknown): string | undefined => {
  const { value, expression } = property as { value?: string; expression?: { type: string; value?: string } };
  return value ?? (expression?.type === 'StringLiteral' ? expression.value : undefined);
};

const describeNode = (node: unknown): string => {
  const { type, value, property, object } = node as { readonly type: string; readonly value?: string; readonly property?: unknown; readonly object?: unknown };
  return type === 'MemberExpression' ? `${describeNode(object)}.${nameOf(property) ?? '[…]'}` : (value ?? type);
};

/** Every `object.property` of a module. */
const members = ({ nodes }: Pick<Module, 'nodes'>) =>
  nodes
    .filter((node) => node.type === 'MemberExpression')
    .map((node) => ({ node, object: node['object'] as { readonly type: string; readonly value?: string }, property: nameOf(node['property']) ?? '' }));

const mentionsState = (node: unknown): boolean => {
  if (typeof node !== 'object' || node === null) return false;
  const { type, property } = node as { readonly type?: string; readonly property?: unknown };
  return (type === 'MemberExpression' && nameOf(property) === 'state') || Object.values(node).some(mentionsState);
};

const STATE_WRITERS = new Set(['src/services/transition.ts', 'src/services/distribution/target-execution.service.ts']);
const ENVIRONMENT_READERS = new Set(['src/config.ts']);
const SIZES: readonly (readonly [RegExp, number])[] = [
  [/^src\/resolvers\//, 150],
  [/^src\/services\//, 300],
];

const rules: readonly Rule[] = [
  {
    name: 'arrows between the rooms go one way',
    check: ({ path, imports }) => {
      const room = roomOf(path);
      const arrows = ARROWS[room];
      if (!arrows) return [`${room} is a room that house rules do not know`];
      return imports
        .filter(({ ours, to }) => ours && roomOf(to) !== room)
        .filter(({ to, typeOnly }) => {
          const target = roomOf(to);
          if (room === 'plugins' && to === 'src/adapters/adapter.ts') return false;
          if (arrows.any.includes(target) || (typeOnly && arrows.types?.includes(target))) return false;
          return !arrows.files?.some((file) => file === to || file === `${path} -> ${target}`);
        })
        .map(({ to, typeOnly }) => `imports ${to}${typeOnly ? ' (types)' : ''}`);
    },
    bad: [
      { path: 'src/domain/release/release.machine.ts', code: `import { Release } from '../entities/release.entity.js';` },
      { path: 'src/domain/release/release.machine.ts', code: `import type { Release } from '../entities/release.entity.js';` },
      { path: 'src/entities/release/release.entity.ts', code: `import { accept } from '../services/release.service.js';` },
      { path: 'src/reads/release/release.reads.ts', code: `import { ReleaseType } from '../schema/release.type.js';` },
      { path: 'src/services/release/release.service.ts', code: `export const f = async () => await import('../resolvers/context.js');` },
      { path: 'src/services/release/release.service.ts', code: `import { AdapterRegistry } from '../adapters/registry.js';` },
      { path: 'src/adapters/registry.ts', code: `import { RequestError } from '../domain/errors.js';` },
      { path: 'src/jobs/distribution/dispatch.job.ts', code: `export { ReleaseResolver } from '../resolvers/release.resolver.js';` },
      { path: 'src/server/http.ts', code: `import { simulator } from '../../plugins/simulator/simulator.adapter.js';` },
      { path: 'src/elsewhere/thing.ts', code: `export const thing = 1;` },
    ],
    good: [
      { path: 'src/reads/release/release.reads.ts', code: `import type { ReleaseType } from '../schema/release.type.js';` },
      { path: 'src/services/release/release.service.ts', code: `import { type Adapter } from '../adapters/adapter.js'; import { sql } from 'kysely';` },
    ],
  },
  {
    name: 'domain is pure: no packages, no I/O, nothing asynchronous',
    check: ({ path, imports, nodes }) =>
      roomOf(path) !== 'domain'
        ? []
        : [
            ...imports.filter(({ ours, to }) => !ours && !PURE_PACKAGES.has(to)).map(({ to }) => `imports ${to}`),
            ...nodes.filter((node) => node['async'] === true || node.type === 'AwaitExpression').map(() => 'is asynchronous'),
            ...members({ nodes })
              .filter(({ object, property }) => object.value === 'Date' && property === 'now')
              .map(() => 'reads the clock'),
          ],
    bad: [
      { path: 'src/domain/release/release.machine.ts', code: `import { readFileSync } from 'node:fs'; readFileSync('x');` },
      { path: 'src/domain/release/release.machine.ts', code: `import { z } from 'zod';` },
      { path: 'src/domain/release/release.machine.ts', code: `export const guard = async () => true;` },
      { path: 'src/domain/schedule/schedule.ts', code: `export const late = (t: number) => t < Date.now();` },
    ],
  },
  {
    name: 'a plugin imports the port, its own files and packages only',
    check: ({ path, imports }) => {
      if (roomOf(path) !== 'plugins') return [];
      const own = path.split('/').slice(0, 2).join('/');
      return imports.filter(({ ours, to }) => ours && to !== 'src/adapters/adapter.ts' && !to.startsWith(`${own}/`)).map(({ to }) => `imports ${to}`);
    },
    bad: [
      { path: 'plugins/exec/exec.adapter.ts', code: `import { safeSpawn } from '../../src/adapters/safe-spawn.js';` },
      { path: 'plugins/exec/exec.adapter.ts', code: `import type { Script } from '../simulator/script.js';` },
    ],
    good: [
      {
        path: 'plugins/exec/exec.adapter.ts',
        code: `import type { Adapter } from '../../src/adapters/adapter.js'; import { call } from './exec-call.js'; import { v7 } from 'uuid';`,
      },
    ],
  },
  {
    name: 'only jobs and the callback route talk to a tool',
    check: ({ path, nodes }) =>
      /^src\/(jobs|adapters|cli)\//.test(path) || path.startsWith('src/server/callback') || !path.startsWith('src/')
        ? []
        : members({ nodes })
            .filter(
              ({ object, property }) => /adapter/i.test(describeNode(object)) && ['submit', 'observe', 'receive', 'cancel', 'discover'].includes(property),
            )
            .map(({ node }) => `calls ${describeNode(node)}`),
    bad: [{ path: 'src/services/distribution.service.ts', code: `export const f = async (adapter: any) => await adapter.submit({});` }],
    good: [{ path: 'src/jobs/distribution/dispatch.job.ts', code: `export const f = async (adapter: any) => await adapter.submit({});` }],
  },
  {
    name: 'resolvers neither touch the entity manager nor decide by state',
    check: ({ path, nodes }) =>
      roomOf(path) !== 'resolvers'
        ? []
        : [
            ...members({ nodes })
              .filter(({ object, property }) => object.value === 'em' || property === 'em')
              .map(({ node }) => `uses ${describeNode(node)}`),
            ...nodes
              .filter((node) => (node.type === 'IfStatement' || node.type === 'ConditionalExpression') && mentionsState(node['test']))
              .map(() => 'decides by a state'),
          ],
    bad: [
      { path: 'src/resolvers/release/release.resolver.ts', code: `export const f = async (uow: any) => { await uow.em.flush(); };` },
      { path: 'src/resolvers/release/release.resolver.ts', code: `export const f = async (em: any) => { await em.persist({}); };` },
      { path: 'src/resolvers/release/release.resolver.ts', code: `export const f = (r: any) => { if (r.state === 'DRAFT') throw new Error('no'); };` },
    ],
  },
  {
    name: 'a state is assigned by transition(), and by the lattice of targets, only',
    check: ({ path, nodes }) =>
      STATE_WRITERS.has(path)
        ? []
        : nodes
            .filter((node) => node.type === 'AssignmentExpression')
            .filter((node) => {
              const left = node['left'] as { readonly type: string; readonly property?: unknown };
              return left.type === 'MemberExpression' && nameOf(left.property) === 'state';
            })
            .map((node) => `assigns ${describeNode(node['left'])}`),
    bad: [
      { path: 'src/services/release/release.service.ts', code: `export const f = (release: any) => { release.state = 'ACCEPTED'; };` },
      { path: 'src/services/release/release.service.ts', code: `export const f = (release: any) => { release['state'] = 'ACCEPTED'; };` },
    ],
    good: [
      { path: 'src/services/release/release.service.ts', code: `export const f = (release: any) => release.state === 'ACCEPTED';` },
      { path: 'src/domain/distribution/distribution-outcome.ts', code: `export const f = (counts: any, state: string) => { counts[state] += 1; };` },
    ],
  },
  {
    name: 'only the configuration reads the environment',
    check: ({ path, nodes }) =>
      ENVIRONMENT_READERS.has(path)
        ? []
        : nodes
            .filter(
              (node) =>
                (node.type === 'MemberExpression' && (node['object'] as { value?: string }).value === 'process' && nameOf(node['property']) === 'env') ||
                (node.type === 'VariableDeclarator' && (node['init'] as { value?: string } | null)?.value === 'process'),
            )
            .map(() => 'reads process.env'),
    bad: [
      { path: 'src/server/http.ts', code: `export const port = process.env['PORT'];` },
      { path: 'plugins/exec/exec.adapter.ts', code: `const { env } = process; export const e = env;` },
    ],
  },
  {
    name: 'no barrels, no catch-all files, no default exports',
    check: ({ path, isBarrel, hasDefaultExport }) => {
      const name = path.split('/').at(-1) ?? '';
      if (path === 'src/entities/index.ts') return [];
      const isPlugin = /^plugins\/.*\.adapter\.ts$/.test(path); // the registry loads a module and takes its default export
      return [
        ...(isBarrel || name === 'index.ts' ? ['is a barrel'] : []),
        ...(/^(utils?|helpers?|common|misc)\.ts$/.test(name) ? ['is a catch-all'] : []),
        ...(hasDefaultExport && !isPlugin ? ['has a default export'] : []),
        ...(/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*\.ts$/.test(name) ? [] : ['is not named in kebab-case']),
      ];
    },
    bad: [
      { path: 'src/services/all.ts', code: `export * from './release.service.js'; export { a } from './a.js';` },
      { path: 'src/services/index.ts', code: `export const a = 1;` },
      { path: 'src/services/utils.ts', code: `export const a = 1;` },
      { path: 'src/services/release/release.service.ts', code: `export default function release() {}` },
      { path: 'src/services/ReleaseService.ts', code: `export const a = 1;` },
    ],
  },
  {
    name: 'a resolver of more than 150 lines, or a service of more than 300, wants to be two (imports not counted)',
    check: ({ path, lines }) =>
      SIZES.filter(([pattern, most]) => pattern.test(path) && lines > most).map(([, most]) => `has ${lines} lines; ${most} are the most`),
    bad: [
      { path: 'src/resolvers/release/release.resolver.ts', code: '// a line\n'.repeat(151) },
      { path: 'src/services/release/release.service.ts', code: '// a line\n'.repeat(301) },
    ],
  },
];

// Arithmetic of time zones and ids; they do no I/O and know nothing of the server.
const PURE_PACKAGES = new Set(['rrule-temporal', 'temporal-polyfill', 'typeid-js', 'uuid']);

describe('the architecture of the house', () => {
  const modules = sourceModules();

  test('the sources are found', () => {
    expect(modules.length).toBeGreaterThan(100);
    expect(new Set(modules.map(({ path }) => roomOf(path)))).toEqual(new Set(Object.keys(ARROWS)));
  });

  describe.each(rules)('$name', ({ check, bad, good = [] }) => {
    test('holds', () => {
      expect(modules.flatMap((module) => check(module).map((problem) => `${module.path} ${problem}`))).toEqual([]);
    });

    test('refuses every bad example, and no good one', () => {
      expect(bad.filter(({ path, code }) => check(readModule(path, code)).length === 0)).toEqual([]);
      expect(good.flatMap(({ path, code }) => check(readModule(path, code)))).toEqual([]);
    });
  });
});
