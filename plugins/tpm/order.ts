/** Turns a request of the server into deployment requests, or says why it cannot be. Pure. */
import {
  AdapterError,
  type DistributionRequest,
  type JsonObject,
  type RequestTarget,
} from '../../src/adapters/adapter.js';
import type { RequestParameter, TpmProfile, Workflow } from './profile-format.js';
import { filled, literalOf, placeholdersOf, unsendable, unsendableValue } from './templates.js';

/** One deployment request. */
export interface Order {
  /** Names the request among those of all runs: the key of the run and a number. */
  readonly requestKey: string;
  readonly ciIds: readonly string[];
  readonly workflowName: string;
  /** `Name=Value,Name=Value`. */
  readonly requestParameters: string;
}

/** Why a request cannot be sent. */
export interface OrderProblem {
  /** Absent: it concerns every target. */
  readonly ciId?: string;
  readonly message: string;
}

/** Longest text of request parameters, in characters. */
const MAX_PARAMETERS = 16_384;

/** Placeholders whose values come from the server. */
export const REQUEST_PLACEHOLDERS = [
  'key',
  'requestKey',
  'operation',
  'actor',
  'release.id',
  'release.name',
  'release.version',
] as const;

/** The fields of bindings that templates name, for example `deviceId` for `{target.deviceId}`. */
export function fieldsOf(templates: readonly string[], scope: 'package' | 'target' | 'targets'): string[] {
  const names = templates.flatMap(placeholdersOf).filter((name) => name.startsWith(`${scope}.`));
  return [...new Set(names.map((name) => name.slice(scope.length + 1)))];
}

/** All templates of a workflow. */
export function templatesOf({ workflow, parameters }: Workflow): string[] {
  return [workflow, ...parameters.map(({ value }) => value)];
}

function field(binding: unknown, name: string): string | undefined {
  const value = (binding as Readonly<Record<string, unknown>> | null)?.[name];
  return typeof value === 'string' ? value : undefined;
}

/** The value of a placeholder for some targets of a request; undefined when a binding lacks it. */
function valueFor(
  name: string,
  request: DistributionRequest,
  targets: readonly RequestTarget[],
  { requestKey, separator }: { readonly requestKey: string; readonly separator: string },
): string | undefined {
  const { release, package: content } = request;
  const own: Readonly<Record<string, string>> = {
    key: request.key,
    requestKey,
    operation: request.operation,
    actor: request.actor,
    'release.id': release.id,
    'release.name': release.name,
    'release.version': release.version,
  };
  const [scope = '', part = ''] = name.split('.');
  if (scope === 'package') return field(content.binding, part);
  if (scope === 'target') return field(targets[0]?.binding, part);
  if (scope !== 'targets') return own[name];
  const values = targets.map(({ binding }) => field(binding, part));
  return values.includes(undefined) ? undefined : values.join(separator);
}

class Draft {
  readonly problems: OrderProblem[] = [];

  constructor(
    private readonly profile: TpmProfile,
    private readonly request: DistributionRequest,
  ) {}

  /** Fills a template and notes what keeps it from being sent. */
  text(
    what: string,
    template: string,
    targets: readonly RequestTarget[],
    requestKey: string,
    isValue: boolean,
  ): string {
    const separator = this.profile.requests.per === 'group' ? this.profile.requests.separator : '';
    const refused = isValue ? unsendableValue : unsendable;
    const own = placeholdersOf(template).some((name) => name.startsWith('target'));
    const note = (message: string, of: readonly RequestTarget[]): void =>
      void this.problems.push(...(own ? of.map(({ ciId }) => ({ ciId, message })) : [{ message }]));
    const text = filled(template, (name) => {
      const value = valueFor(name, this.request, targets, { requestKey, separator });
      const problem = value === undefined ? 'is missing' : refused(value);
      if (problem !== undefined) note(`${what}: the value of {${name}} ${problem}.`, targets);
      const splits = (target: RequestTarget): boolean =>
        name.startsWith('targets.') && (field(target.binding, name.slice(8)) ?? '').includes(separator);
      if (targets.some(splits))
        note(`${what}: the value of {${name}} has the separator "${separator}".`, targets.filter(splits));
      return value ?? '';
    });
    if (literalOf(template) !== '' && text !== text.trim()) note(`${what} begins or ends with white space.`, targets);
    // A command line client would take it for an option.
    if (!isValue && text.startsWith('-')) note(`${what} begins with a hyphen.`, targets);
    return text;
  }

