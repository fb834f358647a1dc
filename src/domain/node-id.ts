import { RequestError } from './errors.js';

/** Prefix of the public id of each type that has one: `rel_01h455vb4pex5vsknk084sn02q` is a Release. */
export const NODE_PREFIXES = {
  AccessToken: 'tok',
  Change: 'chg',
  ChangeReleaseRequest: 'crr',
  CiRelation: 'rln',
  Communication: 'com',
  ConfigurationItem: 'ci',
  DeploymentTool: 'tool',
  Distribution: 'dst',
  DistributionRun: 'run',
  DmlItem: 'dml',
  DmlItemVersion: 'dmv',
  DmlRepository: 'dmr',
  Event: 'evt',
  Installation: 'ins',
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
  TargetExecution: 'tgt',
  TargetReport: 'rpt',
  Task: 'tsk',
  Team: 'team',
  Waiver: 'wai',
} as const;

/** A GraphQL type that implements Node. */
export type NodeType = keyof typeof NODE_PREFIXES;

const TYPE_OF_PREFIX = new Map<string, NodeType>((Object.keys(NODE_PREFIXES) as NodeType[]).map((type) => [NODE_PREFIXES[type], type]));

// Crockford's base 32 in lower case, as the TypeID specification 0.3 (github.com/jetify-com/typeid) has it: 26 letters for 128 bits,
// the first of which is 0 to 7.
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const VALUE = new Map([...ALPHABET].map((letter, value) => [letter, value]));
const NIBBLE = new Int8Array(103).fill(-1);
for (let value = 0; value < 16; value++) NIBBLE[value.toString(16).charCodeAt(0)] = value;

/** The public id of a row. @param uuid its database id in the usual text form, lower case. */
export function toNodeId(type: NodeType, uuid: string): string {
  return `${NODE_PREFIXES[type]}_${encode(uuid)}`;
}

// Ids are encoded for every row of every answer, so this walks the text once and allocates nothing but the result.
function encode(uuid: string): string {
  let out = '';
  let bits = 0;
  let held = 2; // two leading zero bits make 130 = 26 * 5
  for (let i = 0; i < uuid.length; i++) {
    const nibble = NIBBLE[uuid.charCodeAt(i)] ?? -1;
    if (nibble < 0) continue;
    bits = (bits << 4) | nibble;
    held += 4;
    if (held >= 5) {
      held -= 5;
      out += ALPHABET[(bits >> held) & 31];
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
  const suffix = id.slice(cut + 1);
  if (type === undefined || suffix.length !== 26 || suffix.charCodeAt(0) > 55) return undefined;
  let bits = 0n;
  for (const letter of suffix) {
    const value = VALUE.get(letter);
    if (value === undefined) return undefined;
    bits = (bits << 5n) | BigInt(value);
  }
  const hex = bits.toString(16).padStart(32, '0');
  return { type, uuid: `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}` };
}

/**
 * The database id behind a public id that must be of a given type.
 * @param field name of the argument or input field, for the message.
 * @throws RequestError BAD_USER_INPUT for malformed ids and for ids of another type.
 */
export function fromNodeId(type: NodeType, id: string, field: string): string {
  const parsed = parseNodeId(id);
  if (parsed === undefined) throw new RequestError('BAD_USER_INPUT', `"${field}" is not an id; ids of ${type} look like ${NODE_PREFIXES[type]}_….`, { field });
  if (parsed.type !== type) {
    throw new RequestError('BAD_USER_INPUT', `"${field}" is the id of a ${parsed.type}; the id of a ${type} is needed here.`, {
      field,
      expected: type,
      actual: parsed.type,
    });
  }
  return parsed.uuid;
}
