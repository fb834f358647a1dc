import { sql } from 'kysely';
import type {
  ChangeSnapshotType,
  CiRelationSnapshotType,
  ConfigurationItemSnapshotType,
  DmlItemSnapshotType,
  DmlItemVersionSnapshotType,
  DistributionSnapshotType,
  InstallationSnapshotType,
  PreviousInstallationSnapshotType,
  ReleaseContentSnapshotType,
  ReleaseSnapshotType,
  SnapshotType,
} from '../schema/snapshot.type.js';
import { changeRead, changesOfCi, sourceCisOfChange, targetCisOfChange } from './change/change.reads.js';
import { ciRelationRead, incomingRelations, outgoingRelations } from './cmdb/ci-relation.reads.js';
import { attributesFilter } from '../facts/cmdb/attribute.filters.js';
import { attributeOrder } from './cmdb/attribute-order.js';
import { configurationItemRead } from './cmdb/configuration-item.reads.js';
import {
  ciInstallations,
  installationChanges,
  installationRead,
  releaseInstallations,
  versionInstallations,
} from './cmdb/installation.reads.js';
import { deploymentToolRead } from './distribution/deployment-tool.reads.js';
import { distributionRead } from './distribution/distribution.reads.js';
import { targetExecutionRead } from './distribution/target-execution.reads.js';
import { dmlItemRead } from './library/dml-item.reads.js';
import { dmlItemVersionRead, releasesOfVersion, versionsOfItem } from './library/dml-item-version.reads.js';
import { inThePast, type ManyEdge, type ReadModel, type ReadRow } from './model.js';
import { personRead } from './people/person.reads.js';
import { teamRead } from './people/team.reads.js';
import { changesOfRelease } from './release/release-change.reads.js';
import { sourceCisOfRelease, targetCisOfRelease } from './release/release-ci.reads.js';
import { contentsOfRelease } from './release/release-content.reads.js';
import { predecessorsOfRelease, releaseRead } from './release/release.reads.js';

const KNOWN = { knownFrom: sql`lower(t.known)` };
const PERIOD = { validFrom: sql`lower(t.valid)`, validTo: sql`upper(t.valid)`, ...KNOWN };

const past = <Row extends ReadRow>(model: ReadModel<ReadRow>, shownAs: string, more = PERIOD as object) =>
  inThePast(model as ReadModel<Row>, shownAs, more as typeof PERIOD);

/** A list of a snapshot: that of the object, from the history. */
const list = <Row extends ReadRow>(edge: ManyEdge, model: ReadModel<Row>): ManyEdge<Row> => ({
  ...(edge as unknown as ManyEdge<Row>),
  model,
});

/** How the root of a snapshot is read: it has no table, but two instants. */
export const snapshotRead = {
  type: 'ConfigurationItem',
  shownAs: 'Snapshot',
  table: '(select null::uuid as id)',
  select: sql`t.id`,
  expressions: { asOf: sql`t.as_of`, knownAt: sql`t.known_at` },
  order: {},
  filters: {},
} satisfies ReadModel<SnapshotType>;

// What items had at a moment is in their history alone. The class of a filter is as it is today.
export const ciSnapshotRead: ReadModel<ConfigurationItemSnapshotType> = {
  ...past<ConfigurationItemSnapshotType>(configurationItemRead, 'ConfigurationItemSnapshot'),
  filters: { ...configurationItemRead.filters, attributes: attributesFilter('items') },
  named: { ATTRIBUTE: attributeOrder('items') },
};
export const relationSnapshotRead = past<CiRelationSnapshotType>(ciRelationRead, 'CiRelationSnapshot');
export const installationSnapshotRead = past<InstallationSnapshotType>(installationRead, 'InstallationSnapshot', KNOWN);
export const releaseSnapshotRead = past<ReleaseSnapshotType>(releaseRead, 'ReleaseSnapshot');
export const changeSnapshotRead = past<ChangeSnapshotType>(changeRead, 'ChangeSnapshot');
export const itemSnapshotRead = past<DmlItemSnapshotType>(dmlItemRead, 'DmlItemSnapshot');
export const versionSnapshotRead = past<DmlItemVersionSnapshotType>(dmlItemVersionRead, 'DmlItemVersionSnapshot');
export const teamSnapshotRead = past(teamRead, 'TeamSnapshot', {});
export const personSnapshotRead = past(personRead, 'PersonSnapshot', {});
export const distributionSnapshotRead = past<DistributionSnapshotType>(
  distributionRead,
  'DeliveredDistributionSnapshot',
  {},
);
export const executionSnapshotRead = past(targetExecutionRead, 'TargetExecutionSnapshot', {});
export const toolSnapshotRead = past(deploymentToolRead, 'DeploymentToolSnapshot', {});
// What ran before had ended at the moment, so it is found in the history. Its version and digest never change.
const table = '(select distinct on (h.id) h.* from installation_history h order by h.id)';
const ranBefore = past<PreviousInstallationSnapshotType>(installationRead, 'PreviousInstallationSnapshot', {});
export const previousInstallationRead = { ...ranBefore, table };
const contentSnapshotRead = past<ReleaseContentSnapshotType>(contentsOfRelease.model, 'ReleaseContentSnapshot');

export const outgoingRelationsThen = list(outgoingRelations, relationSnapshotRead);
export const incomingRelationsThen = list(incomingRelations, relationSnapshotRead);
export const installationsOfCiThen = list(ciInstallations, installationSnapshotRead);
export const changesOfInstallationThen = list(installationChanges, changeSnapshotRead);
export const changesOfCiThen = list(changesOfCi, changeSnapshotRead);
export const targetCisOfReleaseThen = list(targetCisOfRelease, ciSnapshotRead);
export const sourceCisOfReleaseThen = list(sourceCisOfRelease, ciSnapshotRead);
export const contentsOfReleaseThen = list(contentsOfRelease, contentSnapshotRead);
export const predecessorsOfReleaseThen = list(predecessorsOfRelease, releaseSnapshotRead);
export const changesOfReleaseThen = list(changesOfRelease, changeSnapshotRead);
export const installationsOfReleaseThen = list(releaseInstallations, installationSnapshotRead);
export const targetCisOfChangeThen = list(targetCisOfChange, ciSnapshotRead);
export const sourceCisOfChangeThen = list(sourceCisOfChange, ciSnapshotRead);
export const versionsOfItemThen = list(versionsOfItem, versionSnapshotRead);
export const installationsOfVersionThen = list(versionInstallations, installationSnapshotRead);
export const releasesOfVersionThen = list(releasesOfVersion, releaseSnapshotRead);
