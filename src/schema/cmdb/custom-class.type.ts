import { Field, Int, ObjectType } from 'type-graphql';
import type { CiClass } from '../../domain/cmdb/configuration-item.machine.js';
import {
  CUSTOM_CLASS_STATE_DESCRIPTIONS,
  CUSTOM_CLASS_STATES,
  type CustomClassState,
} from '../../domain/cmdb/custom-class.machine.js';
import { CiClassEnum, enumFrom } from '../enums.js';
import { enumFilter } from '../filters.js';
import { id, instant, listType, oneOf, text } from '../list.js';
import { NodeType } from '../node.type.js';
import { DateTime, JSONObject } from '../scalars.js';
import { CiClassFilter } from './configuration-item.type.js';

export const CustomClassStateEnum = enumFrom(
  'CustomClassState',
  CUSTOM_CLASS_STATES,
  'State of a class of your own.',
  CUSTOM_CLASS_STATE_DESCRIPTIONS,
);

/** A class of one's own in the API, and the row it is read as. */
@ObjectType('CustomClass', {
  implements: NodeType,
  description:
    'Class that a site defines below a built-in class, with a schema for the attributes of its configuration items. ' +
    'Attributes are checked whenever they are written.',
  simpleResolvers: true,
})
export class CustomClassType extends NodeType {
  @Field(() => String, { description: 'Key that names the class in inputs and files, e.g. `blade-server`. Unique.' })
  key!: string;

  @Field(() => String, { description: 'Name of the class, e.g. `Blade server`.' })
  name!: string;

  @Field(() => String, { description: 'What belongs to the class.' })
  description!: string;

  @Field(() => CiClassEnum, { description: 'Built-in class that it is below. All rules follow that one.' })
  ciClass!: CiClass;

  @Field(() => CustomClassStateEnum, { description: 'State of the class, e.g. ACTIVE.' })
  state!: CustomClassState;

  @Field(() => JSONObject, {
    description: 'JSON Schema of the attributes that this class itself declares, with their units as `unit`.',
  })
  schema!: object;

  @Field(() => JSONObject, {
    description: 'JSON Schema that items have to fit: with the attributes of the classes above it.',
  })
  effectiveSchema!: object;

  @Field(() => Int, { description: 'Increases when `effectiveSchema` changes.' })
  schemaVersion!: number;

  @Field(() => Int, { description: 'Increases with every change. Pass it as `expectedVersion`.' })
  version!: number;

  @Field(() => DateTime, { description: 'Time at which the class was defined.' })
  createdAt!: string;

  @Field(() => DateTime, { description: 'Time of the last change to the class.' })
  updatedAt!: string;

  parentId!: string | null;
}

export const CustomClassStateFilter = enumFilter('CustomClassState', CustomClassStateEnum);

/** Lists of classes, with their filters and sort fields. */
export const customClassList = listType('CustomClass', () => CustomClassType, {
  of: 'classes of your own',
  filter: {
    key: text('Key of the class, e.g. `blade-server`.'),
    name: text('Name of the class.'),
    ciClass: oneOf(CiClassFilter, 'Built-in class that it is below.'),
    state: oneOf(CustomClassStateFilter, 'State of the class.'),
    parent: id('CustomClass', 'Class of your own right above it.'),
    within: id('CustomClass', 'Class of your own that it is or is below, at any depth.'),
  },
  order: {
    KEY: text('Key of the class.'),
    NAME: text('Name of the class.'),
    UPDATED_AT: instant('Time of the last change.'),
  },
});
