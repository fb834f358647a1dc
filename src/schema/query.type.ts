import { ObjectType } from 'type-graphql';

/** Placeholder for the query root in payloads; build-schema replaces it with the real root. */
@ObjectType('QueryPlaceholder', { description: 'Placeholder for the query root.' })
export class QueryType {}
