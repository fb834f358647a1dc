import type { NonEmptyArray } from 'type-graphql';
import { CiRelationResolver, ConfigurationItemResolver } from './configuration-item.resolver.js';
import { EventResolver } from './event.resolver.js';
import { NodeResolver } from './node.resolver.js';
import { PersonResolver } from './person.resolver.js';
import { ReleaseResolver } from './release.resolver.js';
import { TeamResolver } from './team.resolver.js';

/** Every resolver class of the API. One line each: a class that is missing here does not exist for clients. */
export const resolvers: NonEmptyArray<Function> = [NodeResolver, EventResolver, ConfigurationItemResolver, CiRelationResolver, PersonResolver, ReleaseResolver, TeamResolver];