  parameters(list: readonly RequestParameter[], targets: readonly RequestTarget[], requestKey: string): string {
    const extra = Object.entries((this.request.parameters['requestParameters'] ?? {}) as JsonObject);
    const planned = extra.map(([name, value]) => {
      const problem = typeof value === 'string' ? unsendableValue(value) : 'is no text';
      if (!(this.profile.plannerParameters ?? []).includes(name))
        this.problems.push({ message: `The profile has no request parameter ${JSON.stringify(name)} for planners.` });
      else if (problem !== undefined)
        this.problems.push({ message: `The request parameter ${name}: the value ${problem}.` });
      return `${name}=${String(value)}`;
    });
    const fixed = list.map(
      ({ name, value }) => `${name}=${this.text(`The request parameter ${name}`, value, targets, requestKey, true)}`,
    );
    const text = [...fixed, ...planned].join(',');
    if (text.length > MAX_PARAMETERS)
      this.problems.push({ message: `The request parameters are longer than ${MAX_PARAMETERS} characters.` });
    return text;
  }
}

function groupsOf(profile: TpmProfile, targets: readonly RequestTarget[]): RequestTarget[][] {
  const size = profile.requests.per === 'group' ? profile.requests.size : 1;
  return Array.from({ length: Math.ceil(targets.length / size) }, (_unused, index) =>
    targets.slice(index * size, (index + 1) * size),
  );
}

function unique(problems: readonly OrderProblem[]): OrderProblem[] {
  return [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()];
}

/** The deployment requests for a request, and everything that keeps them from being sent. */
export function draftOrders(
  profile: TpmProfile,
  request: DistributionRequest,
): { readonly orders: readonly Order[]; readonly problems: readonly OrderProblem[] } {
  const draft = new Draft(profile, request);
  const workflow = profile.workflows[request.operation];
  if (workflow === undefined)
    return { orders: [], problems: [{ message: `The profile has no workflow for ${request.operation}.` }] };
  const groups = groupsOf(profile, request.targets);
  const together = request.targets.length;
  if ((request.maxParallel ?? together) < together)
    draft.problems.push({
      message: 'All deployment requests are sent at once, so maxParallel cannot be kept. Plan waves instead.',
    });
  if (request.stopAfterFailures !== undefined && groups.length > 1)
    draft.problems.push({
      message: 'All deployment requests are sent at once, so stopAfterFailures cannot be kept. Plan waves instead.',
    });
  const orders = groups.map((targets, index) => {
    const requestKey = `${request.key}.${index}`;
    return {
      requestKey,
      ciIds: targets.map(({ ciId }) => ciId),
      workflowName: draft.text('The workflow name', workflow.workflow, targets, requestKey, false),
      requestParameters: draft.parameters(workflow.parameters, targets, requestKey),
    };
  });
  return { orders, problems: unique(draft.problems) };
}

/**
 * The deployment requests for a request.
 * @throws AdapterError INVALID_ARGUMENT when a value cannot be passed on as it is; nothing is ever changed to fit.
 */
export function ordersOf(profile: TpmProfile, request: DistributionRequest): readonly Order[] {
  const { orders, problems } = draftOrders(profile, request);
  if (problems.length === 0) return orders;
  const messages = problems
    .slice(0, 20)
    .map(({ ciId, message }) => (ciId === undefined ? message : `${ciId}: ${message}`));
  throw new AdapterError('INVALID_ARGUMENT', messages.join(' '), { native: messages });
}
