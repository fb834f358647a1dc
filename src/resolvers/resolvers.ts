import { FileImportResolver } from './file-import.resolver.js';
import type { NonEmptyArray } from 'type-graphql';
import { AbsenceCommands } from './people/absence.commands.js';
import { AbsenceResolver, PersonAbsencesResolver } from './people/absence.resolver.js';
import { WorkingCalendarCommands } from './people/working-calendar.commands.js';
import {
  ConfigurationItemServiceHoursResolver,
  PersonWorkingCalendarResolver,
  TeamWorkingCalendarResolver,
  WorkingCalendarResolver,
} from './people/working-calendar.resolver.js';
import { AccessGrantResolver } from './people/access-grant.resolver.js';
import { CalendarFeedResolver, ViewerCalendarResolver } from './schedule/calendar-feed.resolver.js';
import { AccessTokenResolver } from './people/access-token.resolver.js';
import { ChangeReleaseRequestResolver, ReleaseCandidateResolver } from './change/change-release-request.resolver.js';
import { ChangeResolver, ConfigurationItemChangesResolver } from './change/change.resolver.js';
import {
  ConfigurationItemCriticalityResolver,
  EffectiveCriticalityResolver,
} from './cmdb/effective-criticality.resolver.js';
import { ConfigurationItemImportResolver } from './cmdb/configuration-item-import.resolver.js';
import { AssurancePolicyResolver } from './cmdb/assurance-policy.resolver.js';
import { CiRelationResolver } from './cmdb/ci-relation.resolver.js';
import { CiTouchResolver } from './cmdb/ci-touch.resolver.js';
import { ConfigurationItemResolver } from './cmdb/configuration-item.resolver.js';
import { IMPACT_RESOLVERS } from './cmdb/impacted-ci.resolver.js';
import { DeploymentToolResolver } from './distribution/deployment-tool.resolver.js';
import {
  DistributionContentResolver,
  DistributionEdgesResolver,
  ReleaseDistributionsResolver,
} from './distribution/distribution-edges.resolver.js';
import { DistributionStreamResolver } from './distribution/distribution-stream.resolver.js';
import { DistributionResolver } from './distribution/distribution.resolver.js';
import { DmlItemVersionResolver } from './library/dml-item-version.resolver.js';
import { ConfigurationItemMediaResolver, DmlItemResolver } from './library/dml-item.resolver.js';
import { DmlRepositoryResolver } from './library/dml-repository.resolver.js';
import { EventResolver } from './event.resolver.js';
import {
  ConfigurationItemVersionPinsResolver,
  DmlItemVersionPinsResolver,
  VersionPinResolver,
} from './cmdb/version-pin.resolver.js';
import { customClassResolvers } from './cmdb/custom-class.resolvers.js';
import { baselineResolvers } from './cmdb/baseline.resolvers.js';
import { configurationAuditResolvers } from './cmdb/configuration-audit.resolvers.js';
import { observationResolvers } from './cmdb/observation.resolvers.js';
import { VersionPinCommands } from './cmdb/version-pin.commands.js';
import {
  ConfigurationItemInstallationsResolver,
  DmlItemVersionInstallationsResolver,
  InstallationResolver,
  ReleaseInstallationsResolver,
} from './cmdb/installation.resolver.js';
import { MediaBlobResolver } from './library/media-blob.resolver.js';
import { ChangeSnapshotResolver } from './change/change-snapshot.resolver.js';
import { CI_SNAPSHOT_RESOLVERS } from './cmdb/ci-snapshot.resolver.js';
import { INSTALLATION_SNAPSHOT_RESOLVERS } from './cmdb/installation-snapshot.resolver.js';
import { DML_SNAPSHOT_RESOLVERS } from './library/dml-snapshot.resolver.js';
import { ReleaseContentSnapshotResolver, ReleaseSnapshotResolver } from './release/release-snapshot.resolver.js';
import {
  CiRelationDifferenceResolver,
  InstallationDifferenceResolver,
  SnapshotDiffResolver,
} from './snapshot-diff.resolver.js';
import { SnapshotResolver } from './snapshot.resolver.js';
import { NodeResolver } from './node.resolver.js';
import { PersonResolver } from './people/person.resolver.js';
import { ReleaseChangeResolver } from './release/release-change.resolver.js';
import { ReleaseCiResolver } from './release/release-ci.resolver.js';
import { ReleaseContentResolver } from './release/release-content.resolver.js';
import { ReleaseScopeResolver } from './release/release-scope.resolver.js';
import { ReleaseTemplateResolver } from './release/release-template.resolver.js';
import { ReleaseTemplateVersionResolver } from './release/release-template-version.resolver.js';
import { AddedStepResolver, DecidingTargetResolver, ForcedStepResolver } from './release/release-plan.resolver.js';
import { ReleaseHoldResolver } from './release/release-hold.resolver.js';
import { ReleaseResolver } from './release/release.resolver.js';
import { ReleaseAcceptanceResolver } from './release/release-acceptance.resolver.js';
import { ScheduleConflictPartyResolver } from './schedule/schedule-conflict-party.resolver.js';
import { BackOutResidualResolver } from './release/back-out-residual.resolver.js';
import { ScheduleConflictResolver } from './schedule/schedule-conflict.resolver.js';
import { ConfigurationItemScheduleResolver, ReleaseScheduleResolver } from './schedule/schedule-edges.resolver.js';
import { ScheduleEntryResolver } from './schedule/schedule-entry.resolver.js';
import { ServiceOutageResolver } from './schedule/service-outage.resolver.js';
import { ScheduleSlotResolver } from './schedule/schedule-slot.resolver.js';
import { ScheduleWindowImportResolver } from './schedule/schedule-window-import.resolver.js';
import { ScheduleWindowResolver } from './schedule/schedule-window.resolver.js';
import {
  ConfigurationItemWindowStatusResolver,
  ReleaseWindowStatusResolver,
} from './schedule/window-status.resolver.js';
import {
  ConfigurationItemDeliveriesResolver,
  TargetExecutionResolver,
} from './distribution/target-execution.resolver.js';
import { DecisionPointCommands } from './distribution/decision-point.commands.js';
import { DecisionPointResolver, DistributionDecisionsResolver } from './distribution/decision-point.resolver.js';
import {
  DistributionWaveResolver,
  DistributionWavesResolver,
  TargetExecutionWaveResolver,
} from './distribution/distribution-wave.resolver.js';
import { RolloutCommands } from './distribution/rollout.commands.js';
import { DistributionRunResolver } from './distribution/distribution-run.resolver.js';
import {
  DistributionPreflightOfResolver,
  DistributionPreflightResolver,
} from './distribution/distribution-preflight.resolver.js';
import { MoveFollowerResolver, MoveWarningResolver, ReleaseMoveResolver } from './release/release-move.resolver.js';
import {
  ClassPredictionResolver,
  DistributionSimulationResolver,
} from './distribution/distribution-simulation.resolver.js';
import { TargetChangesResolver, TargetChoiceResolver } from './distribution/target-choice.resolver.js';
import { EvidenceFileResolver, EvidenceOfTargetResolver } from './distribution/evidence-file.resolver.js';
import { RunLogResolver, TargetLogResolver } from './distribution/run-log.resolver.js';
import { TargetGroupResolver } from './distribution/target-group.resolver.js';
import { TargetReportResolver } from './distribution/target-report.resolver.js';
import { TaskResolver } from './release/task.resolver.js';
import { TaskEvidenceResolver, TestedContentResolver } from './release/tested-content.resolver.js';
import { TeamResolver } from './people/team.resolver.js';
import { ViewerResolver } from './people/viewer.resolver.js';
import { WaiverResolver } from './release/waiver.resolver.js';
import { ChangeCommands } from './change/change.commands.js';
import { ChangeEditCommands } from './change/change-edit.commands.js';
import { ChangeReleaseRequestCommands } from './change/change-release-request.commands.js';
import { ConfigurationItemCommands } from './cmdb/configuration-item.commands.js';
import { DeploymentToolCommands } from './distribution/deployment-tool.commands.js';
import { DistributionCommands } from './distribution/distribution.commands.js';
import { TargetExecutionCommands } from './distribution/target-execution.commands.js';
import { TargetGroupCommands } from './distribution/target-group.commands.js';
import { DmlItemVersionCommands } from './library/dml-item-version.commands.js';
import { DmlItemCommands } from './library/dml-item.commands.js';
import { DmlRepositoryCommands } from './library/dml-repository.commands.js';
import { AccessGrantCommands } from './people/access-grant.commands.js';
import { CalendarFeedCommands } from './schedule/calendar-feed.commands.js';
import { AccessTokenCommands } from './people/access-token.commands.js';
import { PersonCommands } from './people/person.commands.js';
import { TeamCommands } from './people/team.commands.js';
import { PhaseCommands } from './release/phase.commands.js';
import { TaskPlanCommands } from './release/task-plan.commands.js';
import { ReleaseCommands } from './release/release.commands.js';
import { ReleaseEditCommands } from './release/release-edit.commands.js';
import { ReleaseScopeCommands } from './release/release-scope.commands.js';
import { ReleaseTemplateCommands } from './release/release-template.commands.js';
import { TaskCommands } from './release/task.commands.js';
import { WaiverCommands } from './release/waiver.commands.js';
import { CommunicationCommands } from './release/communication.commands.js';
import { ScheduleEntryCommands } from './schedule/schedule-entry.commands.js';
import { ScheduleWindowCommands } from './schedule/schedule-window.commands.js';
import { CommunicationResolver } from './release/communication.resolver.js';
import { PhaseResolver } from './release/phase.resolver.js';

