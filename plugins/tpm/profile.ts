/** Finds what is wrong with a profile, and shows what it would send, for `interlock adapter profile check`. Pure. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { DistributionRequest } from '../../src/adapters/adapter.js';
import { commandOf } from './command-transport.js';
import { draftOrders, fieldsOf, REQUEST_PLACEHOLDERS, templatesOf } from './order.js';
import { CALLS, callOf, SUBMIT_PARTS, type CallName, type TpmProfile, type Workflow } from './profile-format.js';
import { PROFILE_SCHEMA } from './profile-schema.js';
import { soapMessage, type Values } from './soap.js';
import { literalOf, placeholdersOf } from './templates.js';

/** What would be sent for a call of a sample order. */
export interface ProfileSample {
  readonly title: string;
  /** The program and its arguments, as the program gets them. */
  readonly argv?: readonly string[];
  /** The whole HTTP message; for a command, how it gets the password. */
  readonly text: string;
}

/** The answer of {@link checkProfile}. */
export interface ProfileCheck {
  /** One sentence each; a profile with problems is refused. */
  readonly problems: readonly string[];
  /** Empty while there are problems. */
  readonly samples: readonly ProfileSample[];
}

/** What the values of each call are called. */
const VALUES: Readonly<Record<CallName, readonly string[]>> = {
  submit: SUBMIT_PARTS,
  status: ['requestId'],
  search: ['requestKey'],
  cancel: ['requestId'],
};

let check: ((value: unknown) => string[]) | undefined;

function schemaProblems(value: unknown): string[] {
  if (check === undefined) {
    const ajv = new Ajv2020({ allErrors: true, strict: true, strictTypes: false, strictRequired: false });
    (addFormats as unknown as (target: Ajv2020) => void)(ajv);
    const validate = ajv.compile(PROFILE_SCHEMA as Record<string, unknown>);
    check = (profile) => {
      if (validate(profile)) return [];
      const found = (validate.errors ?? []).map(({ instancePath, message, params }) => {
        const extra = (params as { additionalProperty?: string }).additionalProperty;
        const what = `${instancePath || 'The profile'} ${message ?? 'is not valid'}`;
        return extra === undefined ? `${what}.` : `${what}: ${extra}.`;
      });
      return [...new Set(found)];
    };
  }
  return check(value);
}

/** Placeholders and literal text that a template must not have. */
function templateProblems(place: string, template: string, known: readonly string[], isValue: boolean): string[] {
  const literal = literalOf(template);
  const strange = placeholdersOf(template).filter((name) => {
    const [scope = '', field] = name.split('.');
    return !known.includes(name) && !(field !== undefined && known.includes(`${scope}.*`));
  });
  return [
    ...strange.map((name) => `${place}: the placeholder {${name}} does not exist here.`),
    ...(/[{}]/.test(literal) ? [`${place}: a brace that belongs to no placeholder.`] : []),
    ...(isValue && /[,=]/.test(literal) ? [`${place}: a comma or an equals sign cannot be passed.`] : []),
    // eslint-disable-next-line no-control-regex -- control characters are what is looked for
    ...(/[\u0000-\u001f\u007f]/.test(literal) ? [`${place}: a control character.`] : []),
  ];
}

function workflowProblems(
  { requests, plannerParameters = [] }: TpmProfile,
  name: string,
  workflow: Workflow,
): string[] {
  const [own, other] = requests.per === 'target' ? ['target', 'targets'] : ['targets', 'target'];
  const known = [...REQUEST_PLACEHOLDERS, 'package.*', `${own}.*`];
  const names = [...workflow.parameters.map((parameter) => parameter.name), ...plannerParameters];
  const twice = names.find((one, index) => names.indexOf(one) !== index);
  const templates = templatesOf(workflow);
  const says = templates.some((template) => placeholdersOf(template).some((one) => one.startsWith(`${own}.`)));
  const wrong = templates.some((template) => placeholdersOf(template).some((one) => one.startsWith(`${other}.`)));
  return [
    ...templateProblems(`/workflows/${name}/workflow`, workflow.workflow, known, false),
    ...workflow.parameters.flatMap((parameter) =>
      templateProblems(`/workflows/${name}/parameters/${parameter.name}`, parameter.value, known, true),
    ),
    ...(twice === undefined ? [] : [`/workflows/${name}: the parameter ${twice} is there twice.`]),
    ...(says ? [] : [`/workflows/${name}: no parameter names the target; use {${own}.deviceId} or the like.`]),
    ...(wrong
      ? [`/workflows/${name}: with one request per ${requests.per}, use {${own}.…} and not {${other}.…}.`]
      : []),
  ];
}

function callProblems(profile: TpmProfile, name: CallName): string[] {
  const { transport } = profile;
  const call = callOf(profile, name);
  if (call === undefined) return [];
  const isCommand = transport.kind === 'soapcli';
  const extra = isCommand ? ['username', 'url', ...(transport.password.by === 'file' ? ['passwordFile'] : [])] : [];
  const known = [...VALUES[name], ...extra];
  const list: readonly (string | { readonly value: string })[] = call.arguments ?? [];
  const templates = list.map((argument) => (typeof argument === 'string' ? argument : argument.value));
  const place = `/transport/calls/${name}`;
  const said = templates.flatMap(placeholdersOf);
  const verified = !isCommand && name === 'submit';
  return [
    ...templates.flatMap((template, index) => templateProblems(`${place}/arguments/${index}`, template, known, false)),
    ...(verified ? [] : VALUES[name].filter((value) => !said.includes(value))).map(
      (value) => `${place}: no argument has {${value}}.`,
    ),
  ];
}

