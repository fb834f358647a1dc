import { Field, getMetadataStorage, ID, ObjectType, type ClassType } from 'type-graphql';
import { ChangeType } from './change/change.type.js';
import { CiRelationType } from './cmdb/ci-relation.type.js';
import { ConfigurationItemType } from './cmdb/configuration-item.type.js';
import { InstallationType } from './cmdb/installation.type.js';
import { connectionType } from './connection.js';
import { DeploymentToolType } from './distribution/deployment-tool.type.js';
import { DistributionType } from './distribution/distribution.type.js';
import { TargetExecutionType } from './distribution/target-execution.type.js';
import { DmlItemType } from './library/dml-item.type.js';
import { DmlItemVersionType } from './library/dml-item-version.type.js';
import { PersonType } from './people/person.type.js';
import { TeamType } from './people/team.type.js';
import { plainFields } from './plain-fields.js';
import { ReleaseContentType } from './release/release-content.type.js';
import { ReleaseType } from './release/release.type.js';
import { DateTime } from './scalars.js';

/** What {@link snapshotType} needs to know beside the type of the object itself. */
interface SnapshotDefinition {
  readonly description: string;
  /** The only fields of the object that the snapshot has; by default all, without those of `omit`. */
  readonly only?: readonly string[];
  /** Fields that lead to something without a history. */
  readonly omit?: readonly string[];
  /** Whether the snapshot shows when its state began and ended. */
  readonly period?: boolean;
  /** Type of the object. Default: the name of the snapshot without its last word. */
  readonly noun?: string;
}

/** The class of a snapshot: the fields of its object, by the same names, and when they were so. */
export interface SnapshotClass<T> {
  new (): Omit<T, 'id'> & { readonly id: string };
}

/**
 * Creates the type of a snapshot from the type of its object. It has no `id`: the caches of clients keep objects by
 * type and id, and two states of one object must not overwrite each other.
 */
function snapshotType<T extends object>(
  name: string,
  live: abstract new () => T,
  { description, only, omit = [], period = true, noun = name.replace(/Snapshot$/, '') }: SnapshotDefinition,
): SnapshotClass<T> {
  class Snapshot {}
  const add = (field: string, type: () => unknown, options: { description: string; nullable?: boolean }) =>
    Field(type as () => StringConstructor, options)(Snapshot.prototype, field);
  add('objectId', () => ID, { description: `Id of the ${noun}, for \`node\` and for commands.` });
  const declared = new Map(getMetadataStorage().fields.map((field) => [`${field.target.name}.${field.name}`, field]));
  for (const field of plainFields(live)) {
    const known = declared.get(`${live.name}.${field}`);
    if (!known || omit.includes(field) || (only && !only.includes(field))) continue;
    // Whether a type is a list is known only once it has been asked for.
    const typeOf = () => {
      const type = known.getType();
      return known.typeOptions.array ? [type] : type;
    };
    Field(
      typeOf as () => StringConstructor,
      {
        ...known.typeOptions,
        ...(known.description !== undefined && {
          description: known.description.replace(' Pass it as `expectedVersion`.', ''),
        }),
      } as object,
    )(Snapshot.prototype, field);
  }
  if (period) {
    if (live !== (InstallationType as unknown)) {
      add('validFrom', () => DateTime, { description: 'Since when it was so.' });
      add('validTo', () => DateTime, { nullable: true, description: 'Until when it was so. Null if it still is.' });
    }
    add('knownFrom', () => DateTime, {
      description: 'When this became known. Later than `validFrom` for a late fact.',
    });
  }
  ObjectType(name, { description, simpleResolvers: true })(Snapshot);
  return Snapshot as unknown as SnapshotClass<T>;
}

/** The whole record at a moment. */
@ObjectType('Snapshot', {
  description:
    'The record at a moment: what was so at `asOf`, as it was known at `knownAt`. Everything below a snapshot is ' +
    'from that moment. What makes sense only now, such as commands, is not there. `objectId` leads to the object ' +
    'of today.',
  simpleResolvers: true,
})
export class SnapshotType {
  @Field(() => DateTime, { description: 'When it was so.' })
  asOf!: string;

  @Field(() => DateTime, { description: 'When it was believed to be so.' })
  knownAt!: string;

  readonly id!: string;
}

export const ConfigurationItemSnapshotType = snapshotType('ConfigurationItemSnapshot', ConfigurationItemType, {
  description: 'State of a configuration item at the moment of the snapshot.',
});
export type ConfigurationItemSnapshotType = InstanceType<typeof ConfigurationItemSnapshotType>;

