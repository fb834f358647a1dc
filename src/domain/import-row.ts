import { CI_CLASSES, CI_RELATION_KINDS, CRITICALITIES, LIFECYCLE_STATES } from './cmdb/configuration-item.machine.js';
import { type FileImportKind, RowFailure } from './file-import.js';
import { PERSON_KINDS } from './people/person.js';
import { ROLES } from './roles.js';
import { readCell } from './spreadsheet-cell.js';
import { MAX_JSON_DEPTH, problemOfText, problemOfValue } from './value.js';

/** What a field of a row holds. Words are some of a fixed list, and in CSV stand in one cell, divided by spaces. */
type Holds =
  | 'text'
  | 'object'
  | 'boolean'
  | 'instant'
  /** Objects with these fields. In CSV they stand in one cell, as JSON. */
  | { readonly listOf: Readonly<Record<string, Field>> }
  | { readonly oneOf: readonly string[] }
  | { readonly someOf: readonly string[] }
  /** Is exported, and ignored when it comes back. */
  | 'ignored';

interface Field {
  readonly holds: Holds;
  readonly required?: true;
}

const text: Field = { holds: 'text' };
const object: Field = { holds: 'object' };
const ignored: Field = { holds: 'ignored' };
const boolean: Field = { holds: 'boolean' };
const instant: Field = { holds: 'instant' };
const oneOf = (values: readonly string[]): Field => ({ holds: { oneOf: values } });
const required = (field: Field): Field => ({ ...field, required: true });

// The columns of a CSV have these names. In JSON, `externalRef.key` is the member `key` of the object `externalRef`.
const FIELDS: Readonly<Record<FileImportKind, Readonly<Record<string, Field>>>> = {
  CONFIGURATION_ITEMS: {
    id: text,
    'externalRef.source': text,
    'externalRef.key': text,
    name: required(text),
    ciClass: required(oneOf(CI_CLASSES)),
    description: text,
    criticality: oneOf(CRITICALITIES),
    lifecycleState: oneOf(LIFECYCLE_STATES),
    ownerTeamId: text,
    ownerId: text,
    supportTeamId: text,
    environment: text,
    location: text,
    serialNumber: text,
    manufacturer: text,
    customClass: text,
    attributes: object,
    bindings: object,
    number: ignored,
    state: ignored,
    version: ignored,
    createdAt: ignored,
    updatedAt: ignored,
  },
  RELATIONS: {
    sourceId: text,
    'sourceRef.source': text,
    'sourceRef.key': text,
    kind: required(oneOf(CI_RELATION_KINDS)),
    targetId: text,
    'targetRef.source': text,
    'targetRef.key': text,
    id: ignored,
    createdAt: ignored,
  },
  PEOPLE: {
    'externalRef.source': required(text),
    'externalRef.key': required(text),
    name: required(text),
    email: required(text),
    kind: oneOf(PERSON_KINDS),
    roles: { holds: { someOf: ROLES } },
    subject: text,
    id: ignored,
    active: ignored,
    version: ignored,
    createdAt: ignored,
    updatedAt: ignored,
  },
  OBSERVATIONS: {
    key: text,
    ciId: text,
    ciClass: oneOf(CI_CLASSES),
    name: text,
    description: text,
    lifecycleState: oneOf(LIFECYCLE_STATES),
    environment: text,
    location: text,
    serialNumber: text,
    manufacturer: text,
    attributes: object,
    relations: {
      holds: { listOf: { kind: required(oneOf(CI_RELATION_KINDS)), targetKey: text, targetId: text } },
    },
    relationKinds: { holds: { someOf: CI_RELATION_KINDS } },
    installations: { holds: { listOf: { dmlItemId: text, dmlItem: text, version: text, digest: text } } },
    allInstallations: boolean,
    since: instant,
    observedAt: instant,
    gone: boolean,
  },
};

/** The columns of a CSV with rows of a kind, in their order: what an import takes, and an export writes. */
export const columnsOf = (kind: FileImportKind): readonly string[] => Object.keys(FIELDS[kind]);

const malformed = (field: string, message: string) => new RowFailure('BAD_USER_INPUT', message, field);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;

