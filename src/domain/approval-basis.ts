import type { SubjectRef } from './blocker.js';
import { atOnce, type Steps } from './steps.js';

/** What an approval can stand on. */
export const BASIS_KINDS = [
  'RELEASE',
  'OWNER',
  'BACK_OUT_PLAN',
  'CHANGE',
  'OUTCOME_POLICY',
  'TARGET',
  'SOURCE',
  'CONTENT',
  'TASK',
  'OPTIONAL_TASK',
] as const satisfies readonly string[];

/** One of {@link BASIS_KINDS}. */
export type BasisKind = (typeof BASIS_KINDS)[number];

/** Something that a person judged by approving. */
export interface BasisEntry {
  readonly kind: BasisKind;
  /** Database id. Of a text, which has none, its digest. */
  readonly id: string;
  /** What people call it, e.g. `web-1`. A new name alone changes nothing, unless it is judged as well. */
  readonly name: string;
  /** What was judged of it, by property. Values under {@link OPAQUE} properties are digests. */
  readonly judged?: Readonly<Partial<Record<JudgedProperty, string | null>>> | null;
  /** Of a target: name of the other item that forces its criticality, if any. It explains, and is not judged. */
  readonly forcedBy?: string;
}

/** Properties that are judged of an entry, each as a sentence names it. */
const JUDGED_PROPERTIES = {
  criticality: 'criticality',
  lifecycleState: 'lifecycle state',
  binding: 'binding for the deployment tool',
  requires: 'outcome policy',
  name: 'name',
  kind: 'kind',
  packaging: 'packaging',
  backOut: 'time for a back-out (minutes)',
  step: 'step',
  phase: 'phase',
  times: 'planned time',
  order: 'order',
  role: 'role',
  description: 'description',
} as const;

/** A property that is judged of an entry. */
export type JudgedProperty = keyof typeof JUDGED_PROPERTIES;

/** Properties of which only a digest is kept. */
const OPAQUE: readonly JudgedProperty[] = ['binding', 'description', 'times', 'order'];

/** Everything that an approval stood on, or would stand on now. */
export type ApprovalBasis = readonly BasisEntry[];

/** One reason for which an approval no longer holds. */
export interface Lapse {
  /** A clause without capital and full stop, e.g. `criticality of web-1 was LOW and is CRITICAL`. */
  readonly message: string;
  /** What changed; absent for a text. */
  readonly subject?: SubjectRef;
}

const WORDS: Readonly<Record<BasisKind, { readonly type: string; readonly noun: string }>> = {
  RELEASE: { type: 'Release', noun: 'release' },
  OWNER: { type: 'Person', noun: 'owner' },
  BACK_OUT_PLAN: { type: 'Release', noun: 'back-out plan' },
  CHANGE: { type: 'Change', noun: 'change' },
  OUTCOME_POLICY: { type: 'Distribution', noun: 'outcome policy' },
  TARGET: { type: 'ConfigurationItem', noun: 'target' },
  SOURCE: { type: 'ConfigurationItem', noun: 'source' },
  CONTENT: { type: 'DmlItemVersion', noun: 'content' },
  TASK: { type: 'Task', noun: 'mandatory task' },
  OPTIONAL_TASK: { type: 'Task', noun: 'task' },
};

/** GraphQL type of the object of an entry; undefined for a text, which has a digest in place of an id. */
export const typeOfEntry = ({ kind }: BasisEntry): string | undefined =>
  kind === 'BACK_OUT_PLAN' ? undefined : WORDS[kind].type;

const keyOf = ({ kind, id }: BasisEntry) => `${kind} ${id}`;
const subjectOf = ({ kind, id }: BasisEntry): SubjectRef => ({ type: WORDS[kind].type, id });

/** The change of something of which there is exactly one. */
function replaced(before: BasisEntry | undefined, now: BasisEntry | undefined): Lapse[] {
  if (before === undefined || now === undefined || before.id === now.id) return [];
  return now.kind === 'OWNER'
    ? [{ message: `the owner was ${before.name} and is ${now.name}`, subject: subjectOf(now) }]
    : [{ message: `the ${WORDS[now.kind].noun} was edited` }];
}

function judgedAnew(before: BasisEntry, now: BasisEntry): Lapse[] {
  return (Object.keys(JUDGED_PROPERTIES) as JudgedProperty[]).flatMap((property) => {
    const [was, is] = [before.judged?.[property] ?? null, now.judged?.[property] ?? null];
    if (was === null || was === is) return [];
    const what = `${JUDGED_PROPERTIES[property]} of ${now.name}`;
    const why = property === 'criticality' && now.forcedBy !== undefined ? `, forced by ${now.forcedBy}` : '';
    const message = OPAQUE.includes(property)
      ? `${what} was edited`
      : `${what} was ${was} and is ${is ?? 'unset'}${why}`;
    return [{ message, subject: subjectOf(now) }];
  });
}

/**
 * Compares what an approval stood on with what it would stand on now: one lapse for each difference, in the order of
 * {@link BASIS_KINDS}. Empty while the approval holds. A property that was not judged then is not missed now, so that a
 * new property does not void the approvals from before it. Nor are the kinds that came with RELEASE.
 */
export const lapsesBetween = (before: ApprovalBasis, now: ApprovalBasis): Lapse[] => atOnce(lapseSteps(before, now));

/** How many entries are compared in one step. */
const ENTRIES_PER_STEP = 500;

/** {@link lapsesBetween} in steps: an approval can stand on thousands of targets. */
export function* lapseSteps(before: ApprovalBasis, now: ApprovalBasis): Steps<Lapse[]> {
  const was = new Map(before.map((entry) => [keyOf(entry), entry]));
  const is = new Map(now.map((entry) => [keyOf(entry), entry]));
  const lapses: Lapse[] = [];
  const isOld = !before.some(({ kind }) => kind === 'RELEASE');
  for (const kind of BASIS_KINDS) {
    yield;
    if (isOld && (kind === 'RELEASE' || kind === 'OPTIONAL_TASK')) continue;
    const { noun } = WORDS[kind];
    const of = (basis: ApprovalBasis) => basis.filter((entry) => entry.kind === kind);
    if (kind === 'OWNER' || kind === 'BACK_OUT_PLAN') {
      lapses.push(...replaced(of(before)[0], of(now)[0]));
      continue;
    }
    for (const entry of of(now))
      if (!was.has(keyOf(entry)))
        lapses.push({ message: `${noun} ${entry.name} was added`, subject: subjectOf(entry) });
    for (const entry of of(before))
      if (!is.has(keyOf(entry)))
        lapses.push({ message: `${noun} ${entry.name} was removed`, subject: subjectOf(entry) });
    for (const [index, entry] of of(now).entries()) {
      if (index % ENTRIES_PER_STEP === 0) yield;
      const then = was.get(keyOf(entry));
      if (then !== undefined) lapses.push(...judgedAnew(then, entry));
    }
  }
  return lapses;
}
