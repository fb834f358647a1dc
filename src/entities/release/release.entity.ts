import { defineEntity, p } from '@mikro-orm/core';
import type { ApprovalBasis } from '../../domain/approval-basis.js';
import { RELEASE_STATES } from '../../domain/release/release.state.js';
import { PACKAGINGS, RELEASE_KINDS } from '../../domain/release/template.js';
import { byInstant, byName, externalRef, id, mutable, number, whereGiven } from '../columns.js';
import { Person } from '../people/person.entity.js';
import { ReleaseTemplateVersion } from './release-template-version.entity.js';

const ReleaseSchema = defineEntity({
  name: 'Release',
  tableName: 'release',
  properties: {
    id: id(),
    number: number('REL', 'release'),
    name: p.text(),
    description: p.text().default(''),
    kind: p.enum(RELEASE_KINDS).default('MINOR'),
    packaging: p.enum(PACKAGINGS).default('PACKAGE'),
    state: p.enum(RELEASE_STATES).default('DRAFT'),
    skippedStates: p.enum(RELEASE_STATES).array().default([]),
    addedTasks: p.array().default([]),
    ownerId: () => p.manyToOne(Person).mapToPk().fieldName('owner_id').deleteRule('restrict'),
    managerId: () => p.manyToOne(Person).mapToPk().fieldName('manager_id').deleteRule('restrict'),
    templateVersionId: () =>
      p.manyToOne(ReleaseTemplateVersion).mapToPk().fieldName('template_version_id').nullable().deleteRule('restrict'),
    backOutPlan: p.text().default(''),
    backOutMinutes: p.integer().nullable(),
    planStart: p.datetime().nullable(),
    tasksAnchor: p.datetime().nullable(),
    plannedStart: p.datetime().nullable(),
    plannedEnd: p.datetime().nullable(),
    onHoldReason: p.text().nullable(),
    onHoldById: () => p.manyToOne(Person).mapToPk().fieldName('on_hold_by_id').nullable().deleteRule('restrict'),
    onHoldAt: p.datetime().nullable(),
    acceptedById: () => p.manyToOne(Person).mapToPk().fieldName('accepted_by_id').nullable().deleteRule('restrict'),
    acceptedAt: p.datetime().nullable(),
    // Without what was judged of the targets, see `AcceptedTarget`. It is only loaded where it is replaced.
    acceptedBasis: p.json<ApprovalBasis>().nullable().lazy(),
    deployedAt: p.datetime().nullable(),
    stateReason: p.text().nullable(),
    residualReason: p.text().nullable(),
    residualById: () => p.manyToOne(Person).mapToPk().fieldName('residual_by_id').nullable().deleteRule('restrict'),
    residualAt: p.datetime().nullable(),
    residualTargets: p.integer().nullable(),
    objectivesMet: p.boolean().nullable(),
    reviewSummary: p.text().nullable(),
    lessons: p.text().nullable(),
    ...externalRef(),
    ...mutable(),
  },
  uniques: [{ properties: ['externalSource', 'externalKey'] }],
  indexes: [
    { properties: ['state', 'id'] },
    { properties: ['plannedStart', 'id'] },
    byName('release', ['name', 'id']),
    byInstant('release', 'planned_start'),
    { properties: ['ownerId'] },
    { properties: ['managerId'] },
    whereGiven('release', 'accepted_by_id'),
    { properties: ['templateVersionId'] },
  ],
});

/**
 * A set of changes built, tested and deployed together, with its plan, scope, content and life cycle. `tasksAnchor` is
 * an instant that moves as the slot moves the tasks: an acceptance counts their times from it.
 */
export class Release extends ReleaseSchema.class {}
ReleaseSchema.setClass(Release);
