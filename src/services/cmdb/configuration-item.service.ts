import { LockMode } from '@mikro-orm/core';
import {
  becomesProtected,
  configurationItemMachine,
  takesOutOfService,
  type CiClass,
  type CiRelationKind,
  type ConfigurationItemFacts,
  type Criticality,
  type LifecycleState,
} from '../../domain/cmdb/configuration-item.machine.js';
import { fieldsNow, type Said } from '../../domain/cmdb/provenance.js';
import { notFound, RequestError } from '../../domain/errors.js';
import { fromNodeId, toNodeId } from '../../domain/node-id.js';
import { CiRelation } from '../../entities/cmdb/ci-relation.entity.js';
import { ConfigurationItem } from '../../entities/cmdb/configuration-item.entity.js';
import { Person } from '../../entities/people/person.entity.js';
import { Team } from '../../entities/people/team.entity.js';
import { configurationItemFacts, protectedSince } from '../../facts/cmdb/configuration-item.facts.js';
import { factsOf } from '../facts-of.js';
import { lock, lockForCommand, lockMany, refer } from '../load.js';
import { criticalityChanged, itemRetired } from '../release/release-target-change.service.js';
import { externalRef, jsonObject, name, text } from '../text.js';
import { demand, transition } from '../transition.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { deactivatedOwner } from './item-references.js';
import { itemTexts, type ItemTextsInput } from './item-texts.js';
import { customClassOf, expectFit, itemClasses, type ItemClasses } from './item-class.js';
import { lateness, writeLate } from './late-fact.js';
import { saidBy, saidOfEdit, saidOfNew, writeSaid } from './provenance.js';
import { refuseRelationToItself, relatedEvent } from './related-items.js';
import { underChanges } from './under-changes.js';

/** Fields of a configuration item that a client can set. */
export interface ConfigurationItemFieldsInput extends ItemTextsInput {
  readonly name?: string | null;
  readonly description?: string | null;
  readonly criticality?: Criticality | null;
  readonly lifecycleState?: LifecycleState | null;
  readonly ownerTeamId?: string | null;
  readonly ownerId?: string | null;
  readonly supportTeamId?: string | null;
  /** Key of a class below the built-in one; null removes it. */
  readonly customClass?: string | null;
  readonly attributes?: Record<string, unknown> | null;
  readonly bindings?: Record<string, unknown> | null;
  /** Since when it has been so. Default: now. */
  readonly validFrom?: string | null;
}

const TYPE = 'ConfigurationItem' as const;

const factsOfCi = async (uow: UnitOfWork, ci: ConfigurationItem) =>
  await factsOf(uow, configurationItemFacts, TYPE, ci);

// Who owns the item already stays its owner, so that what was read can be written back.
async function ownerOf(uow: UnitOfWork, ci: ConfigurationItem, nodeId: string): Promise<string> {
  const person = await refer(uow, Person, 'Person', nodeId, 'ownerId');
  if (!person.active && person.id !== ci.ownerId) throw deactivatedOwner(person.name);
  return person.id;
}

async function apply(
  uow: UnitOfWork,
  ci: ConfigurationItem,
  input: ConfigurationItemFieldsInput,
  classes: ItemClasses,
): Promise<void> {
  if (input.name != null) ci.name = name(input.name);
  if (input.description != null) ci.description = text(input.description, 'description');
  if (input.criticality != null) ci.criticality = input.criticality;
  if (input.lifecycleState != null) ci.lifecycleState = input.lifecycleState;
  if (input.attributes != null) ci.attributes = jsonObject(input.attributes, 'attributes', ci.attributes);
  if (input.bindings != null) ci.bindings = jsonObject(input.bindings, 'bindings', ci.bindings);
  if (input.ownerTeamId === null) ci.ownerTeamId = null;
  else if (input.ownerTeamId !== undefined)
    ci.ownerTeamId = (await refer(uow, Team, 'Team', input.ownerTeamId, 'ownerTeamId')).id;
  if (input.supportTeamId === null) ci.supportTeamId = null;
  else if (input.supportTeamId !== undefined)
    ci.supportTeamId = (await refer(uow, Team, 'Team', input.supportTeamId, 'supportTeamId')).id;
  if (input.ownerId === null) ci.ownerId = null;
  else if (input.ownerId !== undefined) ci.ownerId = await ownerOf(uow, ci, input.ownerId);
  Object.assign(ci, itemTexts(input));
  classify(ci, input, classes);
}

