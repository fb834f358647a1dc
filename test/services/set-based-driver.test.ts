import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Change } from '../../src/entities/change/change.entity.js';
import { ConfigurationItem } from '../../src/entities/cmdb/configuration-item.entity.js';
import { Person } from '../../src/entities/people/person.entity.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { writeStatements } from '../support/write-statements.js';

let app: TestApp;
beforeAll(async () => void (app = await startTestApp()));
afterAll(async () => await app.end());

const ODD = `it's "odd" \\ ? :a {x} $1 ü`;

test('many rows are written by one statement, each with its own changes', async () => {
  const ids = await app.transact(async (uow) => {
    const cis = [0, 1, 2, 3].map((n) => uow.em.create(ConfigurationItem, { name: `ci ${n}`, ciClass: 'SERVER' }));
    await uow.em.flush();
    return cis.map(({ id }) => id);
  });
  const sent = await writeStatements(app, async () => {
    await app.transact(async (uow) => {
      const [a, b, c] = await uow.em.find(ConfigurationItem, { id: { $in: ids } }, { orderBy: { name: 'asc' } });
      Object.assign(a ?? {}, { attributes: { [ODD]: [1, null, ODD] }, criticality: 'HIGH' });
      Object.assign(b ?? {}, { name: ODD, externalSource: ODD, externalKey: 'b' });
      Object.assign(c ?? {}, { criticality: 'LOW' });
    });
  });
  expect(sent.filter((text) => text.includes('update "configuration_item"'))).toHaveLength(1);
  const rows = await app.transact(
    async (uow) => await uow.em.find(ConfigurationItem, { id: { $in: ids } }, { orderBy: { id: 'asc' } }),
  );
  const shown = rows.map(({ name, attributes, criticality, externalKey, version }) => [
    name,
    attributes,
    criticality,
    externalKey ?? null,
    version,
  ]);
  expect(shown).toEqual([
    ['ci 0', { [ODD]: [1, null, ODD] }, 'HIGH', null, 2],
    [ODD, {}, 'MEDIUM', 'b', 2],
    ['ci 2', {}, 'LOW', null, 2],
    ['ci 3', {}, 'MEDIUM', null, 1],
  ]);
});

test('instants, lists and null keep their types, and the version stays known', async () => {
  const start = new Date('2027-01-02T03:04:05.678Z');
  const versions = await app.transact(async (uow) => {
    const people = [1, 2].map((n) => uow.em.create(Person, { name: `p${n}`, email: `p${n}@test.test`, roles: [] }));
    await uow.em.flush();
    const changes = people.map(({ id }) => uow.em.create(Change, { title: 'c', requestedById: id, plannedEnd: start }));
    await uow.em.flush();
    for (const person of people) person.roles = ['AUDITOR', 'REQUESTER'];
    for (const change of changes) Object.assign(change, { plannedStart: start, plannedEnd: null });
    await uow.em.flush();
    for (const change of changes) change.title = 'again';
    await uow.em.flush();
    return changes.map(({ version }) => version);
  });
  expect(versions).toEqual([3, 3]);
  await app.transact(async (uow) => {
    for (const change of await uow.em.find(Change, { title: 'again' }))
      expect(change).toMatchObject({ plannedStart: start, plannedEnd: null, version: 3 });
    for (const person of await uow.em.find(Person, { name: { $in: ['p1', 'p2'] } }))
      expect(person.roles).toEqual(['AUDITOR', 'REQUESTER']);
  });
});
