import { ID, Int } from 'type-graphql';
import { commandsOn } from '../commands-on.js';
import { clearable, commandFields, optional, reasonField, required } from '../../schema/fields.js';
import { DmlItemVersionType, RecallEffectEnum } from '../../schema/library/dml-item-version.type.js';
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
  source: optional(
    String,
    'Origin of the bytes, e.g. an address, a build or a delivery note. At most 2000 characters.',
  ),
  claimedDigest: clearable(
    String,
    'SHA-256 that the source claims, as 64 hexadecimal digits. An upload with another digest is refused.',
  ),
  bindings: optional(
    JSONObject,
    'Parameters of this version for deployment tools, by tool name. Replaces all of them.',
  ),
};

/** Commands on media versions. */
export const DmlItemVersionCommands = commandsOn(subject, useCases, {
  dmlItemVersionRegister: {
    roles: ['DML_LIBRARIAN'],
    description:
      'Registers a version of a DML item. Upload its bytes with `PUT /media/versions/<id>`; then a second librarian ' +
      'authorises it.',
    about: 'Media version to register.',
    inputDescription: 'Version of a DML item to register. It starts as REGISTERED, without bytes.',
    input: {
      ...dmlItemVersionFields,
      itemId: required(ID, 'Id of the DML item.'),
      label: required(String, 'Label of the version, e.g. `2.4.1`. 1 to 200 characters, unique within its item.'),
    },
  },
  dmlItemVersionUpdate: {
    roles: ['DML_LIBRARIAN'],
    description: 'Updates a media version that has no bytes yet. After the upload it cannot change.',
    about: 'Changes to the media version.',
    inputDescription: 'Changes to a media version that has no bytes yet. Absent fields keep their values.',
    input: {
      ...dmlItemVersionFields,
      id: required(ID, 'Id of the media version.'),
      expectedVersion: required(Int, 'Version of the record you last read. A stale one fails with CONFLICT.'),
      label: optional(String, 'Label of the version, e.g. `2.4.1`. 1 to 200 characters, unique within its item.'),
    },
  },
  dmlItemVersionVerify: {
    roles: ['DML_LIBRARIAN'],
    description:
      'Checks the bytes of a quarantined version again. If they pass, the version awaits authorisation; otherwise ' +
      'it returns to quarantine.',
    about: 'Media version to check again.',
  },
  dmlItemVersionQuarantine: {
    roles: ['DML_LIBRARIAN'],
    description: 'Quarantines a media version that is in doubt. It cannot be used and loses its authorisation.',
    about: 'Media version to quarantine.',
  },
  dmlItemVersionAuthorise: {
    roles: ['DML_LIBRARIAN'],
    description:
      'Authorises a verified media version as the master copy, which releases can contain and tools can distribute. ' +
      'The people who registered or uploaded it cannot authorise it.',
    about: 'Media version to authorise.',
    run: (uow, input, services) => useCases.dmlItemVersionAuthorise(uow, input, services.media.verify),
  },
  dmlItemVersionDeprecate: {
    roles: ['DML_LIBRARIAN'],
    description:
      'Marks a media version as superseded. No new release should contain it; running distributions can finish.',
    about: 'Media version to mark as superseded.',
  },
  dmlItemVersionRecall: {
    roles: ['DML_LIBRARIAN'],
    description: 'Permanently withdraws a harmful media version. Nothing that contains it can start.',
    about: 'Media version to recall.',
    input: {
      ...commandFields('media version'),
      ...reasonField,
      running: optional(RecallEffectEnum, 'What happens to distributions that install the version now. Default STOP.'),
    },
  },
  dmlItemVersionRetire: {
    roles: ['DML_LIBRARIAN'],
    description: 'Permanently retires a media version that no live release contains.',
    about: 'Media version to retire.',
  },
});
