import { RequestError } from './errors.js';

/** Prefix of the public id of each type that has one: `rel_01h455vb4pex5vsknk084sn02q` is a Release. */
export const NODE_PREFIXES = {
  Absence: 'abs',
  AccessGrant: 'grt',
  AccessToken: 'tok',
  AuditFinding: 'fnd',
  Baseline: 'bsl',
  CalendarFeed: 'cal',
  Change: 'chg',
  ChangeReleaseRequest: 'crr',
  CiObservation: 'obs',
  CiRelation: 'rln',
  ClassMigration: 'cmg',
  ClassMisfit: 'cmf',
  Communication: 'com',
  ConfigurationAudit: 'aud',
  ConfigurationItem: 'ci',
  CustomClass: 'ccl',
  DecisionPoint: 'dcp',
  DeploymentTool: 'tool',
  Distribution: 'dst',
  DistributionRun: 'run',
  DistributionWave: 'wav',
  DmlItem: 'dml',
  DmlItemVersion: 'dmv',
  DmlRepository: 'dmr',
  Drift: 'drf',
  Event: 'evt',
  FileImport: 'imp',
  IdentificationRule: 'idr',
  Installation: 'ins',
  VersionPin: 'pin',
  MediaBlob: 'med',
  Person: 'per',
  Phase: 'pha',
  Release: 'rel',
  ReleaseChange: 'rch',
  ReleaseCi: 'rci',
  ReleaseContent: 'rct',
  ReleaseTemplate: 'tpl',
  ReleaseTemplateVersion: 'tpv',
  ScheduleEntry: 'sch',
  ScheduleWindow: 'win',
  SourcePrecedence: 'spr',
  SuspectedDuplicate: 'dup',
  TargetExecution: 'tgt',
  TargetGroup: 'tgr',
  TargetReport: 'rpt',
  Task: 'tsk',
  Team: 'team',
  TestedContent: 'tst',
  Waiver: 'wai',
  WorkingCalendar: 'wcal',
} as const;

/** A GraphQL type that implements Node. */
export type NodeType = keyof typeof NODE_PREFIXES;

const TYPE_OF_PREFIX = new Map<string, NodeType>(
  (Object.keys(NODE_PREFIXES) as NodeType[]).map((type) => [NODE_PREFIXES[type], type]),
);

// Crockford's base 32 in lower case, as in the TypeID specification 0.3 (github.com/jetify-com/typeid): 26 letters for
// 128 bits, the first letter 0 to 7.
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
/** The two letters for each value of ten bits. */
const PAIRS = Array.from({ length: 1024 }, (_, bits) => `${ALPHABET[bits >> 5]}${ALPHABET[bits & 31]}`);
const DIGITS = '0123456789abcdef';
const VALUE = new Int8Array(128).fill(-1);
for (let value = 0; value < 32; value++) VALUE[ALPHABET.charCodeAt(value)] = value;
const NIBBLE = new Int8Array(103).fill(-1);
for (let value = 0; value < 16; value++) NIBBLE[value.toString(16).charCodeAt(0)] = value;

/** The public id of a row. @param uuid its database id in the usual text form, lower case. */
export function toNodeId(type: NodeType, uuid: string): string {
  return `${NODE_PREFIXES[type]}_${encode(uuid)}`;
}

// Ids are encoded for every row of every response, so this walks the text once and writes two letters at a time.
function encode(uuid: string): string {
  let out = '';
  let bits = 0;
  let held = 2; // two leading zero bits make 130 = 13 * 10
  for (let i = 0; i < uuid.length; i++) {
    const nibble = NIBBLE[uuid.charCodeAt(i)] ?? -1;
    if (nibble < 0) continue;
    bits = (bits << 4) | nibble;
    held += 4;
    if (held >= 10) {
      held -= 10;
      out += PAIRS[bits >> held];
      bits &= (1 << held) - 1;
    }
  }
  return out;
}

/**
 * The type and database id behind a public id.
 * @returns undefined when the text is not a public id of Interlock.
 */
export function parseNodeId(id: string): { readonly type: NodeType; readonly uuid: string } | undefined {
  const cut = id.lastIndexOf('_');
  const type = TYPE_OF_PREFIX.get(id.slice(0, cut));
  if (type === undefined || id.length - cut !== 27 || id.charCodeAt(cut + 1) > 55) return undefined;
  // Two leading zero bits, then 26 letters of five bits give 32 digits of four.
  let uuid = '';
  let bits = 0;
  let held = -2;
  for (let i = cut + 1; i < id.length; i++) {
    const value = VALUE[id.charCodeAt(i)] ?? -1;
    if (value < 0) return undefined;
    bits = (bits << 5) | value;
    held += 5;
    while (held >= 4) {
      held -= 4;
      uuid += DIGITS[(bits >> held) & 15];
      if (uuid.length === 8 || uuid.length === 13 || uuid.length === 18 || uuid.length === 23) uuid += '-';
    }
    bits &= (1 << held) - 1;
  }
  return { type, uuid };
}

/**
 * The database id behind a public id that must be of a given type.
 * @param field name of the argument or input field, for the message.
 * @throws RequestError BAD_USER_INPUT for malformed ids and for ids of another type.
 */
export function fromNodeId(type: NodeType, id: string, field: string): string {
  const parsed = parseNodeId(id);
  if (parsed === undefined)
    throw new RequestError(
      'BAD_USER_INPUT',
      `"${field}" is not a valid id. Ids of ${type} look like ${NODE_PREFIXES[type]}_….`,
      { field },
    );
  if (parsed.type !== type) {
    throw new RequestError('BAD_USER_INPUT', `"${field}" is the id of a ${parsed.type}. Pass the id of a ${type}.`, {
      field,
      expected: type,
      actual: parsed.type,
    });
  }
  return parsed.uuid;
}
