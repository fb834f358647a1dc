import type { NonEmptyArray } from 'type-graphql';
import { AccessTokenResolver } from './people/access-token.resolver.js';
import { ChangeCommandResolver } from './change/change-command.resolver.js';
import { ChangeReleaseRequestResolver, ReleaseCandidateResolver } from './change/change-release-request.resolver.js';
import { ChangeResolver, ConfigurationItemChangesResolver } from './change/change.resolver.js';
import { ConfigurationItemImportResolver } from './cmdb/configuration-item-import.resolver.js';
import { CiRelationResolver, ConfigurationItemResolver } from './cmdb/configuration-item.resolver.js';
import { DeploymentToolResolver } from './distribution/deployment-tool.resolver.js';
import { DistributionCommandResolver } from './distribution/distribution-command.resolver.js';
import {
  DistributionContentResolver,
  DistributionEdgesResolver,
  ReleaseDistributionsResolver,
} from './distribution/distribution-edges.resolver.js';
import { DistributionStreamResolver } from './distribution/distribution-stream.resolver.js';
import { DistributionResolver } from './distribution/distribution.resolver.js';
import { DmlItemVersionCommandResolver } from './library/dml-item-version-command.resolver.js';
import { DmlItemVersionResolver } from './library/dml-item-version.resolver.js';
import { ConfigurationItemMediaResolver, DmlItemResolver } from './library/dml-item.resolver.js';
import { DmlRepositoryResolver } from './library/dml-repository.resolver.js';
import { EventResolver } from './event.resolver.js';
import {
  ConfigurationItemInstallationsResolver,
  DmlItemVersionInstallationsResolver,
  InstallationResolver,
  ReleaseInstallationsResolver,
} from './cmdb/installation.resolver.js';
import { MediaBlobResolver } from './library/media-blob.resolver.js';
import { NodeResolver } from './node.resolver.js';
import { PersonResolver } from './people/person.resolver.js';
import { PlanEditResolver } from './release/plan-edit.resolver.js';
import { ReleaseCommandResolver } from './release/release-command.resolver.js';
import { ReleaseEditResolver } from './release/release-edit.resolver.js';
import { ReleaseScopeCommandResolver } from './release/release-scope-command.resolver.js';
import {
  ReleaseChangeResolver,
  ReleaseCiResolver,
  ReleaseContentResolver,
} from './release/release-scope-row.resolver.js';
import { ReleaseScopeResolver } from './release/release-scope.resolver.js';
import { ReleaseTemplateResolver, ReleaseTemplateVersionResolver } from './release/release-template.resolver.js';
import { ForcedStepResolver, ReleaseHoldResolver, ReleaseResolver } from './release/release.resolver.js';
import { ScheduleConflictResolver } from './schedule/schedule-conflict.resolver.js';
import {
  ConfigurationItemScheduleResolver,
  ImpactedCiResolver,
  ReleaseScheduleResolver,
} from './schedule/schedule-edges.resolver.js';
import { ScheduleEntryResolver } from './schedule/schedule-entry.resolver.js';
import { ScheduleWindowResolver } from './schedule/schedule-window.resolver.js';
import {
  ConfigurationItemDeliveriesResolver,
  DistributionRunResolver,
  TargetExecutionResolver,
  TargetReportResolver,
} from './distribution/target-execution.resolver.js';
import { TaskCommandResolver } from './release/task-command.resolver.js';
import { PhaseResolver, TaskResolver } from './release/task.resolver.js';
import { TeamResolver } from './people/team.resolver.js';
import { ViewerResolver } from './people/viewer.resolver.js';
import { CommunicationResolver, WaiverResolver } from './release/waiver.resolver.js';

/** Every resolver class of the API. One line each: a class that is missing here does not exist for clients. */
export const resolvers: NonEmptyArray<Function> = [
  NodeResolver,
  EventResolver,
  ConfigurationItemResolver,
  CiRelationResolver,
  ConfigurationItemImportResolver,
  ChangeResolver,
  ConfigurationItemChangesResolver,
  ChangeCommandResolver,
  ChangeReleaseRequestResolver,
  ReleaseCandidateResolver,
  ReleaseScopeResolver,
  ReleaseChangeResolver,
  ReleaseCiResolver,
  ReleaseContentResolver,
  ReleaseScopeCommandResolver,
  PersonResolver,
  ReleaseResolver,
  ReleaseHoldResolver,
  ForcedStepResolver,
  ReleaseEditResolver,
  ReleaseCommandResolver,
  ReleaseTemplateResolver,
  ReleaseTemplateVersionResolver,
  TaskResolver,
  PhaseResolver,
  TaskCommandResolver,
  PlanEditResolver,
  WaiverResolver,
  CommunicationResolver,
  TeamResolver,
  AccessTokenResolver,
  ViewerResolver,
  DmlRepositoryResolver,
  DmlItemResolver,
  ConfigurationItemMediaResolver,
  DmlItemVersionResolver,
  DmlItemVersionCommandResolver,
  MediaBlobResolver,
  ScheduleWindowResolver,
  ScheduleEntryResolver,
  ScheduleConflictResolver,
  ReleaseScheduleResolver,
  ConfigurationItemScheduleResolver,
  ImpactedCiResolver,
  DeploymentToolResolver,
  DistributionResolver,
  DistributionCommandResolver,
  DistributionEdgesResolver,
  DistributionContentResolver,
  DistributionRunResolver,
  DistributionStreamResolver,
  TargetExecutionResolver,
  TargetReportResolver,
  ReleaseDistributionsResolver,
  ConfigurationItemDeliveriesResolver,
  InstallationResolver,
  ConfigurationItemInstallationsResolver,
  DmlItemVersionInstallationsResolver,
  ReleaseInstallationsResolver,
];
