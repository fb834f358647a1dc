import { defineEntity, p } from '@mikro-orm/core';
import type { Said } from '../../domain/cmdb/provenance.js';

const CiProvenanceSchema = defineEntity({
  name: 'CiProvenance',
  tableName: 'ci_provenance',
  properties: {
    ciId: p.uuid().primary(),
    /** By field; `*` for all that are not named. */
    fields: p.json<Record<string, Said>>(),
  },
});

/** Who said the fields of a configuration item last. Rows of items from before the upgrade are missing. */
export class CiProvenance extends CiProvenanceSchema.class {}
CiProvenanceSchema.setClass(CiProvenance);
