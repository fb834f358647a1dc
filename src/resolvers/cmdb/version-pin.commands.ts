import { ID } from 'type-graphql';
import { dmlItemVersionRead } from '../../reads/library/dml-item-version.reads.js';
import { commandFields, optional, required } from '../../schema/fields.js';
import { DmlItemVersionType } from '../../schema/library/dml-item-version.type.js';
import * as useCases from '../../services/cmdb/version-pin.service.js';
import { commandsOn } from '../commands-on.js';

const subject = {
  field: 'dmlItemVersion',
  noun: 'media version',
  type: () => DmlItemVersionType,
  model: dmlItemVersionRead,
};

/** Commands that keep a version from configuration items, or no longer. */
export const VersionPinCommands = commandsOn(subject, useCases, {
  dmlItemVersionPin: {
    roles: ['RELEASE_MANAGER', 'CONFIGURATION_MANAGER', 'DEPLOYMENT_OPERATOR'],
    description:
      'Keeps a media version from configuration items: no distribution installs it there until the pins are lifted. ' +
      'A back-out does this by itself.',
    about: 'Version and items to keep apart.',
    inputDescription: 'A media version and the configuration items to keep it from.',
    input: {
      ...commandFields('media version'),
      ciIds: required([ID], 'Ids of the configuration items, at most 20,000. Pins that are in force stay.'),
      reason: required(String, 'Why the version is kept away. At most 2000 characters.'),
    },
  },
  dmlItemVersionLiftPins: {
    roles: ['RELEASE_MANAGER', 'CONFIGURATION_MANAGER'],
    description: 'Lifts pins of a media version, so that distributions can install it again.',
    about: 'Pins to lift.',
    inputDescription: 'Pins of a media version to lift.',
    input: {
      ...commandFields('media version'),
      ciIds: optional([ID], 'Ids of the configuration items whose pins to lift, at most 20,000. Default: all pins.'),
      reason: required(String, 'Why the version can be installed again. At most 2000 characters.'),
    },
  },
});
