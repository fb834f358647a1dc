import { sql } from 'kysely';
import type { Artifact, DistributionRequest, JsonObject } from '../../adapters/adapter.js';
import { fingerprintOf } from '../../adapters/fingerprint.js';
import { blocker, type Blocker } from '../../domain/blocker.js';
import type { Criticality } from '../../domain/cmdb/configuration-item.machine.js';
import type { DistributionOperation } from '../../domain/distribution/distribution.state.js';
import { toNodeId } from '../../domain/node-id.js';
import type { Distribution } from '../../entities/distribution/distribution.entity.js';
import type { Release } from '../../entities/release/release.entity.js';
import type { PackageContent } from './package-contents.service.js';
import type { ConnectedTool } from './tool-directory.js';
import type { UnitOfWork } from '../unit-of-work.js';

/** A target as a tool receives it. */
export interface PackageTarget {
  readonly id: string;
  readonly name: string;
  readonly criticality: Criticality;
  /** What the tool knows it by; `{}` when nothing is recorded. */
  readonly binding: JsonObject;
}

/** Configuration items with what a tool knows them by, in id order. */
export async function gatherTargets(uow: UnitOfWork, ciIds: readonly string[], tool: string): Promise<PackageTarget[]> {
  return await uow.query<PackageTarget>(sql`
    select id, name, criticality, coalesce(bindings->${tool}, '{}') as binding
    from configuration_item
    where id = any(${ciIds}::uuid[])
    order by id`);
}

/** The bindings of all contents merged into one, and the properties for which two of them have different values. */
function mergeBindings(contents: readonly PackageContent[]): {
  readonly binding: JsonObject;
  readonly clashes: readonly string[];
} {
  const binding: Record<string, JsonObject[string]> = {};
  const clashes = new Set<string>();
  for (const content of contents) {
    for (const [property, value] of Object.entries(content.binding)) {
      if (Object.hasOwn(binding, property) && JSON.stringify(binding[property]) !== JSON.stringify(value))
        clashes.add(property);
      binding[property] = value;
    }
  }
  return { binding, clashes: [...clashes] };
}

const contentRef = (content: PackageContent) => ({ subject: { type: 'DmlItemVersion', id: content.id } });

/**
 * Every reason for which a tool could not deliver a package to some targets, each pointing at what has to be corrected.
 * @param atOnce whether the targets are those of one run
 */
export function packageBlockers(
  tool: { readonly id: string; readonly name: string },
  connected: ConnectedTool | undefined,
  operation: DistributionOperation,
  targets: readonly PackageTarget[],
  contents: readonly PackageContent[],
  atOnce = true,
): Blocker[] {
  const toolRef = { subject: { type: 'DeploymentTool', id: tool.id } };
  if (connected === undefined) {
    return [
      blocker(
        'ADAPTER_UNHEALTHY',
        `Deployment tool ${tool.name} is not connected to this server, so nothing can be planned with it.`,
        ['ADMINISTRATOR', 'DEPLOYMENT_OPERATOR'],
        toolRef,
      ),
    ];
  }
  const { operations, limits } = connected.capabilities;
  const found: Blocker[] = [];
  if (!(operations as readonly string[]).includes(operation.toLowerCase())) {
    found.push(
      blocker(
        'ADAPTER_UNSUPPORTED',
        `Deployment tool ${tool.name} cannot ${operation}. It offers ${operations.join(', ').toUpperCase()}.`,
        ['DEPLOYMENT_OPERATOR'],
        { ...toolRef, path: ['operation'] },
      ),
    );
  }
  if (atOnce && limits.maxTargets !== undefined && targets.length > limits.maxTargets) {
    found.push(
      blocker(
        'ADAPTER_UNSUPPORTED',
        `Deployment tool ${tool.name} takes at most ${limits.maxTargets} targets at a time. ` +
          'Plan several distributions.',
        ['DEPLOYMENT_OPERATOR'],
        { ...toolRef, path: ['targetIds'] },
      ),
    );
  }
  for (const target of targets) {
    const problems = connected.targetProblems(target.binding);
    if (problems.length === 0) continue;
    found.push(
      blocker(
        'BINDING_INVALID',
        `${target.name} cannot be a target of ${tool.name}: ${problems.join('; ')}. ` +
          `Correct its binding "${tool.name}".`,
        ['CONFIGURATION_MANAGER'],
        {
          subject: { type: 'ConfigurationItem', id: target.id },
          path: ['targetIds'],
        },
      ),
    );
  }
  const twice = contents.filter(
    (content, index) => contents.findIndex((other) => other.itemId === content.itemId) !== index,
  );
  for (const content of twice) {
    found.push(
      blocker(
        'PLAN_INVALID',
        `Two versions of ${content.itemName} cannot go to the same targets at once. Plan a distribution for each.`,
        ['DEPLOYMENT_OPERATOR'],
        { ...contentRef(content), path: ['contentIds'] },
      ),
    );
  }
  const { binding, clashes } = mergeBindings(contents);
  const first = contents[0];
  if (first !== undefined && clashes.length > 0) {
    const message =
      `The contents have different values of ${clashes.join(', ')} for ${tool.name}, so they cannot go together. ` +
      'Plan a distribution for each.';
    found.push(
      blocker('BINDING_INVALID', message, ['DEPLOYMENT_OPERATOR', 'DML_LIBRARIAN'], {
        ...contentRef(first),
        path: ['contentIds'],
      }),
    );
  }
  const problems = first === undefined ? [] : connected.packageProblems(binding);
  if (first !== undefined && problems.length > 0) {
    const names = contents.map(({ name }) => name).join(', ');
    const message =
      `${names} cannot be distributed by ${tool.name}: ${problems.join('; ')}. ` +
      `Correct the binding "${tool.name}".`;
    found.push(blocker('BINDING_INVALID', message, ['DML_LIBRARIAN'], { ...contentRef(first), path: ['contentIds'] }));
  }
  return found;
}

