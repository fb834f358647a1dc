/** Checks requests before an adapter sees them. The core checks when it plans, and again just before sending. */
import { AdapterError, type Capabilities, type DistributionRequest, type JsonSchema } from './adapter.js';
import { DISTRIBUTION_REQUEST_SCHEMA } from './contract-schemas.js';
import { compileSchema, type SchemaCheck } from './schema-compiler.js';

const MAX_PROBLEMS = 20;
let requestShape: SchemaCheck | undefined;

/** The checks of one adapter instance's bindings. */
export interface BindingChecks {
  readonly target: SchemaCheck;
  readonly package: SchemaCheck;
  readonly parameters: SchemaCheck;
}

/** What the bindings and parameters of one adapter instance must look like. */
export interface AdapterSchemas {
  readonly targetSchema: JsonSchema;
  readonly packageSchema: JsonSchema;
  /** Absent: the parameters are not checked. */
  readonly parametersSchema?: JsonSchema;
}

/** Compile an adapter's binding schemas. Throws an Error when one is not a valid schema. */
export function compileBindingChecks(schemas: AdapterSchemas): BindingChecks {
  const { parametersSchema } = schemas;
  return {
    parameters: parametersSchema === undefined ? () => [] : compileSchema(parametersSchema, 'The parameters'),
    target: compileSchema(schemas.targetSchema, 'The target binding'),
    package: compileSchema(schemas.packageSchema, 'The package binding'),
  };
}

function repeatedCiIds(request: DistributionRequest): string[] {
  const seen = new Set<string>();
  return request.targets.filter(({ ciId }) => seen.size === seen.add(ciId).size).map(({ ciId }) => ciId);
}

/** The problems of the request, one sentence each, at most 20. Empty when it may be sent. */
export function requestProblems(request: DistributionRequest, checks: BindingChecks): string[] {
  requestShape ??= compileSchema(DISTRIBUTION_REQUEST_SCHEMA, 'The request');
  const shape = requestShape(request);
  if (shape.length > 0) return shape;
  const problems = [
    ...repeatedCiIds(request).map((ciId) => `The target ${ciId} is listed more than once.`),
    ...checks.parameters(request.parameters),
    ...checks.package(request.package.binding),
    ...request.targets.flatMap((target) =>
      checks.target(target.binding).map((problem) => `${target.ciId}: ${problem}`),
    ),
  ];
  return problems.slice(0, MAX_PROBLEMS);
}

/**
 * Refuse a request that must not be sent. Throws INVALID_ARGUMENT for an invalid request and UNIMPLEMENTED for an
 * operation that the adapter does not offer.
 */
export function assertRequest(request: DistributionRequest, checks: BindingChecks, capabilities: Capabilities): void {
  const problems = requestProblems(request, checks);
  const { maxTargets } = capabilities.limits;
  if (problems.length === 0 && maxTargets !== undefined && request.targets.length > maxTargets) {
    problems.push(`The request lists ${request.targets.length} targets; the maximum of this tool is ${maxTargets}.`);
  }
  if (problems.length > 0) throw new AdapterError('INVALID_ARGUMENT', problems.join(' '), { native: problems });
  if (!capabilities.operations.includes(request.operation)) {
    throw new AdapterError('UNIMPLEMENTED', `This tool does not offer the operation ${request.operation}.`);
  }
}
