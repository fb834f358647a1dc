import { describe, expect, test } from '@jest/globals';
import { parse, print } from 'graphql';
import { cursorOf, resumeAfter } from '../../explorer/resume.js';

const same = (a: string, b: string) => expect(print(parse(a))).toBe(print(parse(b)));

describe('the explorer resumes a subscription', () => {
  test('where none was given, the cursor becomes the argument', () => {
    same(
      resumeAfter('subscription { eventStream(types: ["release"]) { endCursor } }', null, 'abc'),
      'subscription { eventStream(types: ["release"], after: "abc") { endCursor } }',
    );
  });

  test('an older cursor is replaced', () => {
    same(
      resumeAfter('subscription { eventStream(after: "old") { endCursor } }', null, 'new'),
      'subscription { eventStream(after: "new") { endCursor } }',
    );
  });

  test('a variable that nothing uses any more is dropped, others stay', () => {
    same(
      resumeAfter(
        'subscription S($after: String, $of: [ID!]) { eventStream(after: $after, of: $of) { endCursor } }',
        'S',
        'x',
      ),
      'subscription S($of: [ID!]) { eventStream(of: $of, after: "x") { endCursor } }',
    );
  });

  test('only the operation that runs is touched, and only its own field', () => {
    const query = 'query Q { node(id: "a") { id } }  subscription S { eventStream { events { id } endCursor } }';
    same(
      resumeAfter(query, 'S', 'x'),
      'query Q { node(id: "a") { id } }  subscription S { eventStream(after: "x") { events { id } endCursor } }',
    );
  });

  test('the cursor of a message is its endCursor, under any alias', () => {
    expect(cursorOf({ mine: { endCursor: 'c1', events: [] } })).toBe('c1');
    expect(cursorOf({ eventStream: { events: [] } })).toBeUndefined();
    expect(cursorOf(null)).toBeUndefined();
  });
});
