/** Reads the simulator's part of a request's parameters, and validates it like any other input. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import { AdapterError, type DistributionRequest, type JsonSchema } from '../../src/adapters/adapter.js';
import { FAULTS_SCHEMA, SCRIPT_OR_NAME_SCHEMA, SCRIPT_SCHEMA, type SimulatorParameters } from './script.js';

const ajv = new Ajv2020({ strictTypes: false });
/** A script, or the name of one of these. */
const scriptOrName = (names?: readonly string[]): JsonSchema =>
  names === undefined ? SCRIPT_OR_NAME_SCHEMA : { anyOf: [{ enum: names }, SCRIPT_SCHEMA] };

/**
 * `parameters.simulator` as a JSON Schema.
 * @param names of the scripts that exist; absent where nobody knows them.
 */
const ownSchema = (names?: readonly string[]): JsonSchema => ({
  type: 'object',
  additionalProperties: false,
  properties: {
    script: scriptOrName(names),
    targets: { type: 'object', additionalProperties: scriptOrName(names) },
    faults: FAULTS_SCHEMA,
  },
});

/** The parameters of a request. @param names as for {@link ownSchema}. */
export const parametersSchema = (names?: readonly string[]): JsonSchema => ({
  title: 'Parameters of a simulated distribution',
  type: 'object',
  additionalProperties: false,
  properties: { simulator: ownSchema(names) },
});

const fits = ajv.compile<SimulatorParameters>(ownSchema());

/**
 * `parameters.simulator`; empty if it is absent.
 * @throws AdapterError INVALID_ARGUMENT if it is malformed
 */
export function readParameters(parameters: DistributionRequest['parameters']): SimulatorParameters {
  const own: unknown = parameters['simulator'];
  if (own === undefined) return {};
  if (fits(own)) return own;
  throw new AdapterError('INVALID_ARGUMENT', `parameters.simulator: ${ajv.errorsText(fits.errors, { dataVar: '' })}`);
}
