import {
  type GraphQLInputObjectType,
  type GraphQLInputType,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
} from 'graphql';
import { schema } from '../../src/app.js';
import { NODE_PREFIXES, type NodeType } from '../../src/domain/node-id.js';
import type { TestClock } from './clock.js';
import { patchPlan } from './plans.js';

/** Numbers that look random and are the same in each run. */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** 0 to below 1 (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  below = (n: number): number => Math.floor(this.next() * n);
  pick = <T>(list: readonly T[]): T => list[this.below(list.length)] as T;
  some = <T>(list: readonly T[], max: number): T[] => [
    ...new Set(Array.from({ length: 1 + this.below(max) }, () => this.pick(list))),
  ];
}

/** Names of all mutations. */
export const MUTATIONS: readonly string[] = Object.keys(schema().getMutationType()?.getFields() ?? {}).sort();

const COMMON: readonly string[] = ['userErrors', 'replayed', 'query'];

/** Field of the payload with the changed object, and the input type. */
export function signatureOf(mutation: string): { readonly field: string; readonly input: GraphQLInputObjectType } {
  const known = schema().getMutationType()?.getFields()[mutation];
  const payload = getNamedType(known?.type as never) as unknown as { getFields(): Record<string, unknown> };
  const field = Object.keys(payload.getFields()).find((name) => !COMMON.includes(name)) ?? '';
  return { field, input: getNamedType(known?.args[0]?.type as never) as unknown as GraphQLInputObjectType };
}

const OF_FIELD: Readonly<Record<string, NodeType>> = {
  assigneeId: 'Person',
  changeId: 'Change',
  ciIds: 'ConfigurationItem',
  configurationItemId: 'ConfigurationItem',
  contentIds: 'DmlItemVersion',
  customClassId: 'CustomClass',
  deploymentToolId: 'DeploymentTool',
  dmlItemVersionIds: 'DmlItemVersion',
  itemId: 'DmlItem',
  managerId: 'Person',
  ownerId: 'Person',
  ownerTeamId: 'Team',
  personId: 'Person',
  phaseId: 'Phase',
  predecessorIds: 'Task',
  releaseId: 'Release',
  repositoryId: 'DmlRepository',
  sourceCiIds: 'ConfigurationItem',
  sourceId: 'ConfigurationItem',
  supportTeamId: 'Team',
  subjectId: 'ConfigurationItem',
  targetCiIds: 'ConfigurationItem',
  targetGroupIds: 'TargetGroup',
  targetId: 'ConfigurationItem',
  targetIds: 'ConfigurationItem',
  templateVersionId: 'ReleaseTemplateVersion',
};

/** The type of the object that a mutation is about, from its name. */
export function subjectOf(mutation: string): NodeType {
  if (mutation === 'configurationItemUnrelate') return 'CiRelation';
  const type = (Object.keys(NODE_PREFIXES) as NodeType[])
    .filter((name) => mutation.startsWith(`${name.charAt(0).toLowerCase()}${name.slice(1)}`))
    .sort((a, b) => b.length - a.length)[0];
  if (type === undefined) throw new Error(`What is ${mutation} about? Name its type in test/support/random-input.ts.`);
  return type;
}

const WORDS = ['alpha', 'beta', 'gamma', 'delta', 'epsilon', 'zeta'];

/** Makes inputs that fit the schema, out of the objects that there are. */
export class RandomInput {
  #serial = 0;

  constructor(
    readonly chance: Chance,
    readonly clock: TestClock,
    /** Node ids of the objects that there are. */
    readonly ids: Map<NodeType, readonly string[]>,
    /** Node ids of people who act. They keep their access and roles, and others rely on them. */
    readonly people: readonly string[],
  ) {}

  /** An input, as far as the objects for it exist. */
  of(mutation: string, given: Readonly<Record<string, unknown>> = {}): Record<string, unknown> | undefined {
    const { input } = signatureOf(mutation);
    return this.#object(mutation, input, given);
  }

  #object(mutation: string, type: GraphQLInputObjectType, given: Readonly<Record<string, unknown>>) {
    const value: Record<string, unknown> = {};
    for (const [name, field] of Object.entries(type.getFields())) {
      if (name in given) value[name] = given[name];
      else if (name !== 'idempotencyKey' && (isNonNullType(field.type) || this.chance.next() < 0.6)) {
        const made = this.#value(mutation, name, field.type);
        if (made === undefined && isNonNullType(field.type)) return undefined;
        if (made !== undefined) value[name] = made;
      }
    }
    return value;
  }

  #value(mutation: string, name: string, wrapped: GraphQLInputType): unknown {
    const { chance } = this;
    const type = getNullableType(wrapped);
    if (name === 'plan') return { ...patchPlan, phases: patchPlan.phases.slice(0, 1 + chance.below(4)), skipRules: [] };
    if (name === 'expectedVersion') return 1; // the caller knows better
    if (isListType(type)) {
      const ids = name in OF_FIELD && this.ids.get(OF_FIELD[name] as NodeType);
      if (ids !== false) return ids && ids.length > 0 ? chance.some(ids, 3) : undefined;
      return [this.#value(mutation, name, type.ofType), this.#value(mutation, name, type.ofType)].filter(
        (item, index, all) =>
          item !== undefined && (isInputObjectType(getNamedType(type)) || all.indexOf(item) === index),
      );
    }
    if (isInputObjectType(type))
      return type.name.endsWith('Filter') ? this.#filter() : this.#object(mutation, type, {});
    if (isEnumType(type)) return chance.pick(type.getValues()).name;
    switch (type.name) {
      case 'ID': {
        const type = name === 'id' ? subjectOf(mutation) : (OF_FIELD[name] as NodeType);
        if (type === 'Person' && name !== 'id') return chance.pick(this.people);
        const ids = (this.ids.get(type) ?? []).filter((id) => !this.people.includes(id));
        return ids.length === 0 ? undefined : chance.pick(ids);
      }
      case 'Boolean':
        return chance.next() < 0.5;
      case 'Int':
        return 1 + chance.below(5);
      case 'DateTime':
        return new Date(this.clock.now().getTime() + this.#minutes(name) * 60_000).toISOString();
      case 'JSONObject':
        if (name === 'schema') return undefined;
        return name === 'parameters'
          ? { simulator: { script: 'succeed' } }
          : { serial: chance.pick(WORDS), rack: chance.below(3) };
      default:
        return this.#text(name);
    }
  }

  /** A filter of configuration items. Filters hold each other, so this one is not made from its type. */
  #filter(): object {
    const { chance } = this;
    const ids = this.ids.get('ConfigurationItem') ?? [];
    if (ids.length === 0 || chance.next() < 0.5) return { name: { contains: chance.pick(WORDS).slice(0, 2) } };
    return { id: { in: chance.some(ids, 3) } };
  }

  #minutes(name: string): number {
    if (/expires/i.test(name)) return 1_440;
    return (/end/i.test(name) ? 1_000 : 10) + this.chance.below(900);
  }

  #text(name: string): string | undefined {
    const { chance } = this;
    if (name === 'email') return `p${++this.#serial}@random.test`;
    if (name === 'customClass') return undefined; // there is hardly ever one with this key
    if (name === 'claimedDigest' || name === 'rrule') return undefined;
    if (name === 'timeZone') return chance.pick(['UTC', 'Europe/Berlin']);
    if (['name', 'label', 'subject'].includes(name) && chance.next() < 0.8)
      return `${chance.pick(WORDS)} ${++this.#serial}`;
    return chance.pick(WORDS);
  }
}
