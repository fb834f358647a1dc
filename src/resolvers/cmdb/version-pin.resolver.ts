import { Authorized, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import type { ListInput } from '../../domain/list.js';
import { configurationItemRead } from '../../reads/cmdb/configuration-item.reads.js';
import { ciVersionPins, pinsOfVersion, versionPinRead } from '../../reads/cmdb/version-pin.reads.js';
import { distributionRead } from '../../reads/distribution/distribution.reads.js';
import { dmlItemVersionRead } from '../../reads/library/dml-item-version.reads.js';
import { personRead } from '../../reads/people/person.reads.js';
import { ConfigurationItemType } from '../../schema/cmdb/configuration-item.type.js';
import { versionPinList, VersionPinType } from '../../schema/cmdb/version-pin.type.js';
import { DistributionType } from '../../schema/distribution/distribution.type.js';
import { DmlItemVersionType } from '../../schema/library/dml-item-version.type.js';
import { ListArgs } from '../../schema/list.js';
import { PersonType } from '../../schema/people/person.type.js';
import type { Context } from '../context.js';

/** Queries on pins, and the objects that they refer to. */
@Resolver(() => VersionPinType)
export class VersionPinResolver {
  @Authorized()
  @Query(() => versionPinList.Connection, { description: 'Lists pins, newest first.' })
  versionPins(@ListArgs(versionPinList, 'newest first') list: ListInput, @Ctx() { reads }: Context) {
    return reads.page(versionPinRead, list, [{ field: 'PINNED_AT', direction: 'DESC' }]);
  }

  @FieldResolver(() => ConfigurationItemType, { description: 'Configuration item that the version is kept from.' })
  ci(@Root() pin: VersionPinType, @Ctx() { reads }: Context) {
    return reads.byId(configurationItemRead, pin.ciId);
  }

  @FieldResolver(() => DmlItemVersionType, { description: 'DML item version that is kept away.' })
  dmlItemVersion(@Root() pin: VersionPinType, @Ctx() { reads }: Context) {
    return reads.byId(dmlItemVersionRead, pin.dmlItemVersionId);
  }

  @FieldResolver(() => DistributionType, {
    nullable: true,
    description: 'Distribution whose back-out set the pin. Null if a person set it.',
  })
  distribution(@Root() pin: VersionPinType, @Ctx() { reads }: Context) {
    return reads.byId(distributionRead, pin.distributionId);
  }

  @FieldResolver(() => PersonType, {
    nullable: true,
    description: 'Person who set the pin. Null if a back-out set it.',
  })
  pinnedBy(@Root() pin: VersionPinType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, pin.pinnedById);
  }

  @FieldResolver(() => PersonType, {
    nullable: true,
    description: 'Person who lifted the pin. Null while it is in force.',
  })
  liftedBy(@Root() pin: VersionPinType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, pin.liftedById);
  }
}

/** Pins on a configuration item. */
@Resolver(() => ConfigurationItemType)
export class ConfigurationItemVersionPinsResolver {
  @FieldResolver(() => versionPinList.Connection, {
    description: 'Pins that keep or kept versions from the item, newest first.',
  })
  versionPins(
    @Root() ci: ConfigurationItemType,
    @ListArgs(versionPinList, 'newest first') list: ListInput,
    @Ctx() { reads }: Context,
  ) {
    return reads.edge(ciVersionPins, ci.id, list);
  }
}

/** Pins of a DML item version. */
@Resolver(() => DmlItemVersionType)
export class DmlItemVersionPinsResolver {
  @FieldResolver(() => versionPinList.Connection, {
    description: 'Pins that keep or kept the version from configuration items, newest first.',
  })
  pins(
    @Root() version: DmlItemVersionType,
    @ListArgs(versionPinList, 'newest first') list: ListInput,
    @Ctx() { reads }: Context,
  ) {
    return reads.edge(pinsOfVersion, version.id, list);
  }
}
