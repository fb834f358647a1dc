import { ObjectType } from 'type-graphql';

/** Stands for the query root in payloads; build-schema puts the real root in its place. */
@ObjectType('QueryPlaceholder', { description: 'The query root.' })
export class QueryType {}
