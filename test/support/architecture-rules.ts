import { readFileSync } from 'node:fs';
import { branchingFieldResolvers } from './field-resolvers.js';
import { BOUNDED_BY_NATURE, longLived } from './long-lived.js';
import type { Module } from './modules.js';

/** A file that a rule judges. */
export interface Example {
  readonly path: string;
  readonly code: string;
}

/** A rule of the house, and code that breaks it: a rule that accepts its own bad example guards nothing. */
export interface Rule {
  readonly name: string;
  /** What is wrong with a module; empty when nothing is. */
  readonly check: (module: Module) => string[];
  readonly bad: readonly Example[];
  /** Code that looks similar and is fine. */
  readonly good?: readonly Example[];
}

// The port stands in the folder of those who enforce it, so that an adapter's import path stays short; it is a part of
// its own.
const PORT = new Set(
  ['adapter', 'adapter-entry', 'fingerprint', 'http', 'http-body', 'http-failure', 'programs'].map(
    (name) => `src/adapters/${name}.ts`,
  ),
);
/** What the package publishes for adapters; the rest of the port is for the house. */
const PUBLISHED = new Set(['src/adapters/adapter.ts', 'src/adapters/http.ts', 'src/adapters/programs.ts']);

/**
 * The part of the house that a file belongs to: the folder below src, the file itself for src/app.ts and the like,
 * `plugins`, the port.
 */
export function partOf(path: string): string {
  if (PORT.has(path)) return 'port';
  const [top = '', second = '', third] = path.split('/');
  return top === 'src' ? (third === undefined ? path : second) : top;
}

