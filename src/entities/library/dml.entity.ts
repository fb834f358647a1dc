import { defineEntity, p } from '@mikro-orm/core';
import { DML_ITEM_VERSION_STATES } from '../../domain/library/dml-item-version.machine.js';
import { DML_ITEM_KINDS, MEDIA_PROBLEMS } from '../../domain/library/media.js';
import { ConfigurationItem } from '../cmdb/configuration-item.entity.js';
import { createdAt, externalRef, id, jsonObject, mutable, number } from '../columns.js';
import { DeploymentTool } from '../distribution/deployment-tool.entity.js';
import { Person } from '../people/person.entity.js';

const DmlRepositorySchema = defineEntity({
  name: 'DmlRepository',
  tableName: 'dml_repository',
  properties: {
    id: id(),
    number: number('DMR', 'dml_repository'),
    name: p.text().unique(),
    description: p.text().default(''),
    location: p.text().default(''),
    deploymentToolId: () =>
      p.manyToOne(DeploymentTool).mapToPk().fieldName('deployment_tool_id').nullable().deleteRule('restrict'),
    ...mutable(),
  },
});

/** A repository of the Definitive Media Library, with the deployment tool that distributes from it, if any. */
export class DmlRepository extends DmlRepositorySchema.class {}
DmlRepositorySchema.setClass(DmlRepository);

const DmlItemSchema = defineEntity({
  name: 'DmlItem',
  tableName: 'dml_item',
  properties: {
    id: id(),
    number: number('DML', 'dml_item'),
    repositoryId: () => p.manyToOne(DmlRepository).mapToPk().fieldName('repository_id').deleteRule('restrict'),
    name: p.text(),
    description: p.text().default(''),
    kind: p.enum(DML_ITEM_KINDS).default('SOFTWARE'),
    vendor: p.text().default(''),
    licence: p.text().default(''),
    configurationItemId: () =>
      p.manyToOne(ConfigurationItem).mapToPk().fieldName('configuration_item_id').nullable().deleteRule('restrict'),
    ...externalRef(),
    ...mutable(),
  },
  uniques: [{ properties: ['repositoryId', 'name'] }, { properties: ['externalSource', 'externalKey'] }],
  indexes: [{ properties: ['configurationItemId'] }],
});

/** A product in the DML; its versions carry the media. */
export class DmlItem extends DmlItemSchema.class {}
DmlItemSchema.setClass(DmlItem);

const MediaBlobSchema = defineEntity({
  name: 'MediaBlob',
  tableName: 'media_blob',
  properties: {
    id: id(),
    digest: p.text().unique(),
    size: p.bigint('number'),
    createdAt: createdAt(),
    verifiedAt: p.datetime().nullable(),
    checkedAt: p.datetime().nullable(),
    problem: p.enum(MEDIA_PROBLEMS).nullable(),
  },
  indexes: [{ properties: ['checkedAt', 'id'] }],
});

/**
 * Bytes stored under their SHA-256 (lower-case hex); several versions can share one blob. `verifiedAt` is the last time
 * the stored bytes matched the digest, `checkedAt` the last check, `problem` what that check found wrong.
 */
export class MediaBlob extends MediaBlobSchema.class {}
MediaBlobSchema.setClass(MediaBlob);

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
    ...mutable(),
  },
  uniques: [{ properties: ['itemId', 'label'] }],
  indexes: [{ properties: ['state', 'id'] }, { properties: ['mediaId'] }],
});

/** A version of a DML item: immutable media with a life cycle from registration to recall or retirement. */
export class DmlItemVersion extends DmlItemVersionSchema.class {}
DmlItemVersionSchema.setClass(DmlItemVersion);
