import {
  RECONCILE_DECISION_DESCRIPTIONS,
  RECONCILE_DECISIONS,
  STOP_MODE_DESCRIPTIONS,
  STOP_MODES,
} from '../../domain/distribution/distribution.state.js';
import { enumFrom } from '../enums.js';

export const ReconcileDecisionEnum = enumFrom(
  'ReconcileDecision',
  RECONCILE_DECISIONS,
  'Finding about a run whose start is unknown.',
  RECONCILE_DECISION_DESCRIPTIONS,
);

export const StopModeEnum = enumFrom(
  'StopMode',
  STOP_MODES,
  'Way in which a distribution stops.',
  STOP_MODE_DESCRIPTIONS,
);