/** Every resolver class of the API. A class that is missing here is not part of the schema. */
export const resolvers: NonEmptyArray<Function> = [
  NodeResolver,
  SnapshotResolver,
  SnapshotDiffResolver,
  CiRelationDifferenceResolver,
  InstallationDifferenceResolver,
  ...CI_SNAPSHOT_RESOLVERS,
  ...INSTALLATION_SNAPSHOT_RESOLVERS,
  ReleaseSnapshotResolver,
  ReleaseContentSnapshotResolver,
  ChangeSnapshotResolver,
  ...DML_SNAPSHOT_RESOLVERS,
  EventResolver,
  CiTouchResolver,
  ConfigurationItemResolver,
  ConfigurationItemCriticalityResolver,
  EffectiveCriticalityResolver,
  CiRelationResolver,
  ConfigurationItemImportResolver,
  ChangeResolver,
  ConfigurationItemChangesResolver,
  ChangeReleaseRequestResolver,
  ReleaseCandidateResolver,
  ReleaseScopeResolver,
  ReleaseChangeResolver,
  ReleaseCiResolver,
  ReleaseContentResolver,
  PersonResolver,
  ReleaseResolver,
  ReleaseAcceptanceResolver,
  ReleaseHoldResolver,
  DecidingTargetResolver,
  BackOutResidualResolver,
  ForcedStepResolver,
  AddedStepResolver,
  ReleaseTemplateResolver,
  ReleaseTemplateVersionResolver,
  TaskResolver,
  TaskEvidenceResolver,
  TestedContentResolver,
  PhaseResolver,
  WaiverResolver,
  CommunicationResolver,
  TeamResolver,
  WorkingCalendarResolver,
  PersonWorkingCalendarResolver,
  TeamWorkingCalendarResolver,
  ConfigurationItemServiceHoursResolver,
  AbsenceResolver,
  PersonAbsencesResolver,
  AccessGrantResolver,
  AccessTokenResolver,
  CalendarFeedResolver,
  ViewerCalendarResolver,
  ViewerResolver,
  AssurancePolicyResolver,
  DmlRepositoryResolver,
  DmlItemResolver,
  ConfigurationItemMediaResolver,
  DmlItemVersionResolver,
  MediaBlobResolver,
  ScheduleWindowImportResolver,
  ScheduleWindowResolver,
  ReleaseWindowStatusResolver,
  ConfigurationItemWindowStatusResolver,
  ScheduleEntryResolver,
  ScheduleConflictPartyResolver,
  ScheduleConflictResolver,
  ScheduleSlotResolver,
  ServiceOutageResolver,
  ReleaseScheduleResolver,
  ConfigurationItemScheduleResolver,
  ...IMPACT_RESOLVERS,
  DeploymentToolResolver,
  DistributionResolver,
  DistributionEdgesResolver,
  DistributionContentResolver,
  DistributionRunResolver,
  DistributionWaveResolver,
  DistributionWavesResolver,
  TargetExecutionWaveResolver,
  DecisionPointResolver,
  DistributionDecisionsResolver,
  DistributionStreamResolver,
  TargetExecutionResolver,
  TargetChoiceResolver,
  DistributionPreflightOfResolver,
  DistributionPreflightResolver,
  ClassPredictionResolver,
  DistributionSimulationResolver,
  ReleaseMoveResolver,
  MoveFollowerResolver,
  MoveWarningResolver,
  TargetChangesResolver,
  EvidenceFileResolver,
  EvidenceOfTargetResolver,
  RunLogResolver,
  TargetLogResolver,
  TargetGroupResolver,
  TargetReportResolver,
  ReleaseDistributionsResolver,
  ConfigurationItemDeliveriesResolver,
  FileImportResolver,
  InstallationResolver,
  ConfigurationItemInstallationsResolver,
  DmlItemVersionInstallationsResolver,
  ReleaseInstallationsResolver,
  ...observationResolvers,
  ...customClassResolvers,
  ...baselineResolvers,
  ...configurationAuditResolvers,
  VersionPinResolver,
  ConfigurationItemVersionPinsResolver,
  DmlItemVersionPinsResolver,
  VersionPinCommands,
  ChangeCommands,
  ChangeEditCommands,
  ChangeReleaseRequestCommands,
  ConfigurationItemCommands,
  DeploymentToolCommands,
  DistributionCommands,
  RolloutCommands,
  DecisionPointCommands,
  TargetExecutionCommands,
  TargetGroupCommands,
  DmlItemVersionCommands,
  DmlItemCommands,
  DmlRepositoryCommands,
  AccessGrantCommands,
  AccessTokenCommands,
  CalendarFeedCommands,
  PersonCommands,
  TeamCommands,
  WorkingCalendarCommands,
  AbsenceCommands,
  PhaseCommands,
  TaskPlanCommands,
  ReleaseCommands,
  ReleaseEditCommands,
  ReleaseScopeCommands,
  ReleaseTemplateCommands,
  TaskCommands,
  WaiverCommands,
  CommunicationCommands,
  ScheduleEntryCommands,
  ScheduleWindowCommands,
];
