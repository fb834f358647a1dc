import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { AttributeSchema } from '../../domain/cmdb/attribute-schema.js';
import { BoundedMap, bytesOf } from '../../domain/bounded-map.js';

/** What does not fit, and where. */
export interface AttributeViolation {
  /** Path in the item: `attributes.memory`. */
  readonly path: readonly string[];
  /** Completes the sentence that begins with the path. */
  readonly problem: string;
}

/** Maximum number of violations that are listed for an item. */
export const MAX_VIOLATIONS = 20;

/** Compiled schemas that are kept. */
const COMPILED = { entries: 500, bytes: 16_777_216 };
/** What a compiled schema takes, for each byte of its text; measured generously. */
const CODE_PER_BYTE = 8;

const compiled = new BoundedMap<ValidateFunction>(COMPILED);
let compiler: Ajv2020 | undefined;

// As in the adapters: the package is CommonJS.
const formats = addFormats as unknown as {
  (target: Ajv2020, options: object): void;
  get(name: string, mode: 'full'): { readonly validate: (text: string) => boolean };
};

// What fits has to be what the index reads, or an item with a value would be found as one without. The package also
// takes a space for the "T", other forms of offsets, and the year 0, which PostgreSQL does not know.
const FORMS = {
  date: /^(?!0000)/,
  'date-time': /^(?!0000)[0-9-]{10}T[0-9:.]+(?:Z|[+-](?:0\d|1[0-5]):\d\d)$/i,
} as const;

/** Quotients this close to a whole number are one: 0.3 is a multiple of 0.1, although doubles cannot say so. */
const MULTIPLE_DIGITS = 9;

function newAjv(): Ajv2020 {
  const ajv = new Ajv2020({
    allErrors: true,
    strict: true,
    strictTypes: false,
    ownProperties: true,
    multipleOfPrecision: MULTIPLE_DIGITS,
  });
  formats(ajv, { mode: 'full' });
  for (const [name, form] of Object.entries(FORMS)) {
    const { validate } = formats.get(name, 'full');
    ajv.addFormat(name, (text: string) => form.test(text) && validate(text));
  }
  ajv.addVocabulary(['unit', 'indexed']);
  return ajv;
}

function validatorOf(schema: AttributeSchema): ValidateFunction {
  const text = JSON.stringify(schema);
  const known = compiled.get(text);
  if (known) return known;
  compiler ??= newAjv();
  const own = JSON.parse(text) as AttributeSchema;
  const validate = compiler.compile(own);
  compiler.removeSchema(own);
  compiled.set(text, validate, bytesOf(text) * CODE_PER_BYTE);
  return validate;
}

function violation(error: ErrorObject, schema: AttributeSchema): AttributeViolation {
  const path = ['attributes', ...error.instancePath.split('/').slice(1)];
  const { params } = error;
  if (error.keyword === 'additionalProperties')
    return {
      path: [...path, String(params['additionalProperty']).slice(0, 100)],
      problem: 'is no attribute of the class',
    };
  if (error.keyword === 'required')
    return { path: [...path, String(params['missingProperty'])], problem: 'is missing' };
  const unit = schema.properties[path[1] as string]?.['unit'];
  const words = error.keyword === 'enum' ? `must be one of ${allowed(params['allowedValues'])}` : error.message;
  return { path, problem: `${words ?? 'is not valid'}${typeof unit === 'string' ? ` (in ${unit})` : ''}` };
}

const allowed = (values: unknown) => {
  const all = values as readonly unknown[];
  return `${all.slice(0, 10).join(', ')}${all.length > 10 ? ', …' : ''}`;
};

/** What of the attributes of an item does not fit the schema of its class, up to {@link MAX_VIOLATIONS}. */
export function violationsOf(schema: AttributeSchema, attributes: Readonly<Record<string, unknown>>) {
  const validate = validatorOf(schema);
  if (validate(attributes)) return [];
  return (validate.errors ?? []).slice(0, MAX_VIOLATIONS).map((error) => violation(error, schema));
}
