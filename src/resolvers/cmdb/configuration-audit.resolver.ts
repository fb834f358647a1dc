import { Authorized, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { auditFindingMachine, configurationAuditMachine } from '../../domain/cmdb/audit.machine.js';
import type { ListInput } from '../../domain/list.js';
import { auditFindingFacts, configurationAuditFacts } from '../../facts/cmdb/audit.facts.js';
import { baselineRead } from '../../reads/cmdb/baseline.reads.js';
import { auditFindingRead, findingsOfAudit, findingsOfCi } from '../../reads/cmdb/audit-finding.reads.js';
import { configurationAuditRead } from '../../reads/cmdb/configuration-audit.reads.js';
import { configurationItemRead } from '../../reads/cmdb/configuration-item.reads.js';
import { driftRead } from '../../reads/cmdb/drift.reads.js';
import { dmlItemVersionRead } from '../../reads/library/dml-item-version.reads.js';
import { personRead } from '../../reads/people/person.reads.js';
import { BaselineType } from '../../schema/cmdb/baseline.type.js';
import { auditFindingList, AuditFindingType } from '../../schema/cmdb/audit-finding.type.js';
import { configurationAuditList, ConfigurationAuditType } from '../../schema/cmdb/configuration-audit.type.js';
import { ConfigurationItemType } from '../../schema/cmdb/configuration-item.type.js';
import { DriftType } from '../../schema/cmdb/drift.type.js';
import { DmlItemVersionType } from '../../schema/library/dml-item-version.type.js';
import { ListArgs } from '../../schema/list.js';
import { PersonType } from '../../schema/people/person.type.js';
import { AvailableCommandType } from '../../schema/user-error.type.js';
import { presentCommands } from '../available-commands.js';
import type { Context } from '../context.js';
import { WORK } from '../work.js';

const COMMANDS = {
  complexity: WORK.facts,
  description: 'Commands in the current state, with the blockers that apply to you.',
};

/** Configuration audits, and what they refer to. */
@Resolver(() => ConfigurationAuditType)
export class ConfigurationAuditResolver {
  @Authorized()
  @Query(() => configurationAuditList.Connection, { description: 'Lists configuration audits.' })
  configurationAudits(@ListArgs(configurationAuditList, 'oldest first') list: ListInput, @Ctx() { reads }: Context) {
    return reads.page(configurationAuditRead, list);
  }

  @FieldResolver(() => ConfigurationItemType, {
    nullable: true,
    description: 'Item that is audited. Null for an audit against a baseline.',
  })
  ci(@Root() audit: ConfigurationAuditType, @Ctx() { reads }: Context) {
    return reads.byId(configurationItemRead, audit.ciId);
  }

  @FieldResolver(() => BaselineType, {
    nullable: true,
    description: 'Approved baseline that the record is compared with. Null without one.',
  })
  baseline(@Root() audit: ConfigurationAuditType, @Ctx() { reads }: Context) {
    return reads.byId(baselineRead, audit.baselineId);
  }

  @FieldResolver(() => PersonType, { description: 'Person who started it.' })
  startedBy(@Root() audit: ConfigurationAuditType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, audit.startedById);
  }

  @FieldResolver(() => auditFindingList.Connection, { description: 'Findings of the audit so far.' })
  auditFindings(
    @Root() audit: ConfigurationAuditType,
    @ListArgs(auditFindingList, 'oldest first') list: ListInput,
    @Ctx() { reads }: Context,
  ) {
    return reads.edge(findingsOfAudit, audit.id, list);
  }

  @FieldResolver(() => [AvailableCommandType], COMMANDS)
  async availableCommands(@Root() audit: ConfigurationAuditType, @Ctx() { reads }: Context) {
    const facts = await reads.batch(
      'configurationAudit.facts',
      async (ids, db, actor) => await configurationAuditFacts(db, actor, ids),
      audit.id,
    );
    return await presentCommands(reads, configurationAuditMachine, audit.state, facts);
  }
}

/** Audit findings, and what they refer to. */
@Resolver(() => AuditFindingType)
export class AuditFindingResolver {
  @Authorized()
  @Query(() => auditFindingList.Connection, {
    description: 'Lists audit findings. With `state: OPEN` and `owner`, the work list of a person.',
  })
  auditFindings(@ListArgs(auditFindingList, 'oldest first') list: ListInput, @Ctx() { reads }: Context) {
    return reads.page(auditFindingRead, list);
  }

  @FieldResolver(() => ConfigurationAuditType, { description: 'Audit that found it.' })
  audit(@Root() finding: AuditFindingType, @Ctx() { reads }: Context) {
    return reads.byId(configurationAuditRead, finding.auditId);
  }

  @FieldResolver(() => ConfigurationItemType, { description: 'Item that it is about.' })
  ci(@Root() finding: AuditFindingType, @Ctx() { reads }: Context) {
    return reads.byId(configurationItemRead, finding.ciId);
  }

  @FieldResolver(() => DriftType, { nullable: true, description: 'Drift that it is about. Null for other kinds.' })
  drift(@Root() finding: AuditFindingType, @Ctx() { reads }: Context) {
    return reads.byId(driftRead, finding.driftId);
  }

  @FieldResolver(() => DmlItemVersionType, {
    nullable: true,
    description: 'Version that it is about. Null for other kinds.',
  })
  dmlItemVersion(@Root() finding: AuditFindingType, @Ctx() { reads }: Context) {
    return reads.byId(dmlItemVersionRead, finding.dmlItemVersionId);
  }

  @FieldResolver(() => PersonType, {
    nullable: true,
    description: 'Person who has to look at it. Null if nobody was named.',
  })
  owner(@Root() finding: AuditFindingType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, finding.ownerId);
  }

  @FieldResolver(() => PersonType, { nullable: true, description: 'Person who closed it. Null while it is open.' })
  closedBy(@Root() finding: AuditFindingType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, finding.closedById);
  }

  @FieldResolver(() => [AvailableCommandType], COMMANDS)
  async availableCommands(@Root() finding: AuditFindingType, @Ctx() { reads }: Context) {
    const facts = await reads.batch(
      'auditFinding.facts',
      async (ids, db, actor) => await auditFindingFacts(db, actor, ids),
      finding.id,
    );
    return await presentCommands(reads, auditFindingMachine, finding.state, facts);
  }
}

/** What audits found about a configuration item. */
@Resolver(() => ConfigurationItemType)
export class ConfigurationItemAuditFindingsResolver {
  @FieldResolver(() => auditFindingList.Connection, { description: 'What audits found about the item.' })
  auditFindings(
    @Root() ci: ConfigurationItemType,
    @ListArgs(auditFindingList, 'oldest first') list: ListInput,
    @Ctx() { reads }: Context,
  ) {
    return reads.edge(findingsOfCi, ci.id, list);
  }
}
