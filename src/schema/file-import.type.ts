import { Field, Int, ObjectType } from 'type-graphql';
import type { ImportErrorPolicy } from '../domain/cmdb/configuration-item-import.js';
import {
  FILE_FORMAT_DESCRIPTIONS,
  FILE_FORMATS,
  FILE_IMPORT_KIND_DESCRIPTIONS,
  FILE_IMPORT_KINDS,
  FILE_IMPORT_STATE_DESCRIPTIONS,
  FILE_IMPORT_STATES,
  type FileFormat,
  type FileImportKind,
  type FileImportState,
} from '../domain/file-import.js';
import { ImportErrorPolicyEnum } from './cmdb/configuration-item-import.type.js';
import { enumFrom } from './enums.js';
import { enumFilter } from './filters.js';
import { id, instant, listType, oneOf, text } from './list.js';
import { NodeType } from './node.type.js';
import { DateTime, SafeInt } from './scalars.js';

const FileImportKindEnum = enumFrom(
  'FileImportKind',
  FILE_IMPORT_KINDS,
  'What the rows of an imported file are.',
  FILE_IMPORT_KIND_DESCRIPTIONS,
);
const FileFormatEnum = enumFrom('FileFormat', FILE_FORMATS, 'Format of an imported file.', FILE_FORMAT_DESCRIPTIONS);
const FileImportStateEnum = enumFrom(
  'FileImportState',
  FILE_IMPORT_STATES,
  'How far the import of a file is.',
  FILE_IMPORT_STATE_DESCRIPTIONS,
);

/** The import of a file in the API, and the row it is read as. */
@ObjectType('FileImport', {
  implements: NodeType,
  description:
    'Import of a file that was sent to `POST /import/…`. `GET /import/<id>/results` returns the result of each row ' +
    'to the person who imported the file, and to administrators and auditors.',
  simpleResolvers: true,
})
export class FileImportType extends NodeType {
  @Field(() => FileImportKindEnum, { description: 'What the rows of the file are.' })
  kind!: FileImportKind;

  @Field(() => FileFormatEnum, { description: 'Format of the file.' })
  format!: FileFormat;

  @Field(() => String, { description: 'SHA-256 of the file, as 64 lower-case hexadecimal digits.' })
  digest!: string;

  @Field(() => SafeInt, { description: 'Size of the file in bytes.' })
  size!: number;

  @Field(() => Int, { description: 'Number of rows of the file.' })
  rows!: number;

  @Field(() => ImportErrorPolicyEnum, { description: 'Behaviour of the import if a row is invalid.' })
  errorPolicy!: ImportErrorPolicy;

  @Field(() => Boolean, { description: 'Whether the import only finds out the results, and writes nothing.' })
  dryRun!: boolean;

  @Field(() => DateTime, {
    nullable: true,
    description: 'Since when what the rows say has been so. Null: since they were imported.',
  })
  validFrom!: string | null;

  @Field(() => FileImportStateEnum, { description: 'State of the import, e.g. RUNNING.' })
  state!: FileImportState;

  @Field(() => Int, { description: 'Number of rows that have their result. An import that goes on begins there.' })
  position!: number;

  @Field(() => Int, { description: 'Number of objects that were created, or would be in a dry run.' })
  created!: number;

  @Field(() => Int, { description: 'Number of objects that were updated, or would be in a dry run.' })
  updated!: number;

  @Field(() => Int, { description: 'Number of rows that change nothing.' })
  unchanged!: number;

  @Field(() => Int, { description: 'Number of rows that failed.' })
  failed!: number;

  @Field(() => DateTime, { description: 'Time at which the import began.' })
  createdAt!: string;

  @Field(() => DateTime, { description: 'Time of the last progress.' })
  updatedAt!: string;

  @Field(() => DateTime, { nullable: true, description: 'Time at which the import ended. Null while it can go on.' })
  endedAt!: string | null;

  personId!: string;
}

/** Lists of imports, with their filters and sort fields. */
export const fileImportList = listType('FileImport', () => FileImportType, {
  of: 'imports',
  filter: {
    kind: oneOf(enumFilter('FileImportKind', FileImportKindEnum), 'What the rows of the file are.'),
    state: oneOf(enumFilter('FileImportState', FileImportStateEnum), 'State of the import, e.g. RUNNING.'),
    digest: text('SHA-256 of the file.'),
    person: id('Person', 'Person who imports the file.'),
    createdAt: instant('Time at which the import began.'),
  },
});
