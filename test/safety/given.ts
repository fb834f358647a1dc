import { v7 } from 'uuid';
import { parseNodeId, toNodeId } from '../../src/domain/node-id.js';
import { Contribution } from '../../src/entities/contribution.entity.js';
import { Change } from '../../src/entities/change/change.entity.js';
import { ChangeCi } from '../../src/entities/change/change-ci.entity.js';
import { Phase } from '../../src/entities/release/phase.entity.js';
import { ReleaseChange } from '../../src/entities/release/release-change.entity.js';
import { ReleaseCi } from '../../src/entities/release/release-ci.entity.js';
import { ReleaseContent } from '../../src/entities/release/release-content.entity.js';
import { Release } from '../../src/entities/release/release.entity.js';
import { Task } from '../../src/entities/release/task.entity.js';
import { TaskDependency } from '../../src/entities/release/task-dependency.entity.js';
import type { Name } from './people.js';
import type { Stage } from './stage.js';
import type { Tale } from './tale.js';

const uuid = (id: string) => parseNodeId(id)?.uuid ?? '';

/**
 * Gives a release that is being tested, with its change, scope and plan, without the twenty commands that lead there:
 * what is dangerous comes later. The log says who is supposed to have done what.
 */
export async function giveRelease(stage: Stage, tale: Tale): Promise<void> {
  const idOf = (name: Name) => stage.people.get(name)?.id as string;
  const manager = idOf(tale.manager);
  const releaseId = v7();
  const cis = (names: Tale['direct']) => names.map((name) => uuid(tale.world.cis[name]));
  const changes = tale.changes.map((change) => ({ ...change, row: v7() }));
  await stage.app.transact(async ({ em }) => {
    em.create(Release, {
      id: releaseId,
      name: 'Patch day',
      state: 'TESTING',
      ownerId: idOf(tale.owner),
      managerId: manager,
      backOutPlan: 'Restore the snapshot.',
    });
    for (const { row, requester } of changes)
      em.create(Change, {
        id: row,
        title: 'Patch',
        state: 'AUTHORISED',
        risk: 'LOW',
        backOutPlan: 'Restore the snapshot.',
        assessment: 'Little can go wrong.',
        requestedById: idOf(requester),
        authorisedById: idOf('anna'),
        authorisedAt: stage.clock.now(),
      });
    await em.flush();
    for (const { row, requester } of changes) {
      const author = { personId: idOf(requester), part: 'AUTHOR' } as const;
      em.create(Contribution, { subjectType: 'Change', subjectId: row, ...author });
    }
    for (const { row, targets } of changes) {
      em.create(ReleaseChange, { releaseId, changeId: row, addedById: idOf(tale.owner) });
      for (const ciId of cis(targets)) {
        em.create(ChangeCi, { changeId: row, ciId, role: 'TARGET' });
        em.create(ReleaseCi, { releaseId, ciId, role: 'TARGET', viaChangeId: row, addedById: idOf(tale.owner) });
      }
    }
    for (const ciId of cis(tale.direct)) em.create(ReleaseCi, { releaseId, ciId, role: 'TARGET', addedById: manager });
    for (const version of tale.content)
      em.create(ReleaseContent, { releaseId, dmlItemVersionId: uuid(version), addedById: manager });
    if (tale.tested) {
      const phaseId = v7();
      em.create(Phase, { id: phaseId, releaseId, name: 'Test', releaseState: 'TESTING', position: 1 });
      await em.flush();
      const test = { name: 'Regression', kind: 'TEST', assigneeRole: 'TEST_MANAGER', mandatory: true } as const;
      em.create(Task, { releaseId, phaseId, position: 1, state: 'READY', ...test });
    }
    if (tale.linked === true) {
      const [before, during] = [v7(), v7()];
      em.create(Phase, { id: before, releaseId, name: 'Before', releaseState: 'COMMUNICATED', position: 2 });
      em.create(Phase, { id: during, releaseId, name: 'Roll out', releaseState: 'DISTRIBUTING', position: 3 });
      await em.flush();
      const [check, install] = [v7(), v7()];
      const byManager = { releaseId, assigneeRole: 'RELEASE_MANAGER', position: 1 } as const;
      em.create(Task, { id: check, phaseId: before, name: 'Check the room', ...byManager });
      em.create(Task, {
        id: install,
        phaseId: during,
        name: 'Install',
        kind: 'DISTRIBUTION',
        ...byManager,
        assigneeRole: 'DEPLOYMENT_OPERATOR',
      });
      await em.flush();
      em.create(TaskDependency, { taskId: install, predecessorId: check });
    }
  });
  const deed = (by: string, command: string, on: string) =>
    stage.log.deeds.push({
      at: stage.now,
      by,
      command,
      on,
      roles: [],
      input: {},
      ...(on === releaseId && { release: on }),
    });
  deed(manager, 'releaseCreate', releaseId);
  for (const { row, requester } of changes) {
    deed(idOf(requester), 'changeCreate', row);
    deed(idOf('anna'), 'changeAuthorise', row);
  }
  stage.releases.add(releaseId);
  tale.id = toNodeId('Release', releaseId);
  tale.changes.forEach((change, index) => (change.id = toNodeId('Change', changes[index]?.row ?? '')));
}
