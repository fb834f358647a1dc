import { toCursor } from '../../src/events/log.js';

let position = 0;

/** An event as Interlock returns it, for the peers that only forward events. */
export function liveEvent() {
  position++;
  return {
    id: 'evt_01m825hp9peq4vh1x4z9dxw3mb',
    cursor: toCursor(position),
    type: 'configuration-item.updated',
    at: new Date().toISOString(),
    subject: {
      id: 'ci_01m8253skfev1a28yrskgf27cb',
      type: 'ConfigurationItem',
      version: position,
      number: 'CI-1001',
      name: 'srv-000123-0',
      state: 'AUTHORISED',
    },
  };
}
