import { AccessToken } from './people/access-token.entity.js';
import { Change, ChangeCi, ChangeReleaseRequest } from './change/change.entity.js';
import { CiRelation, ConfigurationItem } from './cmdb/configuration-item.entity.js';
import { DeploymentTool } from './distribution/deployment-tool.entity.js';
import {
  Distribution,
  DistributionContent,
  DistributionRun,
  TargetExecution,
  TargetReport,
} from './distribution/distribution.entity.js';
import { DmlItem, DmlItemVersion, DmlRepository, MediaBlob } from './library/dml.entity.js';
import { DomainEvent } from './domain-event.entity.js';
import { IdempotencyRecord } from './idempotency-record.entity.js';
import { Installation } from './cmdb/installation.entity.js';
import { Person } from './people/person.entity.js';
import { ReleaseChange, ReleaseCi, ReleaseContent } from './release/release-scope.entity.js';
import { ReleaseTemplate, ReleaseTemplateVersion } from './release/release-template.entity.js';
import { Communication, Release, ReleasePlanner } from './release/release.entity.js';
import { ScheduleEntry, ScheduleWindow, ScheduleWindowCi, Waiver } from './schedule/schedule.entity.js';
import { Phase, Task, TaskDependency } from './release/task.entity.js';
import { Team, TeamMember } from './people/team.entity.js';

/** All entities, for the ORM. */
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
