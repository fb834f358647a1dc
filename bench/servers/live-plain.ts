import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  GraphQLBoolean,
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLSchema,
  GraphQLString,
} from 'graphql';
import { PubSub } from 'graphql-subscriptions';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import { liveEvent } from './live-event.js';

// graphql-ws and graphql-subscriptions, combined as their documentation shows, with a type like Interlock's event.
const text = { type: new GraphQLNonNull(GraphQLString) };
const subject = new GraphQLObjectType({
  name: 'EventSubject',
  fields: {
    id: text,
    type: text,
    version: { type: new GraphQLNonNull(GraphQLInt) },
    number: { type: GraphQLString },
    name: { type: GraphQLString },
    state: { type: GraphQLString },
  },
});
const event = new GraphQLObjectType({
  name: 'Event',
  fields: { id: text, cursor: text, type: text, at: text, subject: { type: new GraphQLNonNull(subject) } },
});
const batch = new GraphQLObjectType({
  name: 'EventBatch',
  fields: {
    events: { type: new GraphQLNonNull(new GraphQLList(new GraphQLNonNull(event))) },
    endCursor: text,
    caughtUp: { type: new GraphQLNonNull(GraphQLBoolean) },
  },
});
const pubSub = new PubSub();
const schema = new GraphQLSchema({
  query: new GraphQLObjectType({ name: 'Query', fields: { ok: { type: GraphQLBoolean } } }),
  subscription: new GraphQLObjectType({
    name: 'Subscription',
    fields: {
      eventStream: {
        type: new GraphQLNonNull(batch),
        subscribe: () => pubSub.asyncIterableIterator('events'),
        resolve: (value: unknown) => value,
      },
    },
  }),
});

const server = createServer((request, response) => {
  // POST /publish?n=… publishes n events and answers at once.
  const n = Number(new URL(request.url ?? '/', 'http://x').searchParams.get('n') ?? '1');
  for (let i = 0; i < n; i++) {
    const happened = liveEvent();
    void pubSub.publish('events', { events: [happened], endCursor: happened.cursor, caughtUp: true });
  }
  response.end();
});
useServer({ schema }, new WebSocketServer({ server, path: '/graphql', perMessageDeflate: false }));
server.listen(0, '127.0.0.1', 4_096, () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on('disconnect', () => process.exit(0));
