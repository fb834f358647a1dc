import type { NonEmptyArray } from 'type-graphql';
import { AccessTokenResolver } from './access-token.resolver.js';
import { ChangeCommandResolver } from './change-command.resolver.js';
import { ChangeReleaseRequestResolver, ReleaseCandidateResolver } from './change-release-request.resolver.js';
import { ChangeResolver, ConfigurationItemChangesResolver } from './change.resolver.js';
import { ConfigurationItemImportResolver } from './configuration-item-import.resolver.js';
import { CiRelationResolver, ConfigurationItemResolver } from './configuration-item.resolver.js';
import { DeploymentToolResolver } from './deployment-tool.resolver.js';
import { DistributionCommandResolver } from './distribution-command.resolver.js';
import { DistributionContentResolver, DistributionEdgesResolver, ReleaseDistributionsResolver } from './distribution-edges.resolver.js';
import { DistributionStreamResolver } from './distribution-stream.resolver.js';
import { DistributionResolver } from './distribution.resolver.js';
import { DmlItemVersionCommandResolver } from './dml-item-version-command.resolver.js';
import { DmlItemVersionResolver } from './dml-item-version.resolver.js';
import { ConfigurationItemMediaResolver, DmlItemResolver } from './dml-item.resolver.js';
import { DmlRepositoryResolver } from './dml-repository.resolver.js';
import { EventResolver } from './event.resolver.js';
import {
  ConfigurationItemInstallationsResolver,
  DmlItemVersionInstallationsResolver,
  InstallationResolver,
  ReleaseInstallationsResolver,
} from './installation.resolver.js';
import { MediaBlobResolver } from './media-blob.resolver.js';
import { NodeResolver } from './node.resolver.js';
import { PersonResolver } from './person.resolver.js';
import { PlanEditResolver } from './plan-edit.resolver.js';
import { ReleaseCommandResolver } from './release-command.resolver.js';
import { ReleaseEditResolver } from './release-edit.resolver.js';
import { ReleaseScopeCommandResolver } from './release-scope-command.resolver.js';
import { ReleaseChangeResolver, ReleaseCiResolver, ReleaseContentResolver } from './release-scope-row.resolver.js';
import { ReleaseScopeResolver } from './release-scope.resolver.js';
import { ReleaseTemplateResolver, ReleaseTemplateVersionResolver } from './release-template.resolver.js';
import { ForcedStepResolver, ReleaseHoldResolver, ReleaseResolver } from './release.resolver.js';
import { ScheduleConflictResolver } from './schedule-conflict.resolver.js';
import { ConfigurationItemScheduleResolver, ImpactedCiResolver, ReleaseScheduleResolver } from './schedule-edges.resolver.js';
import { ScheduleEntryResolver } from './schedule-entry.resolver.js';
import { ScheduleWindowResolver } from './schedule-window.resolver.js';
import { ConfigurationItemDeliveriesResolver, DistributionRunResolver, TargetExecutionResolver, TargetReportResolver } from './target-execution.resolver.js';
import { TaskCommandResolver } from './task-command.resolver.js';
import { PhaseResolver, TaskResolver } from './task.resolver.js';
import { TeamResolver } from './team.resolver.js';
import { ViewerResolver } from './viewer.resolver.js';
import { CommunicationResolver, WaiverResolver } from './waiver.resolver.js';

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