function listed(value: unknown, path: string, fields: Readonly<Record<string, Field>>): unknown {
  if (!Array.isArray(value) || !value.every(isObject)) throw malformed(path, `"${path}" must be a list of objects.`);
  for (const element of value) {
    for (const [name, given] of Object.entries(element)) {
      const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
      if (field === undefined) throw malformed(path, `The objects of "${path}" have no field "${name.slice(0, 100)}".`);
      checked(given, `${path}.${name}`, field);
    }
    const missing = Object.keys(fields).find((name) => fields[name]?.required && element[name] == null);
    if (missing !== undefined) throw malformed(path, `"${path}.${missing}" is missing.`);
  }
  return value;
}

function checked(value: unknown, path: string, { holds }: Field): unknown {
  if (value === null || value === undefined || holds === 'ignored') return value;
  if (holds === 'object') {
    if (!isObject(value)) throw malformed(path, `"${path}" must be an object.`);
    const found = problemOfValue(value, MAX_JSON_DEPTH, [path]);
    if (found) throw malformed(path, `"${found.path}" ${found.problem}.`);
    return value;
  }
  if (typeof holds === 'object' && 'someOf' in holds) {
    if (!Array.isArray(value) || value.some((word) => !holds.someOf.includes(word as string)))
      throw malformed(path, `"${path}" must be a list of ${holds.someOf.join(', ')}.`);
    return value;
  }
  if (holds === 'boolean') {
    if (typeof value !== 'boolean') throw malformed(path, `"${path}" must be true or false.`);
    return value;
  }
  if (typeof holds === 'object' && 'listOf' in holds) return listed(value, path, holds.listOf);
  if (typeof value !== 'string') throw malformed(path, `"${path}" must be a text.`);
  if (holds === 'instant') {
    if (!INSTANT.test(value) || Number.isNaN(Date.parse(value)))
      throw malformed(path, `"${path}" must be an instant such as 2027-01-01T00:00:00Z.`);
    return value;
  }
  const problem = problemOfText(value);
  if (problem !== undefined) throw malformed(path, `"${path}" ${problem}.`);
  if (typeof holds === 'object' && 'oneOf' in holds && !holds.oneOf.includes(value))
    throw malformed(path, `"${path}" must be one of ${holds.oneOf.join(', ')}.`);
  return value;
}

/**
 * A row of JSON as the use case for its kind takes it.
 * @returns a {@link RowFailure} BAD_USER_INPUT for a value of another type, a field that there is not, or a missing one
 */
export function rowOfJson(kind: FileImportKind, value: unknown): Record<string, unknown> | RowFailure {
  const fields = FIELDS[kind];
  try {
    if (!isObject(value)) throw malformed('', 'A row must be a JSON object.');
    const row: Record<string, unknown> = {};
    const read = (path: string, given: unknown) => {
      const field = Object.hasOwn(fields, path) ? fields[path] : undefined;
      if (field === undefined) throw malformed(path, `Rows of this kind have no field "${path.slice(0, 100)}".`);
      return checked(given, path, field);
    };
    for (const [name, given] of Object.entries(value)) {
      const isGroup = Object.keys(fields).some((path) => path.startsWith(`${name}.`));
      if (!isGroup || given === null) row[name] = isGroup ? null : read(name, given);
      else if (!isObject(given)) throw malformed(name, `"${name}" must be an object.`);
      else row[name] = Object.fromEntries(Object.entries(given).map(([part, v]) => [part, read(`${name}.${part}`, v)]));
    }
    return complete(row, fields);
  } catch (error) {
    if (error instanceof RowFailure) return error;
    throw error;
  }
}

// A group such as externalRef is given as a whole or not at all.
function complete(row: Record<string, unknown>, fields: Readonly<Record<string, Field>>): Record<string, unknown> {
  for (const [path, { required: isRequired }] of Object.entries(fields)) {
    const [group = '', part] = path.split('.');
    const within = part === undefined ? row : row[group];
    const value = isObject(within) ? within[part ?? group] : undefined;
    if (value == null && (isRequired || (part !== undefined && isObject(within))))
      throw malformed(path, `"${path}" is missing.`);
  }
  return row;
}

