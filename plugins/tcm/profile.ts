/** Checks a profile without the product: its form, its patterns, and the exact commands that it leads to. Pure. */
import { ADAPTER_OPERATIONS, isFinalTargetState } from '../../src/adapters/adapter.js';
import { NEVER_AN_END } from './judgement.js';
import { labelOf } from './order-book.js';
import type { Command, Profile } from './profile-format.js';
import { formProblems } from './profile-schema.js';
import { argvOf, placeholdersIn, planText, spelledPackage, spelledTarget, type Values } from './templates.js';

/** A command that would be run, or a document that would be sent, for a sample order. */
export interface ProfileSample {
  readonly title: string;
  /** The program and its arguments, as the program gets them. */
  readonly argv?: readonly string[];
  readonly text?: string;
}

/** The answer of {@link checkProfile}. */
export interface ProfileCheck {
  /** One sentence each; a profile with problems is refused. */
  readonly problems: readonly string[];
  readonly samples: readonly ProfileSample[];
}

/** Stands in an example where a site must put its own command. */
export const TO_FILL_IN = 'CHANGE_ME';

const SAMPLE: Values = {
  package: spelledPackage({ name: 'payroll', version: '4.0' }),
  packageName: 'payroll',
  packageVersion: '4.0',
  endpoints: ['web-01', 'web-02'],
  targets: ['web-01', 'web-02'].map(spelledTarget),
  label: labelOf('sample-key', 64),
  operation: 'install',
  runId: '1000000001.1',
  gateway: 'gateway-01',
  planFile: '/var/interlock/plans/sample-key.xml',
  title: 'Payroll <4.0> & "more"',
};

interface Place {
  readonly title: string;
  readonly command: Command;
  /** The placeholders that have a value there. */
  readonly offers: readonly string[];
  /** The placeholders that it must use. */
  readonly needs: readonly string[];
}

const OF_PACKAGE = ['package', 'packageName', 'packageVersion'];

function placesOf(profile: Profile): Place[] {
  const places: Place[] = [];
  const add = (
    title: string,
    command: Command | undefined,
    offers: readonly string[],
    needs: readonly string[] = [],
  ): void => {
    if (command !== undefined) places.push({ title, command, offers, needs });
  };
  const isPlan = profile.mode === 'plan';
  add('probe', profile.probe, []);
  for (const operation of ADAPTER_OPERATIONS) {
    const offers = [...OF_PACKAGE, 'label', 'operation', ...(isPlan ? ['planFile'] : ['targets', 'endpoints'])];
    const needs = profile.find === undefined ? [] : isPlan ? [] : ['label'];
    add(`operations/${operation}`, profile.operations[operation], offers, needs);
  }
  add('plan/import', profile.plan?.import, ['planFile', 'label'], ['planFile']);
  add('find', profile.find, ['label']);
  const { progress, results } = profile;
  if (progress.from === 'gateways') {
    add('progress/gateways', progress.gateways, []);
    add('progress/queue', progress.queue, ['gateway'], ['gateway']);
    add('progress/silentGateway/endpoints', progress.silentGateway?.endpoints, ['gateway'], ['gateway']);
  } else add('progress/list', progress.list, ['runId', 'label'], []);
  if (results.from === 'log') add('results/read', results.read, [...OF_PACKAGE, 'runId', 'label']);
  add('cancel', profile.cancel, ['runId', 'label']);
  add('cancelTargets', profile.cancelTargets, ['runId', 'label', 'endpoints', 'targets']);
  add('pause', profile.pause, ['runId', 'label']);
  add('resume', profile.resume, ['runId', 'label']);
  return places;
}

function placeProblems({ title, command, offers, needs }: Place): string[] {
  const used = command.argv.flatMap(placeholdersIn);
  const unknown = used.filter((name) => !offers.includes(name));
  const missing = needs.filter((name) => !used.includes(name));
  const inside = command.argv.filter((item) => /\{(targets|endpoints)\}/u.test(item) && !/^\{[a-z]+\}$/u.test(item));
  return [
    ...unknown.map((name) => `${title} uses {${name}}, which has no value there. It has: ${offers.join(', ')}.`),
    ...missing.map((name) => `${title} must use {${name}}.`),
    ...inside.map((item) => `${title} has a list inside the argument "${item}". A list must be a whole argument.`),
    ...(command.argv.some((item) => item.includes(TO_FILL_IN)) ? [`${title} still has ${TO_FILL_IN}.`] : []),
    ...(placeholdersIn(command.argv[0]).length > 0 ? [`${title} has a placeholder in place of the program.`] : []),
  ];
}

function groupProblems(title: string, pattern: string | undefined, needs: readonly string[]): string[] {
  if (pattern === undefined) return [];
  const missing = needs.filter((name) => !pattern.includes(`(?<${name}>`));
  return [
    ...missing.map((name) => `${title} needs the group (?<${name}>…).`),
    ...(pattern.includes(TO_FILL_IN) ? [`${title} still has ${TO_FILL_IN}.`] : []),
  ];
}

