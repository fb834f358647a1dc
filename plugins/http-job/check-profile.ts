/** What is wrong with a profile and the settings around it: found when the instance is connected, not in a run. */
import { AdapterError, type JsonSchema } from '../../src/adapters/adapter.js';
import { requestsOf, readersOf, type HttpJobConfig, type Profile, type RequestSpec } from './profile.js';
import { eachTemplateOfReader } from './reader.js';
import { eachTemplate, Template } from './template.js';

/** Names of a request while it is made. */
const ORDER = [
  'operation',
  'release.id',
  'release.name',
  'release.version',
  'changes',
  'parameters',
  'targets.name',
  'targets.ciId',
  'artifacts',
  'artifact.name',
  'artifact.uri',
  'artifact.sha256',
  'actor',
  'deadline',
  'maxParallel',
  'stopAfterFailures',
  'callback.url',
  'fingerprint',
];
/** Names that also hold later, when only the run is known. */
const ALWAYS = ['key', 'job.key', 'job.hash', 'job.number', 'target.name', 'target.ciId'];
/** Names of a job that is there. */
const LATER = ['id', 'ticket'];

const propertiesOf = (schema: JsonSchema): string[] => Object.keys((schema['properties'] ?? {}) as object);

/** Every name that a template of this profile may have, by where it stands. */
function namesOf(profile: Profile): { readonly order: Set<string>; readonly later: Set<string> } {
  const targets = propertiesOf(profile.target);
  const always = [
    ...ALWAYS,
    ...Object.keys(profile.site ?? {}).map((name) => `site.${name}`),
    ...propertiesOf(profile.package).map((name) => `package.${name}`),
    ...targets.map((name) => `target.${name}`),
  ];
  const order = [
    ...always,
    ...ORDER,
    ...(profile.secrets ?? []).map((name) => `secret.${name}`),
    ...propertiesOf(profile.parameters).map((name) => `parameters.${name}`),
    ...targets.map((name) => `targets.${name}`),
  ];
  return {
    order: new Set(order),
    later: new Set([...always, ...LATER, ...order.filter((name) => name.startsWith('secret.'))]),
  };
}

function problemsOfRequest(spec: RequestSpec, known: ReadonlySet<string>, perRun: boolean): string[] {
  const problems: string[] = [];
  const see = (open: boolean) => (template: Template) => {
    for (const name of template.names) {
      if (!known.has(name)) problems.push(`\${${name}} is not known in "${template.source}".`);
      if (open && name.startsWith('secret.'))
        problems.push(`A secret must not stand in an address: "${template.source}".`);
      if (perRun && name.startsWith('target.'))
        problems.push(`"${template.source}" names one target, and a job is for all targets of a run.`);
    }
  };
  see(true)(new Template(spec.path));
  eachTemplate(spec.query ?? {}, see(true));
  for (const pattern of [spec.headers ?? {}, spec.form ?? {}, spec.json ?? null]) eachTemplate(pattern, see(false));
  if (!spec.path.startsWith('/')) problems.push(`The path "${spec.path}" must begin with "/".`);
  if (spec.form !== undefined && spec.json !== undefined) problems.push('A request has a form or JSON, not both.');
  return problems;
}

function problemsOfMeaning(profile: Profile): string[] {
  const { jobs, observe, submit, search } = profile;
  const problems: string[] = [];
  if (jobs === 'per-run' && observe.targets === undefined && profile.speaksForTargets !== true)
    problems.push('Jobs per run need "targets", or "speaksForTargets" where a job only ends well for all targets.');
  if (jobs === 'per-target' && observe.targets !== undefined)
    problems.push('"targets" are for jobs per run; a job of its own speaks for its target.');
  if (submit.id === undefined && submit.exists === undefined && search === undefined)
    problems.push('Nothing says which job was started: "submit.id", "submit.exists" or "search" is needed.');
  if (submit.ticket !== undefined && profile.locate === undefined) problems.push('"submit.ticket" needs "locate".');
  for (const source of observe.targets ?? []) {
    const shapes = [source.list, source.map, source.sets].filter((shape) => shape !== undefined);
    if (shapes.length !== 1) problems.push('Each of "targets" has one of "list", "map" and "sets".');
    if (source.list !== undefined && (source.name === undefined || source.state === undefined))
      problems.push('A list of targets needs "name" and "state".');
    const label = new Template(source.label);
    if (!label.names.some((name) => name.startsWith('target.'))) problems.push('"label" does not name a target.');
  }
  return problems;
}

/** Everything that is wrong, one sentence each. */
export function profileProblems(profile: Profile, config: HttpJobConfig): string[] {
  const problems: string[] = [];
  try {
    const { order, later } = namesOf(profile);
    const perRun = profile.jobs === 'per-run';
    const ordering = new Set([profile.submit.request, ...(profile.check ?? []).map(({ request }) => request)]);
    for (const request of requestsOf(profile))
      problems.push(...problemsOfRequest(request, ordering.has(request) ? order : later, perRun));
    const see = (template: Template): void => {
      for (const name of template.names)
        if (!later.has(name)) problems.push(`\${${name}} is not known in "${template.source}".`);
    };
    for (const reader of readersOf(profile)) eachTemplateOfReader(reader, see);
    for (const source of profile.observe.targets ?? []) see(new Template(source.label));
    for (const one of profile.search ?? []) see(new Template(one.equals ?? '${job.key}'));
    for (const text of Object.values(profile.headers ?? {})) eachTemplate(text, see);
    problems.push(...problemsOfMeaning(profile));
  } catch (error) {
    problems.push((error as Error).message);
  }
  const site = profile.site ?? {};
  for (const [name, { default: usual }] of Object.entries(site))
    if (usual === undefined && config.site?.[name] === undefined) problems.push(`"site" needs "${name}".`);
  for (const name of Object.keys(config.site ?? {}))
    if (!Object.hasOwn(site, name)) problems.push(`"site" has "${name}", which this profile does not know.`);
  const secrets = profile.secrets ?? [];
  for (const name of secrets) if (config.secrets?.[name] === undefined) problems.push(`"secrets" needs "${name}".`);
  for (const name of Object.keys(config.secrets ?? {}))
    if (!secrets.includes(name)) problems.push(`"secrets" has "${name}", which this profile does not know.`);
  if (config.callback !== undefined && profile.callback === undefined)
    problems.push('This profile does not know the callbacks of its tool; remove "callback".');
  return [...new Set(problems)];
}

/** @throws AdapterError INVALID_ARGUMENT with everything that is wrong. */
export function assertProfile(profile: Profile, config: HttpJobConfig): void {
  const problems = profileProblems(profile, config);
  if (problems.length > 0)
    throw new AdapterError('INVALID_ARGUMENT', `The profile cannot be used: ${problems.join(' ')}`);
}
