import { AccessToken } from './access-token.entity.js';
import { Change, ChangeCi, ChangeReleaseRequest } from './change.entity.js';
import { CiRelation, ConfigurationItem } from './configuration-item.entity.js';
import { DeploymentTool } from './deployment-tool.entity.js';
import { Distribution, DistributionContent, DistributionRun, TargetExecution, TargetReport } from './distribution.entity.js';
import { DmlItem, DmlItemVersion, DmlRepository, MediaBlob } from './dml.entity.js';
import { DomainEvent } from './domain-event.entity.js';
import { IdempotencyRecord } from './idempotency-record.entity.js';
import { Installation } from './installation.entity.js';
import { Person } from './person.entity.js';
import { ReleaseChange, ReleaseCi, ReleaseContent } from './release-scope.entity.js';
import { ReleaseTemplate, ReleaseTemplateVersion } from './release-template.entity.js';
import { Communication, Release, ReleasePlanner } from './release.entity.js';
import { ScheduleEntry, ScheduleWindow, ScheduleWindowCi, Waiver } from './schedule.entity.js';
import { Phase, Task, TaskDependency } from './task.entity.js';
import { Team, TeamMember } from './team.entity.js';

/** Every table of Interlock, for the ORM. */
export const entities = [
  AccessToken,
  Change,
  ChangeCi,
  ChangeReleaseRequest,
  CiRelation,
  Communication,
  ConfigurationItem,
  DeploymentTool,
  Distribution,
  DistributionContent,
  DistributionRun,
  DmlItem,
  DmlItemVersion,
  DmlRepository,
  DomainEvent,
  IdempotencyRecord,
  Installation,
  MediaBlob,
  Person,
  Phase,
  Release,
  ReleaseChange,
  ReleaseCi,
  ReleaseContent,
  ReleasePlanner,
  ReleaseTemplate,
  ReleaseTemplateVersion,
  ScheduleEntry,
  ScheduleWindow,
  ScheduleWindowCi,
  TargetExecution,
  TargetReport,
  Task,
  TaskDependency,
  Team,
  TeamMember,
  Waiver,
];