// Attributes and class are judged together, as they are after the edit.
function classify(ci: ConfigurationItem, input: ConfigurationItemFieldsInput, classes: ItemClasses): void {
  if (input.customClass === undefined && input.attributes == null && !classes.misfits.has(ci.id)) return;
  const itemClass = customClassOf(classes, input.customClass, ci);
  ci.customClassId = itemClass?.id ?? null;
  expectFit(itemClass, ci.attributes);
}

/** Registers a configuration item as DISCOVERED. */
export async function configurationItemRegister(
  uow: UnitOfWork,
  input: ConfigurationItemFieldsInput & {
    readonly name: string;
    readonly ciClass: CiClass;
    readonly externalRef?: { source: string; key: string } | null;
  },
): Promise<ConfigurationItem> {
  const classes = await itemClasses(uow, { keys: [input.customClass], items: [] });
  const ci = await writeLate(uow, input.validFrom, async () => {
    const made = uow.em.create(ConfigurationItem, {
      name: name(input.name),
      ciClass: input.ciClass,
      ...externalRef(input.externalRef),
    });
    await apply(uow, made, input, classes);
    return made;
  });
  writeSaid(uow, [saidOfNew(ci.id, saidBy(uow, 'COMMAND', ci.externalSource))]);
  const data = { ciClass: ci.ciClass, ...lateness(input.validFrom) };
  uow.record({ type: 'configuration-item.registered', subjectType: TYPE, subject: ci, data });
  return ci;
}

/**
 * Edits a configuration item.
 * @throws Refusal CI_PROTECTED in a protected lifecycle state without an authorised change, CI_IN_USE where it would be
 *   decommissioned while a distribution is working on it
 */
export async function configurationItemUpdate(
  uow: UnitOfWork,
  input: ConfigurationItemFieldsInput & { readonly id: string; readonly expectedVersion: number },
): Promise<ConfigurationItem> {
  const ci = await lockForCommand(uow, ConfigurationItem, TYPE, input);
  await edit(uow, ci, input, saidBy(uow, 'COMMAND'));
  return ci;
}

/**
 * Edits a configuration item as {@link configurationItemUpdate} does, with what a source observed.
 * @throws Refusal as for the edit
 */
export const acceptObserved = async (
  uow: UnitOfWork,
  ci: ConfigurationItem,
  input: ConfigurationItemFieldsInput & { readonly source: string },
): Promise<void> => await edit(uow, ci, input, saidBy(uow, 'ACCEPTANCE', input.source));

async function edit(
  uow: UnitOfWork,
  ci: ConfigurationItem,
  input: ConfigurationItemFieldsInput,
  said: Said,
): Promise<void> {
  const facts = {
    ...(await factsOfCi(uow, ci)),
    wasProtected: (await protectedSince(uow, [ci.id], input.validFrom)).has(ci.id),
    decommissions: takesOutOfService(ci.lifecycleState, input.lifecycleState),
    protects: becomesProtected(ci.lifecycleState, input.lifecycleState),
  };
  demand(configurationItemMachine, ci, 'configurationItemUpdate', facts);
  if (input.criticality != null && input.criticality !== ci.criticality) criticalityChanged(uow, ci.id);
  const classes = await itemClasses(uow, { keys: [input.customClass], items: [ci] });
  const before = fieldsNow(ci);
  await writeLate(uow, input.validFrom, async () => await apply(uow, ci, input, classes));
  writeSaid(uow, [saidOfEdit(ci.id, [before, ci], said)]);
  const data = { ...lateness(input.validFrom), ...underChanges(facts) };
  uow.record({ type: 'configuration-item.updated', subjectType: TYPE, subject: ci, data });
}

