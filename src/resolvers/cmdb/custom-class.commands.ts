import { ID } from 'type-graphql';
import { customClassRead } from '../../reads/cmdb/custom-class.reads.js';
import { CustomClassType } from '../../schema/cmdb/custom-class.type.js';
import { CiClassEnum } from '../../schema/enums.js';
import { editFields, optional, required } from '../../schema/fields.js';
import { JSONObject } from '../../schema/scalars.js';
import * as useCases from '../../services/cmdb/custom-class.service.js';
import { commandsOn } from '../commands-on.js';

const subject = { field: 'customClass', noun: 'class', type: () => CustomClassType, model: customClassRead };

/** Commands on classes of one's own. */
export const CustomClassCommands = commandsOn(subject, useCases, {
  customClassDefine: {
    roles: ['CONFIGURATION_MANAGER'],
    description: 'Defines a class of your own below a built-in class, with a schema for the attributes of its items.',
    about: 'Class to define.',
    inputDescription: 'Class to define. Its key and what it is below never change.',
    input: {
      key: required(String, 'Key of the class: 1 to 50 lower-case letters and digits, divided by hyphens. Unique.'),
      name: required(String, 'Name of the class, 1 to 200 characters.'),
      description: optional(String, 'What belongs to the class.'),
      ciClass: required(CiClassEnum, 'Built-in class that it is below.'),
      parentId: optional(ID, 'Id of a class of your own that it is below. Its attributes are inherited.'),
      schema: optional(
        JSONObject,
        'JSON Schema of the attributes that the class adds or narrows: a closed subset, which docs/classes.md lists. ' +
          'Default: everything is allowed.',
      ),
    },
  },
  customClassUpdate: {
    roles: ['CONFIGURATION_MANAGER'],
    description: 'Updates the name or description of a class of your own.',
    about: 'Changes to the class.',
    inputDescription: 'Changes to a class of your own. Absent fields keep their values.',
    input: {
      ...editFields('class'),
      name: optional(String, 'Name of the class, 1 to 200 characters.'),
      description: optional(String, 'What belongs to the class.'),
    },
  },
  customClassRetire: {
    roles: ['CONFIGURATION_MANAGER'],
    description: 'Retires a class of your own: no further item can be of it. Classes below it are retired first.',
    about: 'Class to retire.',
  },
  customClassReactivate: {
    roles: ['CONFIGURATION_MANAGER'],
    description: 'Takes the retirement of a class of your own back.',
    about: 'Class to reactivate.',
  },
});
