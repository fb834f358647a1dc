import { Field, ObjectType } from 'type-graphql';
import { OUTAGE_EFFECTS, type OutageEffect } from '../../domain/cmdb/impact-effect.js';
import { connectionType } from '../connection.js';
import { enumFrom } from '../enums.js';
import { DateTime } from '../scalars.js';

export const OutageEffectEnum = enumFrom(
  'OutageEffect',
  Object.keys(OUTAGE_EFFECTS) as OutageEffect[],
  'What work on an item, or the loss of it, does to another one.',
  OUTAGE_EFFECTS,
);

/** An outage of a service in the API. */
@ObjectType('ServiceOutage', {
  description: 'Time in which a service is expected to be down or degraded, and the work that causes it.',
  simpleResolvers: true,
})
export class ServiceOutageType {
  @Field(() => DateTime, { description: 'Start of the work.' })
  startsAt!: Date;

  @Field(() => DateTime, { description: 'End of the work, exclusive.' })
  endsAt!: Date;

  @Field(() => OutageEffectEnum, { description: 'What the work does to the service.' })
  effect!: OutageEffect;

  @Field(() => String, { description: 'Message for people that names the service, the work and the way between them.' })
  message!: string;

  workId!: string;
  serviceId!: string;
  releaseId!: string | null;
  changeId!: string | null;
  path!: readonly string[];
}

export const ServiceOutageConnection = connectionType('ServiceOutage', () => ServiceOutageType);
