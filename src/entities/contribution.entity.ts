import { defineEntity, p } from '@mikro-orm/core';
import { APPROVED_TYPES, CONTRIBUTION_PARTS } from '../domain/contribution.js';
import { createdAt, id } from './columns.js';
import { Person } from './people/person.entity.js';

const ContributionSchema = defineEntity({
  name: 'Contribution',
  tableName: 'contribution',
  properties: {
    id: id(),
    subjectType: p.enum(APPROVED_TYPES),
    subjectId: p.uuid(),
    personId: () => p.manyToOne(Person).mapToPk().fieldName('person_id').deleteRule('restrict'),
    part: p.enum(CONTRIBUTION_PARTS),
    createdAt: createdAt(),
  },
  uniques: [{ properties: ['subjectId', 'personId', 'part'] }],
  indexes: [{ properties: ['personId'] }],
});

/** A person with a part in an object that somebody else has to approve. It stays when others edit the object later. */
export class Contribution extends ContributionSchema.class {}
ContributionSchema.setClass(Contribution);
