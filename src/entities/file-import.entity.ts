import { defineEntity, p } from '@mikro-orm/core';
import { IMPORT_ERROR_POLICIES } from '../domain/cmdb/configuration-item-import.js';
import { FILE_FORMATS, FILE_IMPORT_KINDS, FILE_IMPORT_STATES, type ObservedBy } from '../domain/file-import.js';
import { id } from './columns.js';
import { Person } from './people/person.entity.js';

const FileImportSchema = defineEntity({
  name: 'FileImport',
  tableName: 'file_import',
  properties: {
    id: id(),
    kind: p.enum(FILE_IMPORT_KINDS),
    format: p.enum(FILE_FORMATS),
    personId: () => p.manyToOne(Person).mapToPk().fieldName('person_id').deleteRule('restrict'),
    digest: p.text(),
    size: p.bigint('number'),
    rows: p.integer(),
    errorPolicy: p.enum(IMPORT_ERROR_POLICIES),
    dryRun: p.boolean(),
    state: p.enum(FILE_IMPORT_STATES),
    position: p.integer().default(0),
    created: p.integer().default(0),
    updated: p.integer().default(0),
    unchanged: p.integer().default(0),
    failed: p.integer().default(0),
    validFrom: p.datetime().nullable(),
    observed: p.json<ObservedBy>().nullable(),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
    endedAt: p.datetime().nullable(),
  },
  indexes: [{ properties: ['personId', 'kind', 'digest', 'id'] }, { properties: ['kind', 'id'] }],
});

/**
 * The import of one file: what it was, how far it is, and what became of its rows. `position` is the number of rows
 * that have their result; it moves in the transaction of those rows.
 */
export class FileImport extends FileImportSchema.class {}
FileImportSchema.setClass(FileImport);