/** Registers or edits the configuration item with an external reference. */
export async function configurationItemUpsert(
  uow: UnitOfWork,
  input: ConfigurationItemFieldsInput & {
    readonly name: string;
    readonly ciClass: CiClass;
    readonly externalRef: { source: string; key: string };
  },
): Promise<ConfigurationItem> {
  const ref = externalRef(input.externalRef);
  const ci = await uow.em.findOne(ConfigurationItem, ref, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (!ci) return await configurationItemRegister(uow, input);
  if (ci.ciClass !== input.ciClass)
    throw new RequestError('BAD_USER_INPUT', `The class of a configuration item cannot change; it is ${ci.ciClass}.`, {
      field: 'ciClass',
    });
  await edit(uow, ci, input, saidBy(uow, 'COMMAND', ci.externalSource));
  return ci;
}

/** Executes a command that changes the state of a configuration item. */
async function command(
  uow: UnitOfWork,
  input: { readonly id: string; readonly expectedVersion?: number | null; readonly reason?: string | null },
  verb: 'configurationItemAuthorise' | 'configurationItemRetire',
  type: string,
): Promise<ConfigurationItem> {
  const ci = await lockForCommand(uow, ConfigurationItem, TYPE, input);
  const facts = await factsOfCi(uow, ci);
  const data = verb === 'configurationItemRetire' ? underChanges(facts) : {};
  transition(uow, configurationItemMachine, ci, verb, facts, { type, subjectType: TYPE, reason: input.reason, data });
  if (verb === 'configurationItemRetire') await itemRetired(uow, ci.id);
  return ci;
}

/** Puts a configuration item under the control of Configuration Management. */
export const configurationItemAuthorise = async (
  uow: UnitOfWork,
  input: { readonly id: string; readonly expectedVersion?: number | null; readonly reason?: string | null },
) => await command(uow, input, 'configurationItemAuthorise', 'configuration-item.authorised');

/** Retires a configuration item. */
export const configurationItemRetire = async (
  uow: UnitOfWork,
  input: { readonly id: string; readonly expectedVersion?: number | null; readonly reason?: string | null },
) => await command(uow, input, 'configurationItemRetire', 'configuration-item.retired');

// Both ends are locked, so that neither is retired or goes into production before the relation is written.
async function factsOfRelation(
  uow: UnitOfWork,
  { sourceId, targetId }: Pick<CiRelation, 'sourceId' | 'targetId'>,
  since: string | null | undefined,
): Promise<ConfigurationItemFacts> {
  const ids = [sourceId, targetId];
  await lockMany(uow, ConfigurationItem, TYPE, ids);
  const facts = await configurationItemFacts(uow, uow.actor, ids);
  const then = await protectedSince(uow, ids, since);
  const [source, otherEnd] = [facts.get(sourceId), facts.get(targetId)];
  if (source === undefined || otherEnd === undefined) throw notFound(TYPE);
  return {
    ...source,
    wasProtected: then.has(sourceId),
    otherEnd: { ...otherEnd, wasProtected: then.has(targetId) },
  };
}

/**
 * Records a relation "source KIND target". Returns an existing relation unchanged.
 * @throws Refusal CI_NOT_AUTHORISED for a retired end, CI_PROTECTED for a protected end without an authorised change
 */
export async function configurationItemRelate(
  uow: UnitOfWork,
  input: {
    readonly sourceId: string;
    readonly kind: CiRelationKind;
    readonly targetId: string;
    readonly validFrom?: string | null;
  },
): Promise<CiRelation> {
  const source = await refer(uow, ConfigurationItem, TYPE, input.sourceId, 'sourceId');
  const target = await refer(uow, ConfigurationItem, TYPE, input.targetId, 'targetId');
  refuseRelationToItself(source.id, target.id);
  const known = await uow.em.findOne(CiRelation, { sourceId: source.id, kind: input.kind, targetId: target.id });
  if (known) return known;
  const facts = await factsOfRelation(uow, { sourceId: source.id, targetId: target.id }, input.validFrom);
  demand(configurationItemMachine, source, 'configurationItemRelate', facts);
  const relation = await writeLate(uow, input.validFrom, () =>
    uow.em.create(CiRelation, { sourceId: source.id, kind: input.kind, targetId: target.id }),
  );
  const more = { ...lateness(input.validFrom), ...underChanges(facts, facts.otherEnd) };
  uow.record(relatedEvent(source, input.kind, target, more));
  criticalityChanged(uow, source.id, target.id);
  return relation;
}

/** Removes a relation. @returns its source @throws Refusal CI_PROTECTED as for {@link configurationItemRelate} */
export async function configurationItemUnrelate(
  uow: UnitOfWork,
  input: { readonly id: string; readonly validTo?: string | null },
): Promise<ConfigurationItem> {
  const relation = await lock(uow, CiRelation, 'CiRelation', fromNodeId('CiRelation', input.id, 'id'));
  const { sourceId, targetId } = relation;
  const facts = await factsOfRelation(uow, relation, input.validTo);
  const source = await lock(uow, ConfigurationItem, TYPE, sourceId);
  demand(configurationItemMachine, source, 'configurationItemUnrelate', facts);
  await writeLate(uow, input.validTo, () => void uow.em.remove(relation), 'validTo');
  criticalityChanged(uow, sourceId, targetId);
  uow.record({
    type: 'configuration-item.unrelated',
    subjectType: TYPE,
    subject: source,
    topics: [targetId],
    data: {
      kind: relation.kind,
      targetId: toNodeId(TYPE, targetId),
      ...(input.validTo != null && { validTo: input.validTo }),
      ...underChanges(facts, facts.otherEnd),
    },
  });
  return source;
}
