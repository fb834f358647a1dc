/** JSON Schema 2020-12 for everything that crosses the port: settings, bindings, requests and answers. */
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { isSecretRef, type JsonSchema } from './adapter.js';

/** The problems of a value, one sentence each; empty for a valid one. Values are never quoted: they may be secret. */
export type SchemaCheck = (value: unknown) => string[];

function newAjv(): Ajv2020 {
  const ajv = new Ajv2020({
    allErrors: true,
    strict: true,
    strictTypes: false,
    strictRequired: false,
    useDefaults: false,
  });
  // The package is CommonJS: under Node's ESM rules the function is the module itself, by its types it is `default`.
  (addFormats as unknown as (target: Ajv2020) => void)(ajv);
  ajv.addKeyword({
    keyword: 'x-secret',
    schemaType: 'boolean',
    validate: (flag: boolean, data: unknown) => !flag || isSecretRef(data),
    error: { message: 'must be a secret reference, { "$secret": "env:NAME" } or { "$secret": "file:/path" }' },
  });
  return ajv;
}

let compiler: Ajv2020 | undefined;

function sentence(error: ErrorObject, root: string): string {
  const place = `${root}${error.instancePath}`;
  if (error.keyword === 'additionalProperties' || error.keyword === 'unevaluatedProperties') {
    const name = String(error.params['additionalProperty'] ?? error.params['unevaluatedProperty']);
    return `${place} must not have the property "${name}"`;
  }
  return `${place} ${error.message ?? 'is not valid'}`;
}

/**
 * Compile a schema, which must not change afterwards. `root` names the value in problems. Throws an Error when the
 * schema is invalid or refers to another schema (nothing is ever fetched).
 */
export function compileSchema(schema: JsonSchema, root: string): SchemaCheck {
  const validate = validatorOf(schema);
  return (value) => {
    if (validate(value)) return [];
    return [...new Set((validate.errors ?? []).slice(0, 20).map((error) => sentence(error, root)))];
  };
}

// To compile takes milliseconds. Schemas of adapters are constants, and each instance of an adapter brings them again.
const validators = new WeakMap<JsonSchema, ValidateFunction>();

function validatorOf(schema: JsonSchema): ValidateFunction {
  const known = validators.get(schema);
  if (known) return known;
  // One compiler for all: it checks each schema against the schema of schemas, which takes long to compile. It forgets
  // each one again, so that nothing is kept for tools that are gone and no schema can refer to another.
  compiler ??= newAjv();
  const own = structuredClone(schema);
  let validate: ValidateFunction;
  try {
    validate = compiler.compile(own);
  } finally {
    compiler.removeSchema(own);
  }
  validators.set(schema, validate);
  return validate;
}