/** Which part may import which, read from the table in docs/architecture.md: what is drawn there is what holds. */
export function arrowsOf(document: string): Map<string, readonly string[]> {
  const arrows = new Map<string, readonly string[]>();
  const names = (text: string) => [...text.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
  const [, table = ''] = document.split(/^\| part +\| may import +\|\n/m);
  for (const line of table.split('\n')) {
    const [, part = '', targets = ''] = /^\| (`[^`]+`) +\| (.*?) +\|$/.exec(line) ?? [];
    const [name] = names(part);
    if (name === undefined) {
      if (arrows.size > 0) break;
      continue;
    }
    const above = [...arrows.keys()];
    const except = targets.startsWith('every part above except');
    arrows.set(name, except ? above.filter((other) => !names(targets).includes(other)) : names(targets));
  }
  return arrows;
}

/** The arrows of docs/architecture.md. */
export const ARROWS = arrowsOf(readFileSync('docs/architecture.md', 'utf8'));

/** The name of a property, written `.name` or `['name']`. */
const nameOf = (property: unknown): string | undefined => {
  const { value, expression } = property as { value?: string; expression?: { type: string; value?: string } };
  return value ?? (expression?.type === 'StringLiteral' ? expression.value : undefined);
};

const describeNode = (node: unknown): string => {
  const { type, value, property, object, callee } = node as {
    readonly type: string;
    readonly value?: string;
    readonly property?: unknown;
    readonly object?: unknown;
    readonly callee?: unknown;
  };
  if (type === 'CallExpression') return `${describeNode(callee)}()`;
  return type === 'MemberExpression' ? `${describeNode(object)}.${nameOf(property) ?? '[…]'}` : (value ?? type);
};

/** Every `object.property` of a module. */
const members = ({ nodes }: Pick<Module, 'nodes'>) =>
  nodes
    .filter((node) => node.type === 'MemberExpression')
    .map((node) => ({
      node,
      object: node['object'] as { readonly type: string; readonly value?: string },
      property: nameOf(node['property']) ?? '',
    }));

const mentionsState = (node: unknown): boolean => {
  if (typeof node !== 'object' || node === null) return false;
  const { type, property } = node as { readonly type?: string; readonly property?: unknown };
  return (type === 'MemberExpression' && nameOf(property) === 'state') || Object.values(node).some(mentionsState);
};

/** The folders inside a part. */
export const AGGREGATES = new Set(['release', 'change', 'distribution', 'schedule', 'library', 'cmdb', 'people']);
/** The parts that have these folders. */
export const BY_AGGREGATE = new Set(['domain', 'entities', 'facts', 'services', 'reads', 'schema', 'resolvers']);

const STATE_WRITERS = new Set(['src/services/transition.ts', 'src/services/distribution/target-execution.service.ts']);
// The pools with their translation of faults, what they send, and what listens, stamps, migrates or starts the
// database.
const DATABASE_OPENERS = new Set([
  'src/database/read-database.ts',
  'src/entities/ending-query.ts',
  'src/events/doorbell.ts',
  'src/entities/migrate.ts',
  'src/server/postgres/embedded-postgres.ts',
  'src/server/postgres/embedded-roles.ts',
]);
const CALLBACK_ROUTE = 'src/server/tools/callback-routes.ts';
const ENVIRONMENT_READERS = new Set(['src/config.ts']);
const SIZES: readonly (readonly [RegExp, number])[] = [
  [/^src\/resolvers\//, 150],
  [/^src\/services\//, 300],
];

// Arithmetic of time zones and ids, and a grammar; they do no I/O and know nothing of the server.
const PURE_PACKAGES = new Set(['ical.js', 'rrule-temporal', 'temporal-polyfill', 'typeid-js', 'uuid']);

/** The rules, in the order in which the test reports them. */
export const rules: readonly Rule[] = [
  {
    name: 'there is one way to the database: nobody else opens a connection',
    check: ({ path, imports }) =>
      path.startsWith('src/') &&
      !DATABASE_OPENERS.has(path) &&
      imports.some(({ to, typeOnly }) => to === 'pg' && !typeOnly)
        ? ['imports pg, so its faults are not translated; use the read database or a unit of work']
        : [],
    bad: [{ path: 'src/server/metrics.ts', code: `import pg from 'pg'; new pg.Pool();` }],
    good: [{ path: 'src/events/log.ts', code: `import type pg from 'pg';` }],
  },
  {
    name: 'what is remembered for later is bounded, in a BoundedMap or by nature',
    check: (module) =>
      module.path.startsWith('src/')
        ? longLived(module)
            .filter((name) => BOUNDED_BY_NATURE[`${module.path} ${name}`] === undefined)
            .map((name) => `keeps ${name} without a bound; use a BoundedMap`)
        : [],
    bad: [
      { path: 'src/server/a.ts', code: `export class A { readonly #known = new Map<string, string>(); }` },
      { path: 'src/reads/a.ts', code: `export class A { private readonly seen = new Set<string>(); }` },
      { path: 'src/facts/a.ts', code: `const kept = new Map(); export const f = (key: string) => kept.set(key, 1);` },
      {
        path: 'src/server/a.ts',
        code: `export function make() { const kept = new Map(); return (key: string) => kept.set(key, 1); }`,
      },
      {
        path: 'src/database/a.ts',
        code: `export function make() { const seen = new Set(); return { note(key: string) { seen.add(key); } }; }`,
      },
    ],
    good: [
      { path: 'src/server/websocket.ts', code: `export class A { readonly #gone = new Map(); }` },
      {
        path: 'src/server/a.ts',
        code: `export class A { readonly #known = new BoundedMap({ entries: 1, bytes: 8 }); }`,
      },
      { path: 'src/server/a.ts', code: `export class A { readonly #known = new WeakMap(); }` },
      { path: 'src/server/a.ts', code: `const CODES = new Set(['A']); export const is = (c: string) => CODES.has(c);` },
      {
        path: 'src/domain/a.ts',
        code: `export function f(a: string[]) { const s = new Set(); a.map((x) => s.add(x)); }`,
      },
    ],
  },
  {
    name: 'arrows between the rooms go one way',
    check: ({ path, imports }) => {
      const part = partOf(path);
      const arrows = ARROWS.get(part);
      if (!arrows) return [`${part} is not in the table of docs/architecture.md`];
      return imports
        .filter(({ ours, to }) => ours && partOf(to) !== part && !arrows.includes(partOf(to)))
        .map(({ to, typeOnly }) => `imports ${to}${typeOnly ? ' (types)' : ''}`);
    },
    bad: [
      {
        path: 'src/domain/release/release.machine.ts',
        code: `import { Release } from '../../entities/release.entity.js';`,
      },
      {
        path: 'src/domain/release/release.machine.ts',
        code: `import type { Release } from '../../entities/release.entity.js';`,
      },
      {
        path: 'src/entities/release/release.entity.ts',
        code: `import { accept } from '../../services/release.service.js';`,
      },
      {
        path: 'src/reads/release/release.reads.ts',
        code: `import { ReleaseResolver } from '../../resolvers/release/release.resolver.js';`,
      },
      {
        path: 'src/services/release/release.service.ts',
        code: `export const f = async () => await import('../../resolvers/context.js');`,
      },
      {
        path: 'src/services/release/release.service.ts',
        code: `import { AdapterRegistry } from '../../adapters/registry.js';`,
      },
      { path: 'src/reads/release/release.reads.ts', code: `import type { Load } from '../../services/load.js';` },
      { path: 'src/services/release/release.service.ts', code: `import { Page } from '../../reads/page.js';` },
      { path: 'src/schema/release/release.type.ts', code: `import type { OrderTerm } from '../../reads/model.js';` },
      { path: 'src/jobs/jobs.ts', code: `import type { Context } from '../resolvers/context.js';` },
      { path: 'src/adapters/adapter.ts', code: `import { AdapterRegistry } from './registry.js';` },
      { path: 'src/adapters/registry.ts', code: `import { RequestError } from '../domain/errors.js';` },
      {
        path: 'src/jobs/distribution/dispatch.job.ts',
        code: `export { ReleaseResolver } from '../../resolvers/release.resolver.js';`,
      },
      { path: 'src/server/http.ts', code: `import { simulator } from '../../plugins/simulator/simulator.adapter.js';` },
      { path: 'src/elsewhere/thing.ts', code: `export const thing = 1;` },
    ],
    good: [
      {
        path: 'src/reads/release/release.reads.ts',
        code: `import type { ReleaseType } from '../../schema/release.type.js';`,
      },
      {
        path: 'src/services/release/release.service.ts',
        code: `import { type Adapter } from '../../adapters/adapter.js'; import { sql } from 'kysely';`,
      },
    ],
  },
  {
    name: 'domain is pure: no packages, no I/O, nothing asynchronous',
    check: ({ path, imports, nodes }) =>
      partOf(path) !== 'domain'
        ? []
        : [
            ...imports.filter(({ ours, to }) => !ours && !PURE_PACKAGES.has(to)).map(({ to }) => `imports ${to}`),
            ...nodes
              .filter((node) => node['async'] === true || node.type === 'AwaitExpression')
              .map(() => 'is asynchronous'),
            ...members({ nodes })
              .filter(({ object, property }) => object.value === 'Date' && property === 'now')
              .map(() => 'reads the clock'),
          ],
    bad: [
      {
        path: 'src/domain/release/release.machine.ts',
        code: `import { readFileSync } from 'node:fs'; readFileSync('x');`,
      },
      { path: 'src/domain/release/release.machine.ts', code: `import { z } from 'zod';` },
      { path: 'src/domain/release/release.machine.ts', code: `export const guard = async () => true;` },
      { path: 'src/domain/schedule/schedule.ts', code: `export const late = (t: number) => t < Date.now();` },
    ],
  },
  {
    name: 'a plugin imports the port, its own files and packages only',
    check: ({ path, imports }) => {
      if (partOf(path) !== 'plugins') return [];
      const own = path.split('/').slice(0, 2).join('/');
      return imports
        .filter(({ ours, to }) => ours && !PUBLISHED.has(to) && !to.startsWith(`${own}/`))
        .map(({ to }) => `imports ${to}`);
    },
    bad: [
      { path: 'plugins/exec/exec.adapter.ts', code: `import { safeSpawn } from '../../src/adapters/safe-spawn.js';` },
      { path: 'plugins/exec/exec.adapter.ts', code: `import type { Script } from '../simulator/script.js';` },
      { path: 'plugins/awx/awx.adapter.ts', code: `import { refusal } from '../../src/adapters/http-failure.js';` },
    ],
    good: [
      {
        path: 'plugins/exec/exec.adapter.ts',
        code:
          `import type { Adapter } from '../../src/adapters/adapter.js'; import { call } from ` +
          `'./exec-call.js'; import { v7 } from 'uuid';`,
      },
      { path: 'plugins/awx/awx.adapter.ts', code: `import { HttpClient } from '../../src/adapters/http.js';` },
    ],
  },
  {
    name: 'only jobs and the callback route talk to a tool, and the command line to check an adapter',
    check: ({ path, nodes }) =>
      /^src\/(jobs|adapters|cli)\//.test(path) || path === CALLBACK_ROUTE || !path.startsWith('src/')
        ? []
        : members({ nodes })
            .filter(
              ({ object, property }) =>
                /adapter/i.test(describeNode(object)) &&
                ['submit', 'observe', 'receive', 'cancel', 'discover'].includes(property),
            )
            .map(({ node }) => `calls ${describeNode(node)}`),
    bad: [
      {
        path: 'src/services/distribution.service.ts',
        code: `export const f = async (adapter: any) => await adapter.submit({});`,
      },
      {
        path: 'src/server/tools/tools.ts',
        code: `export const f = async (adapters: any) => await adapters.require('a').observe({});`,
      },
    ],
    good: [
      {
        path: 'src/jobs/distribution/dispatch.job.ts',
        code: `export const f = async (adapter: any) => await adapter.submit({});`,
      },
    ],
  },
  {
    name: 'resolvers neither touch the entity manager nor decide by state',
    check: ({ path, nodes }) =>
      partOf(path) !== 'resolvers'
        ? []
        : [
            ...members({ nodes })
              .filter(({ object, property }) => object.value === 'em' || property === 'em')
              .map(({ node }) => `uses ${describeNode(node)}`),
            ...nodes
              .filter(
                (node) =>
                  (node.type === 'IfStatement' || node.type === 'ConditionalExpression') && mentionsState(node['test']),
              )
              .map(() => 'decides by a state'),
          ],
    bad: [
      {
        path: 'src/resolvers/release/release.resolver.ts',
        code: `export const f = async (uow: any) => { await uow.em.flush(); };`,
      },
      {
        path: 'src/resolvers/release/release.resolver.ts',
        code: `export const f = async (em: any) => { await em.persist({}); };`,
      },
      {
        path: 'src/resolvers/release/release.resolver.ts',
        code: `export const f = (r: any) => { if (r.state === 'DRAFT') throw new Error('no'); };`,
      },
    ],
  },
  {
    name: 'a field resolver that reads passes keys of its row to the reads and looks at nothing else of it',
    check: ({ path, nodes }) => (partOf(path) === 'resolvers' ? branchingFieldResolvers({ nodes }) : []),
    bad: [
      ...[
        `@Root() r: any, @Ctx() { reads }: any) { return r.kind === 'EMERGENCY' ? null : reads.byId(m, r.ownerId); }`,
        `@Root() r: any, @Ctx() { reads }: any) { return r.ownerId === NOBODY ? null : reads.byId(m, r.ownerId); }`,
        `@Root() r: any, @Ctx() { reads }: any) { return SYSTEM.has(r.ownerId) ? null : reads.byId(m, r.ownerId); }`,
        `@Root() r: any, @Ctx() { reads }: any) { return reads.byId(r.onHold ? holder : m, r.ownerId); }`,
        `@Root() r: any, @Ctx() { reads }: any) { return reads.byId(m, r['owner' + suffix]); }`,
        `@Root() r: any, @Ctx() { reads }: any) { return reads.byId(m, r.acceptedById ?? r.ownerId); }`,
        `@Root() r: any, @Ctx() { reads }: any) { return reads.edge(e, r.id, { page, filter: { state: r.state } }); }`,
        `@Root() r: any, @Ctx() { reads }: any) { const { ownerId } = r; return reads.byId(m, ownerId); }`,
        `@Root() r: any, @Ctx() { reads }: any) { const id = r.ownerId; return reads.byId(m, id); }`,
        `@Root() r: any, @Ctx() { reads }: any) { return ownerOf(reads, r); }`,
        `@Root() r: any, @Ctx() { reads }: any) { return reads.in(r.onHold ? r : a).byId(m, r.ownerId); }`,
        `@Root() r: any, @Ctx() { reads }: any) { return reads.in(r).byId(m, r.acceptedById ?? r.ownerId); }`,
        `@Root() r: any, @Ctx() context: any) { return ownerOf(context, r.ownerId); }`,
        `@Root() r: any, @Ctx() { reads }: any) { return r.onHold ? reads.batch('x', f, r.id) : reads.byId(m, r.id); }`,
        `@Root() r: any, @Ctx() { reads }: any) { switch (r.ownerId) { case A: return null; }
           return reads.byId(m, r.ownerId); }`,
        `@Root() { ownerId }: any, @Ctx() { reads }: any) { return ownerId === A ? null : reads.byId(m, ownerId); }`,
        `@Root() { ownerId: id }: any, @Ctx() { reads }: any) { return id === A ? null : reads.byId(m, id); }`,
        `@Root() { ownerId = A }: any, @Ctx() { reads }: any) { return reads.byId(m, ownerId); }`,
        `@Root() { id, ...rest }: any, @Ctx() context: any) { return context.reads.byId(m, id); }`,
      ].map((method) => ({
        path: 'src/resolvers/release/release.resolver.ts',
        code: `export class R { @FieldResolver(() => P) async owner(${method} }`,
      })),
    ],
    good: [
      ...[
        `@Root() r: any, @Ctx() { reads }: any) { return reads.byId(m, r.ownerId); }`,
        `@Root() r: any, @Ctx() context: any) { return context.reads.byId(m, r.ownerId); }`,
        `@Root() r: any, @Ctx() { reads }: any) { return reads.in(r).byId(m, r.ownerId); }`,
        `@Root() { ownerId }: any, @Ctx() { reads }: any) { return reads.byId(m, ownerId); }`,
        `@Root() r: any, @Arg('a') a: any, @Ctx() { reads }: any) { return reads.edge(a ? e : f, r.id, { page: a }); }`,
        `@Root() r: any, @Ctx() { reads }: any) { return r.onHold ? null : reads.perRow.byId(m, r.ownerId); }`,
        `@Root() r: any, @Ctx() { reads }: any) { return present(r.state, await reads.batch('x', facts, r.id)); }`,
        `@Root() r: any) { return r.kind === 'EMERGENCY'; }`,
        `@Root() r: any, @Ctx() { services }: any) { return services.adapters.entry(r.name)?.schema ?? null; }`,
        `@Ctx() { reads }: any) { return mayRead(reads.actor, m) ? reads.byId(m, reads.actor.id) : null; }`,
      ].map((method) => ({
        path: 'src/resolvers/release/release.resolver.ts',
        code: `export class R { @FieldResolver(() => P) async owner(${method} }`,
      })),
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
      {
        path: 'src/services/release/release.service.ts',
        code: `export const f = (release: any) => { release.state = 'ACCEPTED'; };`,
      },
      {
        path: 'src/services/release/release.service.ts',
        code: `export const f = (release: any) => { release['state'] = 'ACCEPTED'; };`,
      },
    ],
    good: [
      {
        path: 'src/services/release/release.service.ts',
        code: `export const f = (release: any) => release.state === 'ACCEPTED';`,
      },
      {
        path: 'src/domain/distribution/distribution-outcome.ts',
        code: `export const f = (counts: any, state: string) => { counts[state] += 1; };`,
      },
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
                (node.type === 'MemberExpression' &&
                  (node['object'] as { value?: string }).value === 'process' &&
                  nameOf(node['property']) === 'env') ||
                (node.type === 'VariableDeclarator' &&
                  (node['init'] as { value?: string } | null)?.value === 'process'),
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
      // the registry loads a module and takes its default export
      const isPlugin = /^plugins\/.*\.adapter\.ts$/.test(path);
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
    name: 'one noun and role, one file',
    check: ({ path, nodes }) => {
      const classes = nodes.filter((node) => node.type === 'ClassDeclaration');
      const nodeTypes = classes.filter(
        ({ superClass }) => (superClass as { value?: string } | null)?.value === 'NodeType',
      );
      const tables = nodes
        .filter((node) => node.type === 'KeyValueProperty' && (node['key'] as { value?: string }).value === 'table')
        .map((node) => (node['value'] as { value?: string }).value);
      return [
        ...(path.endsWith('.entity.ts') && classes.length > 1 ? ['has several entities'] : []),
        ...(path.endsWith('.type.ts') && nodeTypes.length > 1 ? ['has several types with an id'] : []),
        ...(path.endsWith('.reads.ts') && new Set(tables).size > 1 ? ['reads several nouns'] : []),
      ];
    },
    bad: [
      {
        path: 'src/entities/people/team.entity.ts',
        code: `export class Team extends A.class {} export class TeamMember extends B.class {}`,
      },
      {
        path: 'src/schema/release/release.type.ts',
        code: `export class ReleaseType extends NodeType {} export class ReleaseCiType extends NodeType {}`,
      },
      {
        path: 'src/reads/release/release.reads.ts',
        code: `const a = defineRead({ table: 'release' }); const b = defineRead({ table: 'release_ci' });`,
      },
    ],
    good: [
      {
        path: 'src/schema/release/release.type.ts',
        code: `export class ReleaseHoldType {} export class ReleaseType extends NodeType {}`,
      },
      {
        path: 'src/reads/people/access-token.reads.ts',
        code: `const a = defineRead({ table: 'access_token' }); const own = defineRead({ table: 'access_token' });`,
      },
    ],
  },
  {
    name: 'a resolver has at most 150 lines and a service at most 300 (imports not counted)',
    check: ({ path, lines }) =>
      SIZES.filter(([pattern, most]) => pattern.test(path) && lines > most).map(
        ([, most]) => `has ${lines} lines; ${most} are the most`,
      ),
    bad: [
      { path: 'src/resolvers/release/release.resolver.ts', code: '// a line\n'.repeat(151) },
      { path: 'src/services/release/release.service.ts', code: '// a line\n'.repeat(301) },
    ],
  },
];
