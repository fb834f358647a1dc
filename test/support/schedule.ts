import { v7 } from 'uuid';
import { fromNodeId, toNodeId } from '../../src/domain/node-id.js';
import { DeploymentTool } from '../../src/entities/distribution/deployment-tool.entity.js';
import { Distribution } from '../../src/entities/distribution/distribution.entity.js';
import { Release } from '../../src/entities/release/release.entity.js';
import { ReleaseCi } from '../../src/entities/release/release-ci.entity.js';
import { Task } from '../../src/entities/release/task.entity.js';
import { bookDistribution, bookRelease } from '../../src/services/schedule/schedule-entry.service.js';
import type { TestApp } from './app.js';
import type { TestClient } from './client.js';
import type { Story } from './story.js';
import { Phase } from '../../src/entities/release/phase.entity.js';
import { TargetExecution } from '../../src/entities/distribution/target-execution.entity.js';

/** A configuration item as tests of the schedule know it. */
export interface ScheduledCi {
  readonly id: string;
  readonly name: string;
}

/**
 * Makes what the schedule is about without the long way through the life of a release: plans with dates and targets,
 * booked or not.
 */
export class ScheduleBuilder {
  constructor(readonly story: Story) {}

  /** An item; `relations` are "this KIND other". */
  async ci(name: string, ciClass = 'SERVER', relations: readonly [string, ScheduledCi][] = []): Promise<ScheduledCi> {
    const ci = { id: await this.story.ci(name, { ciClass, authorised: false }), name };
    for (const [kind, other] of relations) await this.relate(ci, kind, other);
    return ci;
  }

  async relate(source: ScheduledCi, kind: string, target: ScheduledCi): Promise<void> {
    await this.story.configurationManager.run(
      'configurationItemRelate',
      { sourceId: source.id, kind, targetId: target.id },
      'ciRelation',
    );
  }

  /** A release with a planned interval and target items. @returns its public id. */
  async release(
    name: string,
    from: string | null,
    to: string | null,
    cis: readonly ScheduledCi[],
    book = true,
  ): Promise<string> {
    const person = fromNodeId('Person', this.story.manager.personId, 'person');
    return await this.story.app.transact(async (uow) => {
      const release = uow.em.create(Release, {
        id: v7(),
        name,
        ownerId: person,
        managerId: person,
        plannedStart: from && new Date(from),
        plannedEnd: to && new Date(to),
      });
      await uow.em.flush();
      for (const ci of cis)
        uow.em.create(ReleaseCi, {
          releaseId: release.id,
          ciId: fromNodeId('ConfigurationItem', ci.id, 'ci'),
          role: 'TARGET',
          addedById: person,
        });
      await uow.em.flush();
      if (book) await bookRelease(uow, release);
      return toNodeId('Release', release.id);
    });
  }

  /** Runs something on the stored release in a unit of work, as its commands do. */
  async onRelease(
    releaseId: string,
    act: (uow: Parameters<Parameters<TestApp['transact']>[0]>[0], release: Release) => Promise<unknown>,
  ): Promise<void> {
    await this.story.app.transact(
      async (uow) =>
        void (await act(uow, await uow.em.findOneOrFail(Release, { id: fromNodeId('Release', releaseId, 'id') }))),
    );
  }

  /** A booked distribution of a release. @returns its public id. */
  async distribution(
    releaseId: string,
    name: string,
    from: string,
    to: string | null,
    cis: readonly ScheduledCi[],
  ): Promise<string> {
    const person = fromNodeId('Person', this.story.manager.personId, 'person');
    return await this.story.app.transact(async (uow) => {
      const tool =
        (await uow.em.findOne(DeploymentTool, { name: 'tool' })) ??
        uow.em.create(DeploymentTool, { id: v7(), name: 'tool', adapterId: 'manual' });
      await uow.em.flush();
      const distribution = uow.em.create(Distribution, {
        id: v7(),
        releaseId: fromNodeId('Release', releaseId, 'id'),
        deploymentToolId: tool.id,
        name,
        plannedById: person,
        scheduledStart: new Date(from),
        scheduledEnd: to && new Date(to),
      });
      await uow.em.flush();
      for (const ci of cis)
        uow.em.create(TargetExecution, {
          distributionId: distribution.id,
          ciId: fromNodeId('ConfigurationItem', ci.id, 'ci'),
        });
      await uow.em.flush();
      await bookDistribution(uow, distribution);
      return toNodeId('Distribution', distribution.id);
    });
  }

  /** A task of a release with planned dates. @returns its public id. */
  async task(releaseId: string, name: string, from: string, to: string, assignee?: TestClient): Promise<string> {
    return await this.story.app.transact(async (uow) => {
      const release = fromNodeId('Release', releaseId, 'id');
      const phase = uow.em.create(Phase, {
        id: v7(),
        releaseId: release,
        name: 'Plan',
        releaseState: 'PLANNING',
        position: 1,
      });
      await uow.em.flush();
      const task = uow.em.create(Task, {
        id: v7(),
        releaseId: release,
        phaseId: phase.id,
        position: 1,
        name,
        assigneeId: assignee ? fromNodeId('Person', assignee.personId, 'person') : null,
        plannedStart: new Date(from),
        plannedEnd: new Date(to),
      });
      await uow.em.flush();
      return toNodeId('Task', task.id);
    });
  }
}
