import { fileImportRead } from './file-import.reads.js';
import type { NodeType } from '../domain/node-id.js';
import { changeReleaseRequestRead } from './change/change-release-request.reads.js';
import { changeRead } from './change/change.reads.js';
import { absenceRead } from './people/absence.reads.js';
import { workingCalendarRead } from './people/working-calendar.reads.js';
import { accessGrantRead } from './people/access-grant.reads.js';
import { accessTokenRead } from './people/access-token.reads.js';
import { auditFindingRead } from './cmdb/audit-finding.reads.js';
import { configurationAuditRead } from './cmdb/configuration-audit.reads.js';
import { baselineRead } from './cmdb/baseline.reads.js';
import { identificationRuleRead } from './cmdb/identification-rule.reads.js';
import { suspectedDuplicateRead } from './cmdb/suspected-duplicate.reads.js';
import { sourcePrecedenceRead } from './cmdb/source-precedence.reads.js';
import { ciObservationRead } from './cmdb/ci-observation.reads.js';
import { classMigrationRead } from './cmdb/class-migration.reads.js';
import { classMisfitRead } from './cmdb/class-misfit.reads.js';
import { customClassRead } from './cmdb/custom-class.reads.js';
import { driftRead } from './cmdb/drift.reads.js';
import { ciRelationRead } from './cmdb/ci-relation.reads.js';
import { configurationItemRead } from './cmdb/configuration-item.reads.js';
import { deploymentToolRead } from './distribution/deployment-tool.reads.js';
import { distributionRead } from './distribution/distribution.reads.js';
import { installationRead } from './cmdb/installation.reads.js';
import { versionPinRead } from './cmdb/version-pin.reads.js';
import type { ReadModel } from './model.js';
import { personRead } from './people/person.reads.js';
import { releaseChangeRead } from './release/release-change.reads.js';
import { releaseCiRead } from './release/release-ci.reads.js';
import { releaseContentRead } from './release/release-content.reads.js';
import { releaseTemplateRead } from './release/release-template.reads.js';
import { releaseTemplateVersionRead } from './release/release-template-version.reads.js';
import { releaseRead } from './release/release.reads.js';
import { calendarFeedRead } from './schedule/calendar-feed.reads.js';
import { scheduleEntryRead } from './schedule/schedule-entry.reads.js';
import { scheduleWindowRead } from './schedule/schedule-window.reads.js';
import { taskRead } from './release/task.reads.js';
import { teamRead } from './people/team.reads.js';
import { testedContentRead } from './release/tested-content.reads.js';
import { communicationRead } from './release/communication.reads.js';
import { waiverRead } from './release/waiver.reads.js';
import { dmlItemRead } from './library/dml-item.reads.js';
import { dmlItemVersionRead } from './library/dml-item-version.reads.js';
import { dmlRepositoryRead } from './library/dml-repository.reads.js';
import { mediaBlobRead } from './library/media-blob.reads.js';
import { phaseRead } from './release/phase.reads.js';
import { decisionPointRead } from './distribution/decision-point.reads.js';
import { distributionWaveRead } from './distribution/distribution-wave.reads.js';
import { distributionRunRead } from './distribution/distribution-run.reads.js';
import { targetExecutionRead } from './distribution/target-execution.reads.js';
import { targetGroupRead } from './distribution/target-group.reads.js';
import { targetReportRead } from './distribution/target-report.reads.js';

/** How every type that `node` can fetch is read. A type that is missing here is not a Node. */
export const readModels: Readonly<Partial<Record<NodeType, ReadModel>>> = {
  Absence: absenceRead,
  AccessGrant: accessGrantRead,
  AccessToken: accessTokenRead,
  AuditFinding: auditFindingRead,
  Baseline: baselineRead,
  CalendarFeed: calendarFeedRead,
  Change: changeRead,
  ChangeReleaseRequest: changeReleaseRequestRead,
  CiObservation: ciObservationRead,
  IdentificationRule: identificationRuleRead,
  SourcePrecedence: sourcePrecedenceRead,
  SuspectedDuplicate: suspectedDuplicateRead,
  CiRelation: ciRelationRead,
  ClassMigration: classMigrationRead,
  ClassMisfit: classMisfitRead,
  Communication: communicationRead,
  ConfigurationAudit: configurationAuditRead,
  ConfigurationItem: configurationItemRead,
  CustomClass: customClassRead,
  DecisionPoint: decisionPointRead,
  DeploymentTool: deploymentToolRead,
  Distribution: distributionRead,
  DistributionRun: distributionRunRead,
  DistributionWave: distributionWaveRead,
  DmlItem: dmlItemRead,
  DmlItemVersion: dmlItemVersionRead,
  DmlRepository: dmlRepositoryRead,
  Drift: driftRead,
  FileImport: fileImportRead,
  Installation: installationRead,
  VersionPin: versionPinRead,
  MediaBlob: mediaBlobRead,
  Person: personRead,
  Phase: phaseRead,
  Release: releaseRead,
  ReleaseChange: releaseChangeRead,
  ReleaseCi: releaseCiRead,
  ReleaseContent: releaseContentRead,
  ReleaseTemplate: releaseTemplateRead,
  ReleaseTemplateVersion: releaseTemplateVersionRead,
  ScheduleEntry: scheduleEntryRead,
  ScheduleWindow: scheduleWindowRead,
  TargetExecution: targetExecutionRead,
  TargetGroup: targetGroupRead,
  TargetReport: targetReportRead,
  Task: taskRead,
  Team: teamRead,
  TestedContent: testedContentRead,
  Waiver: waiverRead,
  WorkingCalendar: workingCalendarRead,
};
