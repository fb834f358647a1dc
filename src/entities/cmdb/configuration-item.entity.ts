import { defineEntity, p } from '@mikro-orm/core';
import {
  CI_CLASSES,
  CONFIGURATION_ITEM_STATES,
  CRITICALITIES,
  LIFECYCLE_STATES,
} from '../../domain/cmdb/configuration-item.machine.js';
import { byFolded, byName, byText, externalRef, id, jsonObject, mutable, number, whereGiven } from '../columns.js';
import { CustomClass } from './custom-class.entity.js';
import { Person } from '../people/person.entity.js';
import { Team } from '../people/team.entity.js';

const ConfigurationItemSchema = defineEntity({
  name: 'ConfigurationItem',
  tableName: 'configuration_item',
  properties: {
    id: id(),
    number: number('CI', 'configuration_item'),
    name: p.text(),
    description: p.text().default(''),
    ciClass: p.enum(CI_CLASSES),
    criticality: p.enum(CRITICALITIES).default('MEDIUM'),
    state: p.enum(CONFIGURATION_ITEM_STATES).default('DISCOVERED'),
    lifecycleState: p.enum(LIFECYCLE_STATES).default('NOT_READY'),
    ownerTeamId: () => p.manyToOne(Team).mapToPk().fieldName('owner_team_id').nullable().deleteRule('restrict'),
    ownerId: () => p.manyToOne(Person).mapToPk().fieldName('owner_id').nullable().deleteRule('restrict'),
    supportTeamId: () => p.manyToOne(Team).mapToPk().fieldName('support_team_id').nullable().deleteRule('restrict'),
    environment: p.text().nullable(),
    location: p.text().nullable(),
    serialNumber: p.text().nullable(),
    manufacturer: p.text().nullable(),
    customClassId: () =>
      p.manyToOne(CustomClass).mapToPk().fieldName('custom_class_id').nullable().deleteRule('restrict'),
    attributes: jsonObject(),
    bindings: jsonObject(),
    ...externalRef(),
    ...mutable(),
  },
  uniques: [{ properties: ['externalSource', 'externalKey'] }],
  indexes: [
    byName('configuration_item', ['name', 'id']),
    { properties: ['ciClass', 'id'] },
    { properties: ['state', 'id'] },
    byName('configuration_item', ['owner_team_id', 'name', 'id']),
    whereGiven('configuration_item', 'owner_id'),
    whereGiven('configuration_item', 'support_team_id'),
    whereGiven('configuration_item', 'environment'),
    whereGiven('configuration_item', 'location'),
    whereGiven('configuration_item', 'serial_number'),
    whereGiven('configuration_item', 'manufacturer'),
    whereGiven('configuration_item', 'custom_class_id'),
    byText('configuration_item', 'environment'),
    byText('configuration_item', 'location'),
    byFolded('configuration_item', 'name'),
    byFolded('configuration_item', 'serial_number'),
  ],
});

/**
 * The record of something that must be managed to deliver a service. `bindings` maps the name of a deployment tool to
 * what identifies the CI for that tool, e.g. a host, device id or directory.
 */
export class ConfigurationItem extends ConfigurationItemSchema.class {}
ConfigurationItemSchema.setClass(ConfigurationItem);
