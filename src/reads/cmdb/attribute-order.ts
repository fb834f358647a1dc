import { sql } from 'kysely';
import { RequestError } from '../../domain/errors.js';
import {
  type AttributesCondition,
  type AttributeSource,
  itemsByAttribute,
} from '../../facts/cmdb/attribute.filters.js';
import type { NamedOrderOf } from '../model.js';

/** How configuration items are sorted by an attribute. */
export const attributeOrder =
  (source: AttributeSource): NamedOrderOf =>
  ({ attribute }, filter) => {
    const attributes = (filter as { readonly attributes?: AttributesCondition } | null | undefined)?.attributes;
    const bad = (message: string) => new RequestError('BAD_USER_INPUT', message, { field: 'orderBy' });
    if (attribute == null) throw bad('The sort field ATTRIBUTE needs the name of an "attribute".');
    if (attributes == null)
      throw bad('To sort by an attribute, name the class that declares it in "filter.attributes.of".');
    return {
      table: itemsByAttribute(source, attributes, attribute),
      specs: [
        { column: sql`t.attribute_number`, type: 'float8' },
        { column: sql`t.attribute_value`, type: 'text' },
      ],
      id: sql`t.attribute_ci`,
    };
  };
