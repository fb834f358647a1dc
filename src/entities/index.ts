import { CiAttribute } from './cmdb/ci-attribute.entity.js';
import { ClassMigration } from './cmdb/class-migration.entity.js';
import { ClassMisfit } from './cmdb/class-misfit.entity.js';
import { CustomClass } from './cmdb/custom-class.entity.js';
import { FileImport } from './file-import.entity.js';
import { FileImportKey } from './file-import-key.entity.js';
import { FileImportResult } from './file-import-result.entity.js';
import { AccessGrant } from './people/access-grant.entity.js';
import { CalendarFeed } from './schedule/calendar-feed.entity.js';
import { AccessToken } from './people/access-token.entity.js';
import { Change } from './change/change.entity.js';
import { ChangeCi } from './change/change-ci.entity.js';
import { AuditFinding } from './cmdb/audit-finding.entity.js';
import { ConfigurationAudit } from './cmdb/configuration-audit.entity.js';
import { ConfigurationAuditItem } from './cmdb/configuration-audit-item.entity.js';
import { Baseline } from './cmdb/baseline.entity.js';
import { BaselineDue } from './cmdb/baseline-due.entity.js';
import { BaselineTarget } from './cmdb/baseline-target.entity.js';
import { CiObservation } from './cmdb/ci-observation.entity.js';
import { CiProvenance } from './cmdb/ci-provenance.entity.js';
import { CiRelation } from './cmdb/ci-relation.entity.js';
import { Drift } from './cmdb/drift.entity.js';
import { IdentificationRule } from './cmdb/identification-rule.entity.js';
import { SourcePrecedence } from './cmdb/source-precedence.entity.js';
import { DuplicateStale } from './cmdb/duplicate-stale.entity.js';
import { SuspectedDuplicate } from './cmdb/suspected-duplicate.entity.js';
import { DriftStale } from './cmdb/drift-stale.entity.js';
import { ConfigurationItem } from './cmdb/configuration-item.entity.js';
import { Contribution } from './contribution.entity.js';
import { DeploymentTool } from './distribution/deployment-tool.entity.js';
import { Distribution } from './distribution/distribution.entity.js';
import { DecisionPoint } from './distribution/decision-point.entity.js';
import { DistributionWave } from './distribution/distribution-wave.entity.js';
import { ApprovedTarget } from './distribution/approved-target.entity.js';
import { DistributionContent } from './distribution/distribution-content.entity.js';
import { DomainEvent } from './domain-event.entity.js';
import { EventZone } from './event-zone.entity.js';
import { IdempotencyRecord } from './idempotency-record.entity.js';
import { Installation } from './cmdb/installation.entity.js';
import { VersionPin } from './cmdb/version-pin.entity.js';
import { Person } from './people/person.entity.js';
import { ReleaseChange } from './release/release-change.entity.js';
import { ReleaseCi } from './release/release-ci.entity.js';
import { ReleaseContent } from './release/release-content.entity.js';
import { ReleaseDependency } from './release/release-dependency.entity.js';
import { ReleaseTemplate } from './release/release-template.entity.js';
import { ReleaseTemplateVersion } from './release/release-template-version.entity.js';
import { AcceptedTarget } from './release/accepted-target.entity.js';
import { Release } from './release/release.entity.js';
import { Task } from './release/task.entity.js';
import { TaskDependency } from './release/task-dependency.entity.js';
import { TestedContent } from './release/tested-content.entity.js';
import { Team } from './people/team.entity.js';
import { TeamMember } from './people/team-member.entity.js';
import { DmlItem } from './library/dml-item.entity.js';
import { DmlItemVersion } from './library/dml-item-version.entity.js';
import { DmlRepository } from './library/dml-repository.entity.js';
import { MediaBlob } from './library/media-blob.entity.js';
import { KeptConflict } from './schedule/schedule-conflict.entity.js';
import { ScheduleEntry } from './schedule/schedule-entry.entity.js';
import { ScheduleReach } from './schedule/schedule-reach.entity.js';
import { ScheduleStale } from './schedule/schedule-stale.entity.js';
import { ScheduleWindow } from './schedule/schedule-window.entity.js';
import { ScheduleWindowCi } from './schedule/schedule-window-ci.entity.js';
import { ScheduleWork } from './schedule/schedule-work.entity.js';
import { Waiver } from './release/waiver.entity.js';
import { Communication } from './release/communication.entity.js';
import { Phase } from './release/phase.entity.js';
import { ChangeReleaseRequest } from './change/change-release-request.entity.js';
import { DistributionPreflight } from './distribution/distribution-preflight.entity.js';
import { DistributionRun } from './distribution/distribution-run.entity.js';
import { TargetExecution } from './distribution/target-execution.entity.js';
import { EvidenceFile } from './distribution/evidence-file.entity.js';
import { RunLog } from './distribution/run-log.entity.js';
import { TargetGroup } from './distribution/target-group.entity.js';
import { TargetGroupCi } from './distribution/target-group-ci.entity.js';
import { TargetReport } from './distribution/target-report.entity.js';
import { Absence } from './people/absence.entity.js';
import { WorkingCalendar } from './people/working-calendar.entity.js';
import { WorkingCalendarUse } from './people/working-calendar-use.entity.js';

/** All entities, for the ORM. */
export const entities = [
  Absence,
  AcceptedTarget,
  AccessGrant,
  AccessToken,
  ApprovedTarget,
  AuditFinding,
  Baseline,
  BaselineDue,
  BaselineTarget,
  CalendarFeed,
  Change,
  ChangeCi,
  ChangeReleaseRequest,
  CiObservation,
  CiProvenance,
  CiRelation,
  Drift,
  DriftStale,
  DuplicateStale,
  SuspectedDuplicate,
  IdentificationRule,
  SourcePrecedence,
  Communication,
  ConfigurationAudit,
  ConfigurationAuditItem,
  ConfigurationItem,
  Contribution,
  DecisionPoint,
  DeploymentTool,
  Distribution,
  DistributionContent,
  DistributionPreflight,
  DistributionRun,
  DistributionWave,
  DmlItem,
  DmlItemVersion,
  DmlRepository,
  DomainEvent,
  EventZone,
  FileImport,
  FileImportKey,
  FileImportResult,
  IdempotencyRecord,
  Installation,
  VersionPin,
  MediaBlob,
  CiAttribute,
  ClassMigration,
  ClassMisfit,
  CustomClass,
  Person,
  Phase,
  Release,
  ReleaseChange,
  ReleaseCi,
  ReleaseContent,
  ReleaseDependency,
  ReleaseTemplate,
  ReleaseTemplateVersion,
  ScheduleEntry,
  ScheduleWindow,
  ScheduleWindowCi,
  ScheduleWork,
  ScheduleReach,
  KeptConflict,
  ScheduleStale,
  TargetExecution,
  EvidenceFile,
  RunLog,
  TargetGroup,
  TargetGroupCi,
  TargetReport,
  Task,
  TaskDependency,
  TestedContent,
  Team,
  TeamMember,
  Waiver,
  WorkingCalendar,
  WorkingCalendarUse,
];
