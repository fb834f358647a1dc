import type { NodeType } from '../domain/node-id.js';
import { ciRelationRead, configurationItemRead } from './configuration-item.reads.js';
import type { ReadModel } from './model.js';

/** How every type that `node` can fetch is read. A type that is missing here is not a Node. */
export const readModels: Readonly<Partial<Record<NodeType, ReadModel>>> = {
  CiRelation: ciRelationRead,
  ConfigurationItem: configurationItemRead,
};
