import { describe, expect, test } from '@jest/globals';
import { conflictBlockers, isWaivable, judgeConflicts } from '../../../src/domain/schedule/conflict-blocker.js';
import { mediaConflict } from '../../../src/domain/schedule/standing-conflict.js';

const span = { startsAt: new Date('2027-01-05T08:00:00Z'), endsAt: new Date('2027-01-05T10:00:00Z') };
const entry = { id: 'e', name: 'REL-1 Payroll', groupId: 'r', ciIds: ['ci'], personIds: [], ...span };
const media = (state: Parameters<typeof mediaConflict>[1]['state']) =>
  mediaConflict(entry, { id: 'm', name: 'payroll 2.0', state });
const anyWaiver = [{ code: 'MEDIA_NOT_AUTHORISED', subject: null, slot: null }];

describe('a version that is not authorised', () => {
  test('can be authorised in time, or never again', () => {
    expect([media('UPLOADED'), media('QUARANTINED'), media('DEPRECATED')].map((one) => one.severity)).toEqual([
      'MEDIUM',
      'MEDIUM',
      'MEDIUM',
    ]);
    expect([media('RECALLED'), media('RETIRED')].map((one) => one.severity)).toEqual(['HIGH', 'HIGH']);
    expect(media('RECALLED')).toMatchObject({ interval: span, right: { type: 'DmlItemVersion', id: 'm' }, ciId: null });
    expect(media('RECALLED').message).toMatch(
      /^"REL-1 Payroll" delivers "payroll 2.0", which is not authorised, from /,
    );
  });

  test('stands in the way, and nobody can waive it', () => {
    const [blocker, ...more] = conflictBlockers(
      judgeConflicts([media('UPLOADED')], []).filter((one) => !isWaivable(one)),
    );
    expect(more).toEqual([]);
    expect(blocker).toMatchObject({
      code: 'MEDIA_NOT_AUTHORISED',
      subject: { type: 'DmlItemVersion', id: 'm' },
      resolvableBy: ['DML_LIBRARIAN', 'RELEASE_MANAGER'],
    });
    expect(blocker?.waivable ?? false).toBe(false);
    expect(conflictBlockers(judgeConflicts([media('RECALLED')], anyWaiver))).toHaveLength(1);
  });
});