function ruleProblems({ errors = [], transport }: TpmProfile): string[] {
  const soap = transport.kind === 'soap';
  return errors.flatMap(({ faultCode, exitCode, text }, index) => [
    ...(faultCode === undefined && exitCode === undefined && text === undefined
      ? [`/errors/${index}: a rule needs a condition.`]
      : []),
    ...(soap && exitCode !== undefined ? [`/errors/${index}: a SOAP answer has no exit code.`] : []),
    ...(!soap && faultCode !== undefined ? [`/errors/${index}: a command has no fault code.`] : []),
  ]);
}

/** A search finds a request only by a key that the request carries. */
function searchProblems(profile: TpmProfile): string[] {
  if (callOf(profile, 'search') === undefined) return [];
  return Object.entries(profile.workflows)
    .filter(([, { parameters }]) => !parameters.some(({ value }) => value.includes('{requestKey}')))
    .map(([name]) => `/workflows/${name}: for the search, a parameter must carry {requestKey}.`);
}

function commandProblems({ transport }: TpmProfile): string[] {
  if (transport.kind !== 'soapcli') return [];
  const absolute = transport.command[0].startsWith('/');
  const expressions = Object.entries(transport.calls).flatMap(([name, { answer }]) =>
    Object.entries(answer).map(([part, pattern]) => ({ place: `/transport/calls/${name}/answer/${part}`, pattern })),
  );
  return [
    ...(absolute ? [] : ['/transport/command: the program needs an absolute path.']),
    ...expressions
      .filter(({ pattern }) => new RegExp(`${pattern}|`, 'm').exec('')?.length !== 2)
      .map(({ place }) => `${place}: the expression must have one group.`),
  ];
}

function meaningProblems(profile: TpmProfile): string[] {
  const means = Object.values(profile.states);
  return [
    ...Object.entries(profile.workflows).flatMap(([name, workflow]) => workflowProblems(profile, name, workflow)),
    ...CALLS.flatMap((name) => callProblems(profile, name)),
    ...ruleProblems(profile),
    ...searchProblems(profile),
    ...commandProblems(profile),
    ...(means.includes('succeeded') ? [] : ['/states: no word means succeeded.']),
    ...(means.includes('failed') ? [] : ['/states: no word means failed.']),
  ];
}

/** The order of which samples are shown. */
function sampleRequest(profile: TpmProfile, operation: DistributionRequest['operation']): DistributionRequest {
  const templates = Object.values(profile.workflows).flatMap(templatesOf);
  const binding = (scope: 'package' | 'target' | 'targets', number: number): Record<string, string> =>
    Object.fromEntries(fieldsOf(templates, scope).map((name) => [name, `${name}-${number}`]));
  const targets = profile.requests.per === 'target' ? [1] : [1, Math.min(2, profile.requests.size)];
  return {
    key: 'sample-run',
    fingerprint: '0'.repeat(64),
    operation,
    release: { id: 'sample-release', name: 'Sample', version: '1', changeIds: [] },
    package: { binding: binding('package', 1), artifacts: [] },
    targets: [...new Set(targets)].map((number) => ({
      ciId: `sample-ci-${number}`,
      name: `sample ${number}`,
      binding: { ...binding('target', number), ...binding('targets', number) },
    })),
    parameters: {},
    deadline: '2100-01-01T00:00:00.000Z',
    dryRun: false,
    actor: 'sample',
  };
}

function sampleOf({ transport }: TpmProfile, title: string, name: CallName, values: Values): ProfileSample {
  if (transport.kind === 'soapcli') {
    const given = { ...values, url: 'BASE-URL', username: 'USERNAME', passwordFile: 'PASSWORD-FILE' };
    const { password } = transport;
    const way = password.by === 'environment' ? `the environment variable ${password.variable}` : password.by;
    return { title, argv: commandOf(transport, name, given), text: `Password by ${way}.` };
  }
  const caller = { username: 'USERNAME', password: 'PASSWORD', now: new Date(0), nonce: new Uint8Array(16) };
  const { path, headers, envelope } = soapMessage(transport, name, values, caller);
  const auth = transport.auth === 'basic' ? { authorization: 'Basic USERNAME:PASSWORD' } : {};
  const all = { ...auth, 'content-type': 'text/xml; charset=utf-8', ...headers };
  const lines = Object.entries(all).map(([header, value]) => `${header}: ${value}`);
  return { title, text: [`POST ${path}`, ...lines, '', envelope].join('\n') };
}

function samplesOf(profile: TpmProfile): ProfileSample[] {
  const submits = Object.keys(profile.workflows).map((operation) => {
    const request = sampleRequest(profile, operation as DistributionRequest['operation']);
    const [order] = draftOrders(profile, request).orders;
    const { workflowName = '', requestParameters = '' } = order ?? {};
    return sampleOf(profile, `submit: ${operation}`, 'submit', { workflowName, requestParameters });
  });
  const others = CALLS.filter((name) => name !== 'submit' && callOf(profile, name) !== undefined);
  const values = { requestId: 'REQUEST-ID', requestKey: 'sample-run.0' };
  return [...submits, ...others.map((name) => sampleOf(profile, name, name, values))];
}

/** Checks a profile that may be anything, and shows the exact messages or commands for a sample order. */
export function checkProfile(profile: unknown): ProfileCheck {
  const shape = schemaProblems(profile);
  if (shape.length > 0) return { problems: shape, samples: [] };
  const problems = meaningProblems(profile as TpmProfile);
  return { problems, samples: problems.length > 0 ? [] : samplesOf(profile as TpmProfile) };
}
