import { sql } from 'kysely';
import { toNodeId, type NodeType } from '../domain/node-id.js';
import type { CiClass, CiRelationKind, Criticality } from '../domain/cmdb/configuration-item.machine.js';
import type { Role } from '../domain/roles.js';
import type { Person } from '../entities/people/person.entity.js';
import { changeAccept, changeAssess, changeAuthorise } from '../services/change/change-command.service.js';
import { changeReleaseRequestSubmit } from '../services/change/change-release-request.service.js';
import { changeCreate } from '../services/change/change.service.js';
import {
  configurationItemAuthorise,
  configurationItemRegister,
  configurationItemRelate,
} from '../services/cmdb/configuration-item.service.js';
import { dmlItemCreate } from '../services/library/dml-item.service.js';
import { dmlItemVersionRegister } from '../services/library/dml-item-version.service.js';
import { dmlRepositoryCreate } from '../services/library/dml-repository.service.js';
import { personCreate } from '../services/people/person.service.js';
import { releaseTemplateCreate, releaseTemplateVersionPublish } from '../services/release/release-template.service.js';
import { releaseCreate } from '../services/release/release.service.js';
import { scheduleWindowCreate } from '../services/schedule/schedule-window.service.js';
import { teamAddMember, teamCreate } from '../services/people/team.service.js';
import type { UnitOfWork } from '../services/unit-of-work.js';
import { SAMPLE_PLAN } from './sample-plan.js';

const DAY = 86_400_000;

/** The same unit of work with another actor: separation of duty holds for sample data too. */
function acting(uow: UnitOfWork, person: Person): UnitOfWork {
  const actor = { id: person.id, name: person.name, roles: person.roles, via: 'system' as const };
  return Object.create(uow, { actor: { value: actor }, actorId: { value: person.id } }) as UnitOfWork;
}

const PEOPLE: readonly (readonly [string, string, readonly Role[]])[] = [
  ['rita', 'Rita Lease', ['RELEASE_MANAGER']],
  ['otto', 'Otto Owner', ['RELEASE_OWNER']],
  ['cara', 'Cara Change', ['CHANGE_MANAGER', 'REQUESTER']],
  ['abe', 'Abe Board', ['CHANGE_AUTHORITY']],
  ['tom', 'Tom Test', ['TEST_MANAGER', 'TASK_ASSIGNEE']],
  ['lea', 'Lea Library', ['DML_LIBRARIAN']],
  ['ken', 'Ken Record', ['CONFIGURATION_MANAGER']],
  ['dan', 'Dan Deploy', ['DEPLOYMENT_OPERATOR']],
];

const ITEMS: readonly (readonly [string, CiClass, Criticality])[] = [
  ['Payroll', 'BUSINESS_SERVICE', 'CRITICAL'],
  ['Web shop', 'BUSINESS_SERVICE', 'HIGH'],
  ['payroll-app', 'APPLICATION', 'CRITICAL'],
  ['payroll-db', 'DATABASE', 'CRITICAL'],
  ['shop-app', 'APPLICATION', 'HIGH'],
  ['lb-1', 'LOAD_BALANCER', 'HIGH'],
  ['app-1', 'SERVER', 'HIGH'],
  ['app-2', 'SERVER', 'HIGH'],
  ['db-1', 'SERVER', 'CRITICAL'],
  ['desk-0815', 'DESKTOP', 'LOW'],
  ['desk-0816', 'DESKTOP', 'LOW'],
];

const RELATIONS: readonly (readonly [string, CiRelationKind, string])[] = [
  ['Payroll', 'DEPENDS_ON', 'payroll-app'],
  ['payroll-app', 'USES', 'payroll-db'],
  ['payroll-app', 'RUNS_ON', 'app-1'],
  ['payroll-db', 'RUNS_ON', 'db-1'],
  ['Web shop', 'DEPENDS_ON', 'shop-app'],
  ['shop-app', 'RUNS_ON', 'app-1'],
  ['shop-app', 'RUNS_ON', 'app-2'],
  ['lb-1', 'PROTECTS', 'shop-app'],
];

/**
 * A small company to explore: two services on three servers, a library, a calendar, an authorised change that asks to
 * join a release, and that release with its plan. The same use cases as for requests create it, so every rule holds.
 */