/** Finds out what the columns of a CSV are. @returns what is wrong with them, if something is */
export function problemOfHeader(
  kind: FileImportKind,
  header: readonly string[],
): { readonly problem: 'DUPLICATE_HEADER' | 'UNKNOWN_HEADER'; readonly message: string } | undefined {
  const twice = header.find((name, at) => header.indexOf(name) !== at);
  if (twice !== undefined)
    return { problem: 'DUPLICATE_HEADER', message: `Two columns have the name "${twice.slice(0, 100)}".` };
  const fields = FIELDS[kind];
  const unknown = header.find((name) => fieldOf(fields, name) === undefined);
  if (unknown !== undefined)
    return {
      problem: 'UNKNOWN_HEADER',
      message:
        `There is no column "${unknown.slice(0, 100)}" for rows of this kind. There are: ` +
        `${Object.keys(fields).join(', ')}. Columns are divided by commas.`,
    };
  const missing = Object.keys(fields).find((name) => fields[name]?.required && !header.includes(name));
  return missing === undefined ? undefined : { problem: 'UNKNOWN_HEADER', message: `There is no column "${missing}".` };
}

/** `attributes.rack` is the member `rack` of the object `attributes`. */
function fieldOf(fields: Readonly<Record<string, Field>>, column: string): Field | undefined {
  if (Object.hasOwn(fields, column)) return fields[column];
  const cut = column.indexOf('.');
  const group = column.slice(0, cut);
  const isMember = cut > 0 && column.length > cut + 1 && Object.hasOwn(fields, group);
  return isMember && fields[group]?.holds === 'object' ? text : undefined;
}

function cellValue(cell: string, path: string, { holds }: Field): unknown {
  if (holds === 'boolean') return cell === 'true' ? true : cell === 'false' ? false : cell;
  if (holds === 'object' || (typeof holds === 'object' && 'listOf' in holds)) {
    try {
      return JSON.parse(cell) as unknown;
    } catch {
      throw malformed(path, `"${path}" is not valid JSON.`);
    }
  }
  return typeof holds === 'object' && 'someOf' in holds ? cell.split(/\s+/).filter((word) => word !== '') : cell;
}

/**
 * A row of a CSV as the use case for its kind takes it. An empty cell is an absent field.
 * @returns a {@link RowFailure} FORMULA_CELL for a cell that a spreadsheet would evaluate; else as {@link rowOfJson}
 */
export function rowOfCells(
  kind: FileImportKind,
  header: readonly string[],
  cells: readonly string[],
): Record<string, unknown> | RowFailure {
  const fields = FIELDS[kind];
  if (cells.length !== header.length)
    return new RowFailure('BAD_USER_INPUT', `The row has ${cells.length} cells; the header has ${header.length}.`);
  const row: Record<string, unknown> = {};
  try {
    for (const [at, path] of header.entries()) {
      const raw = cells[at] as string;
      const field = fieldOf(fields, path) as Field;
      if (raw === '' || field.holds === 'ignored') continue;
      const cell = readCell(raw);
      if (cell === undefined)
        throw new RowFailure(
          'FORMULA_CELL',
          `A spreadsheet would evaluate the cell "${raw.slice(0, 40)}". Put an apostrophe before it.`,
          path,
        );
      const value = cellValue(cell, path, field);
      const cut = Object.hasOwn(fields, path) && !path.includes('.') ? -1 : path.indexOf('.');
      if (cut < 0) row[path] = value;
      else {
        const [group, part] = [path.slice(0, cut), path.slice(cut + 1)];
        row[group] = Object.fromEntries([...Object.entries(row[group] ?? {}), [part, value]]);
      }
    }
  } catch (error) {
    if (error instanceof RowFailure) return error;
    throw error;
  }
  const taken = rowOfJson(kind, row);
  const attributeCells = header.flatMap((path) => (path.startsWith('attributes.') ? [path.slice(11)] : []));
  // Cells are texts: what they stand for is known once the class of the item is.
  return taken instanceof RowFailure || attributeCells.length === 0 ? taken : { ...taken, attributeCells };
}
