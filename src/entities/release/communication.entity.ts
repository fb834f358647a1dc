import { defineEntity, p } from '@mikro-orm/core';
import { createdAt, id } from '../columns.js';
import { Person } from '../people/person.entity.js';
import { Release } from './release.entity.js';

const CommunicationSchema = defineEntity({
  name: 'Communication',
  tableName: 'communication',
  properties: {
    id: id(),
    releaseId: () => p.manyToOne(Release).mapToPk().fieldName('release_id').deleteRule('restrict'),
    audience: p.text(),
    message: p.text(),
    sentById: () => p.manyToOne(Person).mapToPk().fieldName('sent_by_id').deleteRule('restrict'),
    createdAt: createdAt(),
  },
  indexes: [{ properties: ['releaseId', 'id'] }],
});

/** A message to the stakeholders of a release, with its sender and time. */
export class Communication extends CommunicationSchema.class {}

CommunicationSchema.setClass(Communication);
