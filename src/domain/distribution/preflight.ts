/** What a tool says of an order before it gets it. The later ones are worse. */
export const PREFLIGHT_VERDICTS = ['OK', 'WARN', 'BLOCK'] as const;

/** One of {@link PREFLIGHT_VERDICTS}. */
export type PreflightVerdict = (typeof PREFLIGHT_VERDICTS)[number];

/** What each verdict means. */
export const PREFLIGHT_VERDICT_DESCRIPTIONS: Readonly<Record<PreflightVerdict, string>> = {
  OK: 'The tool found nothing in the way.',
  WARN: 'The tool would take the order, and has something to say about it.',
  BLOCK: 'The tool would refuse the order, or it is sure to fail. The server does not send it.',
};

/** How a tool finds out. */
export const PREFLIGHT_KINDS = ['DRY_RUN', 'STATIC'] as const;

/** One of {@link PREFLIGHT_KINDS}. */
export type PreflightKind = (typeof PREFLIGHT_KINDS)[number];

/** What each kind means. */
export const PREFLIGHT_KIND_DESCRIPTIONS: Readonly<Record<PreflightKind, string>> = {
  DRY_RUN: 'The tool rehearses the order on the targets and changes nothing.',
  STATIC: 'The tool checks the order without contacting the targets.',
};

/** What a tool says of one target. */
export interface TargetPreflight {
  /** The configuration item. */
  readonly ciId: string;
  readonly verdict: PreflightVerdict;
  readonly message: string | null;
}

/** What a tool says of an order. */
export interface Preflight {
  readonly verdict: PreflightVerdict;
  readonly messages: readonly string[];
  /** Each target at most once; the tool need not name all of them. */
  readonly targets: readonly TargetPreflight[];
}

/** Maximum number of messages that are kept of a preflight. */
export const MAX_PREFLIGHT_MESSAGES = 50;
/** Number of failures in a row, other than a tool that is away, after which nobody asks again. */
export const MAX_PREFLIGHT_FAILURES = 3;

const worse = (a: PreflightVerdict, b: PreflightVerdict): PreflightVerdict =>
  PREFLIGHT_VERDICTS.indexOf(a) >= PREFLIGHT_VERDICTS.indexOf(b) ? a : b;

/**
 * Joins the answers of a tool about the parts of an order. The verdict is the worst one that was given anywhere, so a
 * tool that blocks a target blocks the order. Of two words about one target the worse counts, of equal ones the first.
 * @param requested the targets that were asked about; words about others do not count.
 */
export function joinPreflights(answers: readonly Preflight[], requested: ReadonlySet<string>): Preflight {
  const targets = new Map<string, TargetPreflight>();
  let verdict: PreflightVerdict = 'OK';
  for (const answer of answers) {
    verdict = worse(verdict, answer.verdict);
    for (const said of answer.targets) {
      if (!requested.has(said.ciId)) continue;
      verdict = worse(verdict, said.verdict);
      const known = targets.get(said.ciId);
      if (known === undefined || worse(known.verdict, said.verdict) !== known.verdict) targets.set(said.ciId, said);
    }
  }
  const messages = [...new Set(answers.flatMap((answer) => answer.messages))].slice(0, MAX_PREFLIGHT_MESSAGES);
  return { verdict, messages, targets: [...targets.values()] };
}

/** Why an order is not sent: what is said about the whole, and about each target that the tool blocks by name. */
export interface PreflightBlock {
  readonly message: string;
  readonly targets: ReadonlyMap<string, string>;
}

/** What stands against sending an order after its preflight; undefined where nothing does. */
export function blockOf({ verdict, messages, targets }: Preflight): PreflightBlock | undefined {
  if (verdict !== 'BLOCK') return undefined;
  const blocked = targets.filter((target) => target.verdict === 'BLOCK');
  const who = blocked.length === 0 ? 'the order' : blocked.length === 1 ? 'one target' : `${blocked.length} targets`;
  const said = messages.length === 0 ? '' : ` ${messages.join(' ')}`;
  return {
    message: `The preflight of the tool blocks ${who}, so nothing was sent.${said}`,
    targets: new Map(
      blocked.map(({ ciId, message }) => [ciId, message ?? 'The preflight of the tool blocks this target.']),
    ),
  };
}

/** The parts of a list that are small enough for a tool. */
export function partsOf<T>(all: readonly T[], max: number | undefined): T[][] {
  const size = max ?? all.length;
  const parts: T[][] = [];
  for (let from = 0; from < all.length; from += size) parts.push(all.slice(from, from + size));
  return parts;
}

/**
 * Whether a preflight that failed is asked for again. One that the tool was away for is, whenever it is back; one that
 * it failed at is, a few times; one that it refused is not.
 * @param failures in a row, this one included.
 */
export function asksAgain(retry: 'never' | 'backoff' | 'reconcile', failures: number): boolean {
  return retry === 'backoff' || (retry === 'reconcile' && failures < MAX_PREFLIGHT_FAILURES);
}