export const CiRelationSnapshotType = snapshotType('CiRelationSnapshot', CiRelationType, {
  description: 'Relation between two configuration items at the moment of the snapshot.',
});
export type CiRelationSnapshotType = InstanceType<typeof CiRelationSnapshotType>;

export const InstallationSnapshotType = snapshotType('InstallationSnapshot', InstallationType, {
  description: 'What was installed on a configuration item at the moment of the snapshot.',
});
export type InstallationSnapshotType = InstanceType<typeof InstallationSnapshotType>;

export const ReleaseSnapshotType = snapshotType('ReleaseSnapshot', ReleaseType, {
  description: 'State of a release at the moment of the snapshot.',
  omit: ['onHold', 'backOutResidual'],
});
export type ReleaseSnapshotType = InstanceType<typeof ReleaseSnapshotType>;

export const ReleaseContentSnapshotType = snapshotType('ReleaseContentSnapshot', ReleaseContentType, {
  description: 'Version of a DML item in the package of a release at the moment of the snapshot.',
});
export type ReleaseContentSnapshotType = InstanceType<typeof ReleaseContentSnapshotType>;

export const ChangeSnapshotType = snapshotType('ChangeSnapshot', ChangeType, {
  description: 'State of a change at the moment of the snapshot.',
});
export type ChangeSnapshotType = InstanceType<typeof ChangeSnapshotType>;

export const DmlItemSnapshotType = snapshotType('DmlItemSnapshot', DmlItemType, {
  description: 'State of a DML item at the moment of the snapshot.',
});
export type DmlItemSnapshotType = InstanceType<typeof DmlItemSnapshotType>;

export const DmlItemVersionSnapshotType = snapshotType('DmlItemVersionSnapshot', DmlItemVersionType, {
  description: 'State of a DML item version at the moment of the snapshot.',
});
export type DmlItemVersionSnapshotType = InstanceType<typeof DmlItemVersionSnapshotType>;

export const TeamSnapshotType = snapshotType('TeamSnapshot', TeamType, {
  description: 'Team that a snapshot refers to, by the name that it has today.',
  only: ['name'],
  period: false,
});

export const PersonSnapshotType = snapshotType('PersonSnapshot', PersonType, {
  description: 'Person that a snapshot refers to, by the name that they have today.',
  only: ['name'],
  period: false,
});

// Deliveries have no history of their own: what they did is what is installed.

export const DistributionSnapshotType = snapshotType('DeliveredDistributionSnapshot', DistributionType, {
  noun: 'Distribution',
  description: 'Distribution that a snapshot refers to, as it is today.',
  only: ['number', 'name', 'operation', 'state', 'approvedAt', 'startedAt', 'endedAt'],
  period: false,
});
export type DistributionSnapshotType = InstanceType<typeof DistributionSnapshotType>;

export const TargetExecutionSnapshotType = snapshotType('TargetExecutionSnapshot', TargetExecutionType, {
  description: 'Delivery to a target that a snapshot refers to, as it is today.',
  only: ['state', 'attempt', 'reasonCode', 'verifiedDigest', 'startedAt', 'endedAt'],
  period: false,
});

export const DeploymentToolSnapshotType = snapshotType('DeploymentToolSnapshot', DeploymentToolType, {
  description: 'Deployment tool that a snapshot refers to, by the name that it has today.',
  only: ['name'],
  period: false,
});

export const PreviousInstallationSnapshotType = snapshotType('PreviousInstallationSnapshot', InstallationType, {
  noun: 'Installation',
  description: 'What was installed before, in the place of what was installed at the moment of a snapshot.',
  only: ['digest', 'validFrom'],
  period: false,
});
export type PreviousInstallationSnapshotType = InstanceType<typeof PreviousInstallationSnapshotType>;

const connection = (name: string, type: unknown) => connectionType(name, () => type as ClassType);

export const ConfigurationItemSnapshotConnection = connection(
  'ConfigurationItemSnapshot',
  ConfigurationItemSnapshotType,
);
export const CiRelationSnapshotConnection = connection('CiRelationSnapshot', CiRelationSnapshotType);
export const InstallationSnapshotConnection = connection('InstallationSnapshot', InstallationSnapshotType);
export const ReleaseSnapshotConnection = connection('ReleaseSnapshot', ReleaseSnapshotType);
export const ReleaseContentSnapshotConnection = connection('ReleaseContentSnapshot', ReleaseContentSnapshotType);
export const ChangeSnapshotConnection = connection('ChangeSnapshot', ChangeSnapshotType);
export const DmlItemVersionSnapshotConnection = connection('DmlItemVersionSnapshot', DmlItemVersionSnapshotType);
