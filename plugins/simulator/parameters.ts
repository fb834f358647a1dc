/** Reads the simulator's part of a request's parameters, and validates it like any other input. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import { AdapterError, type DistributionRequest } from '../../src/adapters/adapter.js';
import { FAULTS_SCHEMA, SCRIPT_OR_NAME_SCHEMA, type SimulatorParameters } from './script.js';

const ajv = new Ajv2020({ strictTypes: false });
const fits = ajv.compile<SimulatorParameters>({
  type: 'object',
  additionalProperties: false,
  properties: {
    script: SCRIPT_OR_NAME_SCHEMA,
    targets: { type: 'object', additionalProperties: SCRIPT_OR_NAME_SCHEMA },
    faults: FAULTS_SCHEMA,
  },
});

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
