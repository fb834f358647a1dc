import {
  MAX_OBSERVED_INSTALLATIONS,
  MAX_OBSERVED_RELATIONS,
  type ObservedField,
} from '../../domain/cmdb/ci-observation.js';
import type { CiClass, CiRelationKind, LifecycleState } from '../../domain/cmdb/configuration-item.machine.js';
import { RequestError } from '../../domain/errors.js';
import { fromNodeId } from '../../domain/node-id.js';
import { itemTexts, type ItemTextsInput } from './item-texts.js';
import { jsonObject, line, name, text } from '../text.js';

/** A relation that a source sees: "this KIND target". The target by its key in the source, or by its id. */
export interface ObservedRelationInput {
  readonly kind: CiRelationKind;
  readonly targetKey?: string | null;
  readonly targetId?: string | null;
}

/** A version that a source sees. The DML item by its id or its name. Without version and digest it is not installed. */
export interface ObservedInstallationInput {
  readonly dmlItemId?: string | null;
  readonly dmlItem?: string | null;
  readonly version?: string | null;
  readonly digest?: string | null;
}

/** What a source says of one configuration item. What is absent it has not looked at. */
export interface ObservationInput extends ItemTextsInput {
  /** What the source calls the item. */
  readonly key?: string | null;
  readonly ciId?: string | null;
  readonly ciClass?: CiClass | null;
  readonly name?: string | null;
  readonly description?: string | null;
  readonly lifecycleState?: LifecycleState | null;
  readonly attributes?: Record<string, unknown> | null;
  readonly relations?: readonly ObservedRelationInput[] | null;
  readonly relationKinds?: readonly CiRelationKind[] | null;
  readonly installations?: readonly ObservedInstallationInput[] | null;
  readonly allInstallations?: boolean | null;
  readonly since?: string | null;
  readonly observedAt?: string | null;
  readonly gone?: boolean | null;
}

/** An observation whose values are well-formed, with references as they came. */
export interface WellFormed {
  readonly key: string | null;
  readonly ciId: string | null;
  readonly ciClass: CiClass | null;
  readonly fields: Readonly<Partial<Record<ObservedField, string>>>;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly relations: readonly {
    readonly kind: CiRelationKind;
    readonly key: string | null;
    readonly id: string | null;
  }[];
  readonly relationKinds: readonly CiRelationKind[];
  readonly installations: readonly {
    readonly itemId: string | null;
    readonly item: string | null;
    readonly version: string | null;
    readonly digest: string | null;
  }[];
  readonly allInstallations: boolean;
  readonly observedAt: Date;
  readonly since: Date;
  readonly gone: boolean;
}

const bad = (message: string, field: string) => new RequestError('BAD_USER_INPUT', message, { field });

/** The name that a source gives something. @throws RequestError BAD_USER_INPUT */
const keyOf = (value: string, field: string): string => line(value, field, { min: 1, max: 200 });

const keyOrNull = (value: string | null | undefined, field: string) => (value == null ? null : keyOf(value, field));

function bounded<T>(list: readonly T[] | null | undefined, max: number, field: string): readonly T[] {
  if ((list?.length ?? 0) > max) throw bad(`"${field}" has more than ${max} entries.`, field);
  return list ?? [];
}

function digestOf(value: string | null | undefined): string | null {
  if (value == null) return null;
  if (!/^[0-9a-f]{64}$/.test(value)) throw bad('"digest" is a SHA-256 as 64 lower-case hexadecimal digits.', 'digest');
  return value;
}

function relationOf({ kind, targetKey, targetId }: ObservedRelationInput): WellFormed['relations'][number] {
  if ((targetKey == null) === (targetId == null))
    throw bad('A relation names its target by either "targetKey" or "targetId".', 'relations');
  return {
    kind,
    key: keyOrNull(targetKey, 'targetKey'),
    id: targetId == null ? null : fromNodeId('ConfigurationItem', targetId, 'targetId'),
  };
}

function installationOf(input: ObservedInstallationInput): WellFormed['installations'][number] {
  const { dmlItemId, dmlItem, version, digest } = input;
  if ((dmlItemId == null) === (dmlItem == null))
    throw bad('An installation names its DML item by either "dmlItemId" or "dmlItem".', 'installations');
  return {
    itemId: dmlItemId == null ? null : fromNodeId('DmlItem', dmlItemId, 'dmlItemId'),
    item: dmlItem == null ? null : name(dmlItem, 'dmlItem'),
    version: version == null ? null : line(version, 'version', { min: 1, max: 200 }),
    digest: digestOf(digest),
  };
}

/** The instants of an observation. @throws RequestError BAD_USER_INPUT when one is in the future or they are crossed */
function timesOf(input: ObservationInput, now: Date, at: Date): Pick<WellFormed, 'observedAt' | 'since'> {
  const observedAt = input.observedAt == null ? at : new Date(input.observedAt);
  if (observedAt > now) throw bad('"observedAt" is in the future. Check the clock of the source.', 'observedAt');
  const since = input.since == null ? observedAt : new Date(input.since);
  if (since > observedAt) throw bad('"since" is after "observedAt".', 'since');
  return { observedAt, since };
}

/** The texts that a source sees. Null is one that it has not looked at. */
const given = (texts: ReturnType<typeof itemTexts>) =>
  Object.fromEntries(Object.entries(texts).flatMap(([name, value]) => (value === null ? [] : [[name, value]])));

/**
 * Checks the values of an observation.
 * @param at when the source looked, for an observation that does not say so itself.
 * @throws RequestError BAD_USER_INPUT
 */
export function wellFormed(input: ObservationInput, now: Date, at: Date): WellFormed {
  if (input.key == null && input.ciId == null && input.name == null)
    throw bad('An observation needs a "key", a "ciId" or a "name".', 'key');
  return {
    key: keyOrNull(input.key, 'key'),
    ciId: input.ciId == null ? null : fromNodeId('ConfigurationItem', input.ciId, 'ciId'),
    ciClass: input.ciClass ?? null,
    fields: {
      ...(input.name != null && { name: name(input.name) }),
      ...(input.description != null && { description: text(input.description, 'description') }),
      ...(input.lifecycleState != null && { lifecycleState: input.lifecycleState }),
      ...given(itemTexts(input)),
    },
    attributes: jsonObject(input.attributes ?? {}, 'attributes'),
    relations: bounded(input.relations, MAX_OBSERVED_RELATIONS, 'relations').map(relationOf),
    relationKinds: [...new Set(input.relationKinds ?? [])].sort(),
    installations: bounded(input.installations, MAX_OBSERVED_INSTALLATIONS, 'installations').map(installationOf),
    allInstallations: input.allInstallations ?? false,
    gone: input.gone ?? false,
    ...timesOf(input, now, at),
  };
}