function patternProblems(profile: Profile): string[] {
  const { progress, results } = profile;
  const log = results.from === 'log' ? results.line : undefined;
  return [
    ...groupProblems('runId', profile.runId, ['id']),
    ...groupProblems('find/line', profile.find?.line, ['label', 'id']),
    ...(progress.from === 'gateways'
      ? groupProblems('progress/runId', progress.runId, ['id'])
      : groupProblems('progress/line', progress.line, ['target', 'state'])),
    ...groupProblems('results/line', log, ['target', 'result']),
    ...(log === undefined || log.includes('(?<id>') || log.includes('(?<time>')
      ? []
      : ['results/line needs the group (?<id>…) or (?<time>…): a result must belong to its run.']),
  ];
}

/** Where a word or a line of a document is still to be filled in. */
function blankProblems({ states, results, plan, progress }: Profile): string[] {
  const words = [...Object.keys(states), ...(results.from === 'log' ? Object.keys(results.words) : [])];
  const lines = Object.values(plan?.documents ?? {}).flatMap(({ document, target }) => [...document, ...target]);
  const silence = progress.from === 'gateways' ? (progress.silentGateway?.pattern ?? '') : '';
  return [
    ...(words.includes(TO_FILL_IN) ? [`The words still have ${TO_FILL_IN}.`] : []),
    ...(lines.some((line) => line.includes(TO_FILL_IN)) ? [`plan/documents still has ${TO_FILL_IN}.`] : []),
    ...(silence.includes(TO_FILL_IN) ? [`progress/silentGateway/pattern still has ${TO_FILL_IN}.`] : []),
  ];
}

function stateProblems({ states }: Profile): string[] {
  return NEVER_AN_END.flatMap((word) => {
    const meaning = Object.hasOwn(states, word) ? states[word] : undefined;
    if (meaning === undefined || meaning === 'paused') return [];
    return isFinalTargetState(meaning)
      ? [`states/${word} must not be an end: the product tries again until its cut-off.`]
      : [];
  });
}

function planProblems({ mode, plan, operations, find }: Profile): string[] {
  if (mode === 'distribution')
    return plan === undefined ? [] : ['The mode "distribution" has no plan. Remove it, or set the mode "plan".'];
  const documents = plan?.documents ?? {};
  const names = new Set([...Object.keys(documents), ...Object.keys(operations)]) as Set<keyof typeof documents>;
  return [...names].flatMap((name) => {
    const template = documents[name];
    if (operations[name] === undefined) return [`operations/${name} is missing: it starts the plan.`];
    if (template === undefined) return [`plan/documents/${name} is missing.`];
    const own = template.document.flatMap(placeholdersIn);
    const each = template.target.flatMap(placeholdersIn);
    const offers = [...OF_PACKAGE, 'label', 'operation', 'title'];
    const unknown = [
      ...own.filter((used) => ![...offers, 'targets'].includes(used)),
      ...each.filter((used) => ![...offers, 'endpoint', 'target'].includes(used)),
    ];
    return [
      ...unknown.map((used) => `plan/documents/${name} uses {${used}}, which has no value there.`),
      ...(own.includes('targets') ? [] : [`plan/documents/${name} must use {targets}.`]),
      ...(each.includes('endpoint') || each.includes('target')
        ? []
        : [`plan/documents/${name}/target must use {endpoint} or {target}.`]),
      ...(find === undefined || own.includes('label') ? [] : [`plan/documents/${name} must use {label}.`]),
    ];
  });
}

function zoneProblems({ timeZone }: Profile): string[] {
  try {
    new Intl.DateTimeFormat('en', { timeZone }).format(0);
    return [];
  } catch {
    return [`timeZone: "${timeZone}" is not the name of a time zone.`];
  }
}

/** The placeholders of a plan document, as texts. */
export function planValues(values: Values): Record<string, string> {
  const names = [...OF_PACKAGE, 'label', 'operation', 'title'];
  return Object.fromEntries(names.map((name) => [name, values[name] as string]));
}

function samplesOf(profile: Profile): ProfileSample[] {
  const commands = placesOf(profile).map(({ title, command }) => ({ title, argv: argvOf(command, SAMPLE) }));
  const documents = Object.entries(profile.plan?.documents ?? {}).map(([operation, document]) => ({
    title: `plan/documents/${operation}`,
    text: planText(document, planValues({ ...SAMPLE, operation }), SAMPLE['endpoints'] as string[]),
  }));
  return [...commands, ...documents];
}

/**
 * What is wrong with a profile, and the exact commands and documents for a sample order of two endpoints. Nothing is
 * run. There are no samples while there are problems.
 */
export function checkProfile(profile: unknown): ProfileCheck {
  const form = formProblems(profile);
  if (form.length > 0) return { problems: form, samples: [] };
  const known = profile as Profile;
  const problems = [
    ...placesOf(known).flatMap(placeProblems),
    ...patternProblems(known),
    ...stateProblems(known),
    ...blankProblems(known),
    ...planProblems(known),
    ...zoneProblems(known),
  ];
  return { problems, samples: problems.length > 0 ? [] : samplesOf(known) };
}
