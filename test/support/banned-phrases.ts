/** A phrase that never appears in text for people, and what to write instead. */
export interface BannedPhrase {
  readonly phrase: RegExp;
  /** The preferred wording. */
  readonly instead: string;
  /** A text that must be refused. */
  readonly bad: string;
  /** A similar text that must be accepted. */
  readonly good?: string;
}

/** Phrases that are always wrong here. A phrase that is right in some sentence does not belong in this list. */
export const BANNED_PHRASES: readonly BannedPhrase[] = [
  {
    phrase: /\bwho may\b/i,
    instead: 'roles that can …; allowed to …',
    bad: 'Only for who may read them.',
    good: 'Those who can read the release may also follow it.',
  },
  {
    phrase: /\bwhom\b/i,
    instead: 'name the person or the role',
    bad: 'Whom to which team.',
    good: 'The person to add.',
  },
  {
    phrase: /\bwhoever\b/i,
    instead: 'the caller; a process that …; people who …',
    bad: 'Whoever waits gets UNAVAILABLE.',
    good: 'A caller who waits gets UNAVAILABLE.',
  },
  {
    phrase: /\b(?:by|for|from|to|with) who\b/i,
    instead: 'by the person who …; for people who …',
    bad: 'Never by who asked for the change.',
    good: 'By the person who asked for it. The events show who did it.',
  },
  {
    phrase: /\bwants? to be\b/i,
    instead: 'must be; split it',
    bad: 'A long file wants to be two.',
    good: 'A client that wants to resume sends a cursor.',
  },
  {
    phrase: /\b(?:is|are|was|were|be|been|being) told\b/i,
    instead: 'gets; receives; is informed',
    bad: 'The subscriber is told to resume.',
    good: 'Tell the users about it.',
  },
  {
    phrase: /\bmend(?:s|ed|ing)?\b/i,
    instead: 'fix',
    bad: 'Nobody mends one only to meet the next.',
    good: 'We recommend to amend it.',
  },
  {
    phrase: /\bfor ever\b/i,
    instead: 'permanently; indefinitely; without a limit',
    bad: 'It waits for ever.',
    good: 'There is one for every release.',
  },
  {
    phrase: /\bcarr(?:y|ies|ied|ying)(?: it| them)? out\b/i,
    instead: 'run; execute; do',
    bad: 'It is carried out once.',
    good: 'It carries the evidence.',
  },
  { phrase: /\bwhich ones\./i, instead: 'Filter.', bad: 'Which ones.', good: 'Which ones are late?' },
  { phrase: /\bby what\./i, instead: 'Sort field.', bad: 'By what.', good: 'By whatever name.' },
  { phrase: /\bin which direction\./i, instead: 'Sort direction.', bad: 'In which direction.' },
  {
    phrase: /^Its(?: \w+){1,2}\.$/,
    instead: 'name the thing: "Release size, e.g. MINOR or EMERGENCY."',
    bad: 'Its size.',
    good: 'Its size in bytes, at most 5 GiB.',
  },
  {
    phrase: new RegExp(
      '\\bMost (?:running )?[a-z]+ (?:per|(?:in|on|of) (?:one|any)|to give|that wait|under way|at a time|it works|' +
        'an? \\w+ (?:may|can))\\b',
    ),
    instead: 'Maximum …',
    bad: 'Most runs at a time; null for no limit.',
    good: 'Most tools report progress. The most recent run of one tool.',
  },
  {
    phrase: /\bthe most (?:that|are|is)\b/i,
    instead: 'the maximum; at most',
    bad: 'A page has 200 rows, the most that is allowed.',
    good: 'The most recent event counts. A page has at most 200 rows.',
  },
  {
    phrase: /\bat most of\b/i,
    instead: 'at most',
    bad: 'The list is at most of 200.',
    good: 'At most one of them runs.',
  },
  {
    phrase: /\bsay --/i,
    instead: 'Missing --role.',
    bad: 'Say --role.',
    good: 'Missing --role.',
  },
  {
    phrase: /\bfor (?:your|their|his|her|whose) eyes\b/i,
    instead: 'not visible to you',
    bad: 'It does not exist or is not for your eyes.',
    good: 'It does not exist or is not visible to you.',
  },
  {
    phrase: /(?:^|[.;:] )Makes an? /,
    instead: 'Creates a …',
    bad: 'Makes a team.',
    good: 'This makes a retry safe.',
  },
  {
    phrase: /\bthe yes of\b/i,
    instead: 'the approval of; authorises',
    bad: 'Records the yes of the change authority.',
    good: 'Answer yes or no.',
  },
  {
    phrase: /\bnot any more\b/i,
    instead: 'no longer',
    bad: 'Signed in, but not any more.',
    good: 'It does not need any more memory.',
  },
  {
    phrase: /\bany more(?=[.,;:)]|$)/i,
    instead: 'no longer; any longer',
    bad: 'Nobody waits any more.',
    good: 'It does not need any more memory.',
  },
  {
    phrase: /\b(?:outside|inside) of\b/i,
    instead: 'outside; inside',
    bad: 'The time lies outside of the slot.',
    good: 'The time lies outside the slot.',
  },
  {
    phrase: /\b(?:is|are|be|was|were) at work on\b/i,
    instead: 'working on',
    bad: 'A distribution is at work on it.',
    good: 'A distribution is working on it.',
  },
  {
    phrase: /\bhalf of an? (?:surrogate|character)\b/i,
    instead: 'an unpaired surrogate',
    bad: 'It ends with half of a surrogate pair.',
    good: 'It ends with an unpaired surrogate.',
  },
  { phrase: /\bone too many\b/i, instead: 'over the limit', bad: 'An operation, one too many, is refused.' },
  { phrase: /\banew\b/i, instead: 'again', bad: 'Sign in anew.', good: 'A new token.' },
  { phrase: /\bupon\b/i, instead: 'on', bad: 'It depends upon the role.', good: 'A coupon depends on it.' },
  {
    phrase: /\blet go\b(?! of\b)/i,
    instead: 'ended; disconnected',
    bad: 'The subscriber was let go.',
    good: 'Let Google sign you in.',
  },
  {
    phrase: /\b(?:this|that|the) very (?!same\b|first\b|last\b)/i,
    instead: 'this; the same',
    bad: 'Only the owner of this very release can decide.',
    good: 'The very first release is very small.',
  },
  {
    phrase: /\b(?:one|object|objects|event|events|row|rows) a line\b/i,
    instead: 'one per line',
    bad: 'The log is JSON, one object a line.',
    good: 'The log is JSON, one object per line. It adds a line.',
  },
  { phrase: /\ban own\b/i, instead: 'its own', bad: 'It has an own folder.', good: 'It has its own folder.' },
  {
    phrase: /\ballows? to\b/i,
    instead: 'lets you …; … can be …',
    bad: 'The role allows to approve.',
    good: 'You are allowed to approve.',
  },
  {
    phrase: /\b(?:informations|evidences|softwares|feedbacks|advices)\b/i,
    instead: 'information, evidence, …: no plural',
    bad: 'It needs two evidences.',
    good: 'It needs two pieces of evidence.',
  },
];

/**
 * What is wrong with a text, as `"phrase": preferred wording`; empty when nothing is. White space counts as one space.
 */
export function bannedPhrasesIn(text: string): string[] {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return BANNED_PHRASES.flatMap(({ phrase, instead }) => {
    const found = phrase.exec(line);
    return found ? [`"${found[0].trim()}": ${instead} (in "${excerpt(line, found.index)}")`] : [];
  });
}

const excerpt = (line: string, at: number) => line.slice(Math.max(0, at - 30), at + 50);
