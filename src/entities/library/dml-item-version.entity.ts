import { defineEntity, p } from '@mikro-orm/core';
import { DML_ITEM_VERSION_STATES, RECALL_EFFECTS } from '../../domain/library/dml-item-version.machine.js';
import { id, jsonObject, mutable, number, oneName, whereGiven } from '../columns.js';
import { Person } from '../people/person.entity.js';
import { DmlItem } from './dml-item.entity.js';
import { MediaBlob } from './media-blob.entity.js';

const DmlItemVersionSchema = defineEntity({
  name: 'DmlItemVersion',
  tableName: 'dml_item_version',
  properties: {
    id: id(),
    number: number('DMV', 'dml_item_version'),
    itemId: () => p.manyToOne(DmlItem).mapToPk().fieldName('item_id').deleteRule('restrict'),
    label: p.text(),
    state: p.enum(DML_ITEM_VERSION_STATES).default('REGISTERED'),
    source: p.text().default(''),
    claimedDigest: p.text().nullable(),
    mediaId: () => p.manyToOne(MediaBlob).mapToPk().fieldName('media_id').nullable().deleteRule('restrict'),
    fileName: p.text().nullable(),
    mediaType: p.text().nullable(),
    bindings: jsonObject(),
    authorId: () => p.manyToOne(Person).mapToPk().fieldName('author_id').deleteRule('restrict'),
    uploadedById: () => p.manyToOne(Person).mapToPk().fieldName('uploaded_by_id').nullable().deleteRule('restrict'),
    verifiedAt: p.datetime().nullable(),
    authorisedById: () => p.manyToOne(Person).mapToPk().fieldName('authorised_by_id').nullable().deleteRule('restrict'),
    authorisedAt: p.datetime().nullable(),
    stateReason: p.text().nullable(),
    recallEffect: p.enum(RECALL_EFFECTS).nullable(),
    ...mutable(),
  },
  uniques: [{ properties: ['itemId', 'label'] }, oneName('dml_item_version', ['item_id', 'label'])],
  indexes: [
    { properties: ['state', 'id'] },
    { properties: ['mediaId'] },
    { properties: ['authorId'] },
    whereGiven('dml_item_version', 'uploaded_by_id'),
    whereGiven('dml_item_version', 'authorised_by_id'),
  ],
});

/** A version of a DML item: immutable media with a life cycle from registration to recall or retirement. */
export class DmlItemVersion extends DmlItemVersionSchema.class {}

DmlItemVersionSchema.setClass(DmlItemVersion);
