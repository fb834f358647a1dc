/**
 * Prints the events of an Interlock server, one per line, and never misses or repeats one. After a lost connection, or
 * a restart of the server or of the client, it continues after the last event that it printed.
 *
 *   node examples/subscribe/subscribe.ts --url http://127.0.0.1:4000 --cursor-file last-event \
 *     [--types release,distribution]
 *
 * The environment variable TOKEN holds the token. Needs graphql-ws and Node 24, which runs TypeScript directly and has
 * a WebSocket.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { createClient } from 'graphql-ws';

interface Batch {
  readonly eventStream: {
    readonly events: readonly {
      readonly at: string;
      readonly type: string;
      readonly subject: { readonly number: string | null; readonly name: string | null; readonly state: string | null };
      readonly actor: { readonly name: string };
    }[];
    readonly endCursor: string;
  };
}

const { values } = parseArgs({
  options: {
    url: { type: 'string', default: 'http://127.0.0.1:4000' },
    'cursor-file': { type: 'string' },
    types: { type: 'string' },
  },
});
const token = process.env['TOKEN'];
if (!token) {
  console.error('Set TOKEN to an access token (npm run interlock -- token create --role AUDITOR).');
  process.exit(1);
}

// The only state: the cursor of the last event that was printed. In a file, it also survives this process.
const file = values['cursor-file'];
let cursor = file !== undefined && existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined;

function remember(next: string): void {
  cursor = next;
  if (file === undefined) return;
  writeFileSync(`${file}.new`, next);
  renameSync(`${file}.new`, file); // atomic, even if the machine stops here
}

const client = createClient({
  url: `${values.url.replace(/^http/, 'ws')}/graphql`,
  connectionParams: { authorization: `Bearer ${token}` },
  retryAttempts: Number.POSITIVE_INFINITY,
  shouldRetry: () => true,
  retryWait: async (tries) => await new Promise((resolve) => setTimeout(resolve, Math.min(250 * 2 ** tries, 10_000))),
  on: {
    connected: () => console.error(cursor === undefined ? 'connected' : `connected, continuing after ${cursor}`),
    closed: (event) => {
      const { code, reason } = event as CloseEvent;
      console.error(`connection closed: ${code} ${reason}`);
      // 4403: the token is wrong or has expired. A retry would not help.
      if (code === 4403) process.exit(1);
    },
  },
});

// graphql-ws sends this again after each reconnect, and so reads `after` again.
const subscription = {
  query: /* GraphQL */ `
    subscription Follow($after: String, $types: [String!]) {
      eventStream(after: $after, types: $types) {
        events {
          at
          type
          subject {
            number
            name
            state
          }
          actor {
            name
          }
        }
        endCursor
        caughtUp
      }
    }
  `,
  get variables() {
    return { after: cursor, types: values.types?.split(',') };
  },
};

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    void client.dispose();
    process.exit(0);
  });
}

for (;;) {
  for await (const { data, errors } of client.iterate<Batch>(subscription)) {
    const lagged = errors?.find((e) => e.extensions?.['code'] === 'SUBSCRIPTION_LAGGED')?.extensions?.['resumeAfter'];
    if (typeof lagged === 'string') {
      // We read too slowly, so the server ended the subscription. Subscribe again from where it stopped.
      remember(lagged);
      break;
    }
    if (errors) throw new Error(JSON.stringify(errors));
    if (!data) continue;
    for (const { at, type, subject, actor } of data.eventStream.events) {
      console.log(
        [at, type, subject.number, subject.name, subject.state, `by ${actor.name}`]
          .filter((part) => part != null)
          .join('  '),
      );
    }
    remember(data.eventStream.endCursor);
  }
}
