import { installationList, InstallationType } from '../../schema/cmdb/installation.type.js';
import { sql } from 'kysely';
import { changeRead } from '../change/change.reads.js';
import { defineEdge, defineRead } from '../model.js';

/** How installations are read. */
export const installationRead = defineRead<InstallationType>({
  list: installationList,
  type: 'Installation',
  table: 'installation',
  of: InstallationType,
  keys: ['ciId', 'dmlItemId', 'dmlItemVersionId', 'previousId', 'releaseId', 'distributionId', 'targetExecutionId'],
});

const newestFirst = [{ field: 'VALID_FROM', direction: 'DESC' }] as const;

/** What runs and ran on a configuration item, newest first. */
export const ciInstallations = defineEdge({
  name: 'ConfigurationItem.installations',
  model: installationRead,
  on: sql`t.ci_id = p.id`,
  defaultOrder: newestFirst,
});

/** What runs on a configuration item now. */
export const ciCurrentInstallations = defineEdge({
  name: 'ConfigurationItem.currentInstallations',
  model: installationRead,
  on: sql`t.ci_id = p.id and t.valid_to is null`,
  defaultOrder: newestFirst,
});

/** Where a DML item version runs and ran, newest first. */
export const versionInstallations = defineEdge({
  name: 'DmlItemVersion.installations',
  model: installationRead,
  on: sql`t.dml_item_version_id = p.id`,
  defaultOrder: newestFirst,
});

/** What a release put on its targets, newest first. */
export const releaseInstallations = defineEdge({
  name: 'Release.installations',
  model: installationRead,
  on: sql`t.release_id = p.id`,
  defaultOrder: newestFirst,
});

/** What one delivery put on its target. */
export const executionInstallations = defineEdge({
  name: 'TargetExecution.installations',
  model: installationRead,
  on: sql`t.target_execution_id = p.id`,
});

/**
 * Changes that asked for an installation: those its release carries or carried that name its configuration item as
 * target.
 */
export const installationChanges = defineEdge({
  name: 'Installation.changes',
  model: changeRead,
  on: sql`exists (
    select 1 from installation i
    join release_change r on r.release_id = i.release_id and r.live
    join change_ci c on c.change_id = r.change_id and c.ci_id = i.ci_id and c.role = 'TARGET'
    where i.id = p.id and r.change_id = t.id)`,
});
