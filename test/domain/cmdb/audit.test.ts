import { expect, test } from '@jest/globals';
import {
  auditFindingMachine,
  configurationAuditMachine,
  type AuditFindingFacts,
} from '../../../src/domain/cmdb/audit.machine.js';
import { actualTable, refusal, table } from '../matrix.js';

const actor = { actorId: 'me', actorRoles: ['DEPLOYMENT_OPERATOR'] } as const;
const mine: AuditFindingFacts = { ...actor, owner: { id: 'me', name: 'Me' } };

test('the machines do exactly this', () => {
  expect(actualTable(configurationAuditMachine, actor)).toEqual(
    table(`
      RUNNING: cancel>CANCELLED complete>COMPLETED
      COMPLETED:
      CANCELLED:
    `),
  );
  expect(actualTable(auditFindingMachine, mine)).toEqual(
    table(`
      OPEN: assign>OPEN close>CLOSED
      CLOSED:
    `),
  );
});

test.each<[string, Partial<AuditFindingFacts>, readonly string[]]>([
  ['its owner', {}, []],
  ['somebody else', { owner: { id: 'oskar', name: 'Oskar' } }, ['NOT_FINDING_OWNER']],
  ['anybody while it is assigned to nobody', { owner: null }, ['NOT_FINDING_OWNER']],
  ['a configuration manager', { owner: null, actorRoles: ['CONFIGURATION_MANAGER'] }, []],
])('%s closes a finding', (_, facts, codes) => {
  expect(refusal(auditFindingMachine, 'OPEN', 'auditFindingClose', { ...mine, ...facts })).toEqual(codes);
});
