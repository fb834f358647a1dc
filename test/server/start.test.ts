import { expect, test } from '@jest/globals';
import { createApp } from '../../src/app.js';
import { loadConfig } from '../../src/config.js';
import { MACHINES } from '../../src/domain/machines.js';
import { Closers } from '../../src/server/closers.js';

test('a server does not start with an inconsistent state machine, and names every problem', async () => {
  const config = loadConfig({ NODE_ENV: 'test', PORT: '0', DATABASE_URL: 'postgres://nobody@127.0.0.1:1/nothing' });
  const rows = MACHINES.map(({ rows }) => rows as { from: string; command: string; to: string }[]);
  for (const list of rows) list.push({ from: 'NOWHERE', command: 'vanish', to: 'NOWHERE' });
  try {
    const error = await createApp(config).then(
      () => undefined,
      (reason: Error) => reason,
    );
    for (const { name } of MACHINES)
      expect(error?.message).toContain(`${name}: a row uses the undeclared command vanish`);
  } finally {
    for (const list of rows) list.pop();
  }
  // With sound machines the same start gets as far as the database.
  await expect(createApp(config)).rejects.toThrow('Cannot use the database 127.0.0.1:1/nothing');
});

test('what was opened is closed in reverse order, once, even if one of them fails', async () => {
  const closed: string[] = [];
  const errors: unknown[] = [];
  const closers = new Closers((error) => void errors.push(error));
  const trouble = new Error('trouble');
  closers.add(async () => void closed.push('first'));
  closers.add(async () => {
    closed.push('second');
    throw trouble;
  });
  closers.add(async () => void closed.push('third'));
  await Promise.all([closers.close(), closers.close()]);
  await closers.close();
  expect(closed).toEqual(['third', 'second', 'first']);
  expect(errors).toEqual([trouble]);
});