export async function loadSampleData(uow: UnitOfWork): Promise<void> {
  const node = (type: NodeType, row: { readonly id: string }) => toNodeId(type, row.id);
  const people: Record<string, Person> = {};
  for (const [key, name, roles] of PEOPLE)
    people[key] = await personCreate(uow, { name, email: `${key}@example.test`, kind: 'HUMAN', roles });
  await uow.em.flush();
  const as = (key: string) => acting(uow, people[key] as Person);

  const team = await teamCreate(uow, {
    name: 'Web platform',
    description: 'Runs the servers of the shop and of payroll.',
  });
  await uow.em.flush();
  for (const key of ['rita', 'dan'])
    await teamAddMember(uow, { id: node('Team', team), personId: node('Person', people[key] as Person) });

  const items = new Map<string, string>();
  let number = 1001;
  for (const [name, ciClass, criticality] of ITEMS) {
    const server = ciClass === 'SERVER' || ciClass === 'DESKTOP';
    const ci = await configurationItemRegister(as('ken'), {
      name,
      ciClass,
      criticality,
      ownerTeamId: node('Team', team),
      ownerId: node('Person', people['otto'] as Person),
      supportTeamId: node('Team', team),
      environment: 'production',
      ...(server && { location: name.startsWith('desk') ? 'Office, floor 2' : 'Data centre, row 4' }),
      ...(server && { manufacturer: 'Example Computers', serialNumber: `EX-${number++}` }),
      ...(server && { bindings: { directory: { directory: name }, simulator: {}, manual: {} } }),
    });
    await uow.em.flush();
    await configurationItemAuthorise(as('ken'), { id: node('ConfigurationItem', ci) });
    items.set(name, node('ConfigurationItem', ci));
  }
  const item = (name: string) => items.get(name) as string;
  for (const [source, kind, target] of RELATIONS)
    await configurationItemRelate(as('ken'), { sourceId: item(source), kind, targetId: item(target) });

  const repository = await dmlRepositoryCreate(as('lea'), {
    name: 'Central library',
    description: 'Master copies of everything that is installed here.',
  });
  await uow.em.flush();
  const product = await dmlItemCreate(as('lea'), {
    repositoryId: node('DmlRepository', repository),
    name: 'shop-app',
    vendor: 'In house',
    licence: 'Proprietary',
  });
  await uow.em.flush();
  await dmlItemVersionRegister(as('lea'), { itemId: node('DmlItem', product), label: '4.2.0', source: 'build 1789' });

  await calendar(as('cara'), uow.now);

  const template = await releaseTemplateCreate(as('rita'), {
    name: 'Standard release',
    description: 'Plan, build, test, communicate, distribute.',
    plan: SAMPLE_PLAN,
  });
  await uow.em.flush();
  const [version] = await uow.query<{ id: string }>(
    sql`select id from release_template_version where template_id = ${template.id}`,
  );
  if (!version) throw new Error('A new template has no version.');
  const templateVersionId = node('ReleaseTemplateVersion', version);
  await releaseTemplateVersionPublish(as('otto'), { id: templateVersionId });

  const change = await changeCreate(as('cara'), {
    title: 'Shop 4.2: new checkout',
    description: 'Brings the new checkout to all shop servers.',
    backOutPlan: 'Install 4.1 again from the library.',
    targetCiIds: [item('app-1'), item('app-2')],
  });
  await uow.em.flush();
  const id = node('Change', change);
  await changeAccept(as('cara'), { id });
  await changeAssess(as('cara'), { id, assessment: 'Rehearsed on the test system.', risk: 'MEDIUM' });
  await changeAuthorise(as('abe'), { id });
  const release = await releaseCreate(as('rita'), {
    name: 'Shop 4.2',
    ownerId: node('Person', people['otto'] as Person),
    templateVersionId,
    planStart: new Date(uow.now.getTime() + DAY).toISOString(),
    backOutPlan: 'Install 4.1 again from the library.',
  });
  await uow.em.flush();
  await changeReleaseRequestSubmit(as('cara'), {
    changeId: id,
    mode: 'ADD_TO_EXISTING',
    releaseId: node('Release', release),
    justification: 'Promised for this quarter.',
  });
}

/** A weekly change window in local time, and a blackout for the year-end closing. */
async function calendar(uow: UnitOfWork, now: Date): Promise<void> {
  const saturday = new Date(now.getTime() + ((6 - now.getUTCDay() + 7) % 7) * DAY).toISOString().slice(0, 10);
  await scheduleWindowCreate(uow, {
    name: 'Saturday night',
    kind: 'CHANGE_WINDOW',
    startsAt: `${saturday}T20:00:00Z`,
    endsAt: new Date(Date.parse(`${saturday}T20:00:00Z`) + 8 * 3_600_000).toISOString(),
    rrule: 'FREQ=WEEKLY',
    timeZone: 'Europe/Berlin',
  });
  const year = now.getUTCFullYear();
  await scheduleWindowCreate(uow, {
    name: `Year-end closing ${year}`,
    kind: 'BLACKOUT',
    startsAt: `${year}-12-20T00:00:00Z`,
    endsAt: `${year + 1}-01-07T00:00:00Z`,
    timeZone: 'Europe/Berlin',
  });
}
