import { ID, Int } from 'type-graphql';
import { commandsOn } from '../commands-on.js';
import { optional, required } from '../../schema/fields.js';
import { DmlItemVersionType } from '../../schema/library/dml-item-version.type.js';
import { JSONObject } from '../../schema/scalars.js';
import * as useCases from '../../services/library/dml-item-version.service.js';
import { dmlItemVersionRead } from '../../reads/library/dml-item-version.reads.js';

const subject = {
  field: 'dmlItemVersion',
  noun: 'media version',
  type: () => DmlItemVersionType,
  model: dmlItemVersionRead,
};

const dmlItemVersionFields = {
  source: optional(String, 'Where the bytes come from: an address, a build, a delivery note. At most 2000 characters.'),
  claimedDigest: optional(
    String,
    'SHA-256 that the source claims, 64 hexadecimal digits. An upload with another digest is refused.',
  ),
  bindings: optional(
    JSONObject,
    'By name of a deployment tool instance: what that tool needs to know about this version. Replaces all of them.',
  ),
};

/** The commands of dml item version objects. */
export const DmlItemVersionCommands = commandsOn(subject, useCases, {
  dmlItemVersionRegister: {
    roles: ['DML_LIBRARIAN'],
    description:
      'Announces a version of a DML item. Its bytes are uploaded with `PUT /media/versions/<id>`; then a second librarian authorises it.',
    about: 'The new version.',
    inputDescription: 'A new version of a DML item. It starts as REGISTERED, without bytes.',
    input: {
      ...dmlItemVersionFields,
      itemId: required(ID, 'The item.'),
      label: required(String, 'What the version is called, 1 to 200 characters, unique within its item.'),
    },
  },
  dmlItemVersionUpdate: {
    roles: ['DML_LIBRARIAN'],
    description: 'Edits a media version that has no bytes yet. Afterwards it never changes.',
    about: 'What changes.',
    inputDescription: 'Changes to a media version that has no bytes yet. What is absent stays as it is.',
    input: {
      ...dmlItemVersionFields,
      id: required(ID, 'The media version.'),
      expectedVersion: required(
        Int,
        'The version number of the record that was read; another one is refused with CONFLICT.',
      ),
      label: optional(String, 'What the version is called, 1 to 200 characters, unique within its item.'),
    },
  },
  dmlItemVersionVerify: {
    roles: ['DML_LIBRARIAN'],
    description:
      'Has the bytes of a quarantined version checked again. When they are right it waits for authorisation as ' +
      'at first; otherwise it is quarantined again.',
    about: 'Which media version.',
  },
  dmlItemVersionQuarantine: {
    roles: ['DML_LIBRARIAN'],
    description: 'Takes a media version out of use while there are doubts about it. It loses its authorisation.',
    about: 'Which media version.',
  },
  dmlItemVersionAuthorise: {
    roles: ['DML_LIBRARIAN'],
    description:
      'Makes a verified media version the master copy, which releases may contain and tools may distribute. Not ' +
      'for who registered or uploaded it.',
    about: 'Which media version.',
    run: (uow, input, services) => useCases.dmlItemVersionAuthorise(uow, input, services.media.verify),
  },
  dmlItemVersionDeprecate: {
    roles: ['DML_LIBRARIAN'],
    description: 'Says that a media version is superseded: nothing new should contain it, what runs may finish.',
    about: 'Which media version.',
  },
  dmlItemVersionRecall: {
    roles: ['DML_LIBRARIAN'],
    description:
      'Withdraws a media version that does harm, for good: nothing that contains it can be started any more.',
    about: 'Which media version.',
  },
  dmlItemVersionRetire: {
    roles: ['DML_LIBRARIAN'],
    description: 'Ends the life of a media version that no live release contains, for good.',
    about: 'Which media version.',
  },
});