/** The parameters that a tool would refuse or ignore at the agreed minute. */
export function parameterBlockers(
  tool: { readonly id: string; readonly name: string },
  connected: ConnectedTool | undefined,
  parameters: Record<string, unknown> | null | undefined,
): Blocker[] {
  return (connected?.parametersProblems(parameters ?? {}) ?? []).map((problem) =>
    blocker(
      'PARAMETERS_INVALID',
      `${problem}. See \`parametersSchema\` of deployment tool ${tool.name}.`,
      ['DEPLOYMENT_OPERATOR'],
      { subject: { type: 'DeploymentTool', id: tool.id }, path: ['parameters'] },
    ),
  );
}

const artifactOf = (content: PackageContent, digest: string, tool: ConnectedTool): Artifact => ({
  name: content.fileName ?? content.itemName,
  version: content.label,
  sha256: digest,
  size: content.size ?? 0,
  uri: tool.mediaUri(digest),
  mediaType: content.mediaType ?? 'application/octet-stream',
});

/** What an order of a distribution is about, whichever tool gets it. */
export interface OrderFor {
  readonly release: Release;
  readonly distribution: Distribution;
  readonly operation: DistributionOperation;
}

/** What one tool gets. */
export interface RequestPart {
  readonly tool: ConnectedTool;
  readonly attempt: number;
  readonly targets: readonly PackageTarget[];
  readonly contents: readonly PackageContent[];
  readonly parameters: Record<string, unknown>;
  readonly deadline: Date;
}

/**
 * The complete orders as the tools will receive them, in one statement. The key of each is unique to its attempt, its
 * fingerprint to its content.
 */
export async function buildRequests(
  uow: UnitOfWork,
  order: OrderFor,
  parts: readonly RequestPart[],
): Promise<DistributionRequest[]> {
  const changes = await uow.query<{ id: string }>(
    sql`select change_id as id from release_change where release_id = ${order.release.id} and live order by change_id`,
  );
  const changeIds = changes.map(({ id }) => toNodeId('Change', id));
  return parts.map((part) => requestOf(order, part, changeIds, uow.actor.name));
}

function requestOf(
  { release, distribution, operation }: OrderFor,
  { tool, attempt, targets, contents, parameters, deadline }: RequestPart,
  changeIds: readonly string[],
  actor: string,
): DistributionRequest {
  const request = {
    key: `${distribution.number}-${attempt}`,
    operation: operation.toLowerCase() as DistributionRequest['operation'],
    release: {
      id: toNodeId('Release', release.id),
      name: release.name,
      version: release.number,
      changeIds: [...changeIds],
    },
    package: {
      binding: mergeBindings(contents).binding,
      artifacts: contents.flatMap((content) =>
        content.digest === null ? [] : [artifactOf(content, content.digest, tool)],
      ),
    },
    targets: targets.map(({ id, name, binding }) => ({ ciId: toNodeId('ConfigurationItem', id), name, binding })),
    parameters: parameters as JsonObject,
    deadline: deadline.toISOString(),
    ...(distribution.maxParallel != null && { maxParallel: distribution.maxParallel }),
    ...(distribution.stopAfterFailures != null && { stopAfterFailures: distribution.stopAfterFailures }),
    dryRun: false,
    actor,
  };
  return { ...request, fingerprint: fingerprintOf(request) };
}
