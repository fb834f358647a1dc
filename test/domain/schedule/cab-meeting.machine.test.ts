import { expect, test } from '@jest/globals';
import { cabMeetingMachine } from '../../../src/domain/schedule/cab-meeting.machine.js';
import { validateMachine } from '../../../src/domain/state-machine.js';
import { actualTable } from '../matrix.js';

test('a CAB meeting does exactly this', () => {
  expect(actualTable(cabMeetingMachine, {})).toEqual(['BOOKED: update>BOOKED cancel>CANCELLED', 'CANCELLED:']);
  expect(validateMachine(cabMeetingMachine)).toEqual([]);
});
