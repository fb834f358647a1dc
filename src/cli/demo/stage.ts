import type { Cast } from './cast.js';
import type { Estate } from './estate.js';

/** Objects that must exist before the first change is raised. */
export interface Stage {
  readonly serviceId: string;
  readonly sourceId: string;
  /** Ids of the target configuration items by name. */
  readonly targets: ReadonlyMap<string, string>;
  readonly repositoryId: string;
  readonly itemId: string;
  readonly templateVersionId: string;
}

/** Names of the targets. */
export const TARGETS: readonly string[] = Array.from({ length: 60 }, (_, n) => `web-${String(n + 1).padStart(2, '0')}`);

const TEMPLATE = 'Demo: package on servers';

const PLAN = {
  phases: [
    {
      key: 'planning',
      name: 'Planning',
      releaseState: 'PLANNING',
      tasks: [
        {
          key: 'rollout',
          name: 'Plan the rollout',
          description: '',
          kind: 'MANUAL',
          role: 'RELEASE_MANAGER',
          mandatory: true,
          after: [],
          startOffsetMinutes: 0,
          durationMinutes: 30,
        },
        {
          key: 'backout',
          name: 'Check the back-out plan',
          description: '',
          kind: 'MANUAL',
          role: 'RELEASE_MANAGER',
          mandatory: true,
          after: ['rollout'],
          startOffsetMinutes: 30,
          durationMinutes: 15,
        },
      ],
    },
    {
      key: 'building',
      name: 'Building',
      releaseState: 'BUILDING',
      tasks: [
        {
          key: 'package',
          name: 'Assemble the package',
          description: '',
          kind: 'MANUAL',
          role: 'RELEASE_MANAGER',
          mandatory: true,
          after: ['backout'],
          startOffsetMinutes: 45,
          durationMinutes: 30,
        },
      ],
    },
    {
      key: 'testing',
      name: 'Testing',
      releaseState: 'TESTING',
      tasks: [
        {
          key: 'trial',
          name: 'Trial installation',
          description: '',
          kind: 'TEST',
          role: 'TEST_MANAGER',
          mandatory: true,
          after: ['package'],
          startOffsetMinutes: 75,
          durationMinutes: 45,
        },
      ],
    },
  ],
  skipRules: [
    { states: ['BUILDING', 'TESTING'], when: { ciClasses: ['DESKTOP', 'LAPTOP'], maxCriticality: 'MEDIUM' } },
  ],
  requires: { backOutPlan: true, testEvidence: true },
};

/** Creates the objects, or finds those of an earlier run, through the public API. */
export async function setStage({ conny, lin, max, olga, cem }: Cast, estate: Estate): Promise<Stage> {
  const ci = async (
    key: string,
    name: string,
    ciClass: string,
    more: Record<string, unknown> = {},
  ): Promise<string> => {
    const { id, state } = await conny.api.run<{ id: string; state: string }>(
      'configurationItemUpsert',
      { externalRef: { source: 'demo', key }, name, ciClass, ...more },
      'configurationItem',
      'id state',
    );
    if (state === 'DISCOVERED') await conny.api.run('configurationItemAuthorise', { id }, 'configurationItem');
    return id;
  };
  const serviceId = await ci('shop', 'Web shop', 'BUSINESS_SERVICE', { criticality: 'CRITICAL' });
  const sourceId = await ci('package', 'interlock (package)', 'SOFTWARE');
  const targets = new Map<string, string>();
  for (const name of TARGETS) {
    const bindings = { [estate.tool]: estate.bindingOf(name) };
    const id = await ci(name, name, 'SERVER', { criticality: 'HIGH', bindings });
    await conny.api.run(
      'configurationItemRelate',
      { sourceId: serviceId, kind: 'DEPENDS_ON', targetId: id },
      'ciRelation',
    );
    targets.set(name, id);
  }

  const find = async (query: string, field: string): Promise<string | undefined> => {
    const found = await lin.api.query<Record<string, { nodes: { id: string }[] }>>(query);
    return found[field]?.nodes[0]?.id;
  };
  const repositoryId =
    (await find(
      `{ dmlRepositories(first: 1, filter: { name: { eq: "Demo library" } }) { nodes { id } } }`,
      'dmlRepositories',
    )) ??
    (
      await lin.api.run(
        'dmlRepositoryCreate',
        { name: 'Demo library', description: 'Master copies of the demo.' },
        'dmlRepository',
      )
    ).id;
  const item = await lin.api.run(
    'dmlItemUpsert',
    {
      externalRef: { source: 'demo', key: 'interlock' },
      repositoryId,
      name: 'interlock',
      configurationItemId: sourceId,
      licence: 'Apache-2.0',
    },
    'dmlItem',
  );

  // A change window that is always open, so that the demo works at any hour.
  if (
    !(await find(
      `{ scheduleWindows(first: 1, filter: { name: { eq: "Demo window" } }) { nodes { id } } }`,
      'scheduleWindows',
    ))
  ) {
    const day = new Date().toISOString().slice(0, 10);
    const startsAt = `${day}T00:00:00Z`;
    const endsAt = new Date(Date.parse(startsAt) + 86_400_000).toISOString();
    await cem.api.run(
      'scheduleWindowCreate',
      {
        name: 'Demo window',
        kind: 'CHANGE_WINDOW',
        startsAt,
        endsAt,
        rrule: 'FREQ=DAILY',
        timeZone: 'UTC',
        ciIds: [...targets.values()],
      },
      'scheduleWindow',
    );
  }

  const templates = await max.api.query<{ releaseTemplates: { nodes: { versions: { nodes: { id: string }[] } }[] } }>(
    'query($name: String!) { releaseTemplates(first: 1, filter: { name: { eq: $name } }) { nodes { ' +
      'versions(first: 1, filter: { state: { eq: PUBLISHED } }) { nodes { id } } } } }',
    { name: TEMPLATE },
  );
  let templateVersionId = templates.releaseTemplates.nodes[0]?.versions.nodes[0]?.id;
  if (templateVersionId === undefined) {
    const template = await max.api.run<{ versions: { nodes: { id: string }[] } }>(
      'releaseTemplateCreate',
      { name: TEMPLATE, plan: PLAN },
      'releaseTemplate',
      'versions(first: 1) { nodes { id } }',
    );
    templateVersionId = template.versions.nodes[0]?.id as string;
    await olga.api.run('releaseTemplateVersionPublish', { id: templateVersionId }, 'releaseTemplateVersion');
  }
  return { serviceId, sourceId, targets, repositoryId, itemId: item.id, templateVersionId };
}
