import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { TypeID } from 'typeid-js';
import { fromNodeId, NODE_PREFIXES, parseNodeId, toNodeId, type NodeType } from '../../src/domain/node-id.js';

const TYPES = Object.keys(NODE_PREFIXES) as NodeType[];
const anyType = fc.constantFrom(...TYPES);

describe('a public id', () => {
  test('is a TypeID, letter by letter as the library of its specification writes it, and leads back to its row', () => {
    fc.assert(
      fc.property(anyType, fc.uuid({ version: [4, 7] }), (type, uuid) => {
        const id = toNodeId(type, uuid);
        expect(id).toBe(TypeID.fromUUID(NODE_PREFIXES[type], uuid).toString());
        expect(parseNodeId(id)).toEqual({ type, uuid });
        expect(fromNodeId(type, id, 'id')).toBe(uuid);
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    '00000000-0000-0000-0000-000000000000',
    'ffffffff-ffff-ffff-ffff-ffffffffffff',
    '80000000-0000-0000-0000-000000000001',
  ])('holds %s', (uuid) => {
    expect(parseNodeId(toNodeId('Release', uuid))).toEqual({ type: 'Release', uuid });
  });

  test.each([
    ['of an unknown type', 'xyz_01h455vb4pex5vsknk084sn02q'],
    ['without a type', '01h455vb4pex5vsknk084sn02q'],
    ['too short', 'rel_01h455vb4pex5vsknk084sn02'],
    ['too long', 'rel_01h455vb4pex5vsknk084sn02qq'],
    ['with a letter that is not in the alphabet', 'rel_01h455vb4pex5vsknk084sn02l'],
    ['in capitals', 'rel_01H455VB4PEX5VSKNK084SN02Q'],
    ['with a letter beyond ASCII', 'rel_01h455vb4pex5vsknk084sn02é'],
    ['of more than 128 bits', 'rel_81h455vb4pex5vsknk084sn02q'],
    ['with two separators', 'rel__01h455vb4pex5vsknk084sn02q'],
    ['that is empty', ''],
  ])('is refused %s', (_why, id) => {
    expect(parseNodeId(id)).toBeUndefined();
    expect(() => fromNodeId('Release', id, 'releaseId')).toThrow(
      expect.objectContaining({ code: 'BAD_USER_INPUT', details: { field: 'releaseId' } }),
    );
  });

  test('of another type is refused with both types', () => {
    const id = toNodeId('Change', '01910bb5-ac96-7577-bccf-539c90a11417');
    expect(() => fromNodeId('Release', id, 'id')).toThrow(
      expect.objectContaining({ details: { field: 'id', expected: 'Release', actual: 'Change' } }),
    );
  });
});
