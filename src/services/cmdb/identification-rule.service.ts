import { LockMode } from '@mikro-orm/core';
import { sql } from 'kysely';
import type { CiClass } from '../../domain/cmdb/configuration-item.machine.js';
import { problemOfIdentifiers, type Identifier } from '../../domain/cmdb/identification.js';
import { RequestError } from '../../domain/errors.js';
import { IdentificationRule } from '../../entities/cmdb/identification-rule.entity.js';
import { expectVersion } from '../load.js';
import { unlessSame } from '../text.js';
import type { UnitOfWork } from '../unit-of-work.js';

const TYPE = 'IdentificationRule' as const;

interface RuleInput {
  readonly ciClass: CiClass;
  readonly expectedVersion?: number | null;
  readonly reason?: string | null;
}

/** The rule of a class, locked; a new one that says the default if the class has none of its own. */
async function ruleOf(uow: UnitOfWork, { ciClass, expectedVersion }: RuleInput): Promise<IdentificationRule> {
  const rule =
    (await uow.em.findOne(IdentificationRule, { ciClass }, { lockMode: LockMode.PESSIMISTIC_WRITE })) ??
    uow.em.create(IdentificationRule, { ciClass, identifiers: null });
  expectVersion(rule, expectedVersion);
  return rule;
}

async function write(
  uow: UnitOfWork,
  rule: IdentificationRule,
  identifiers: Identifier[] | null,
  input: RuleInput,
): Promise<void> {
  const wanted = identifiers && unlessSame(identifiers, rule.identifiers);
  const isSame = wanted === rule.identifiers;
  rule.identifiers = wanted;
  uow.record({
    type: 'identification-rule.updated',
    subjectType: TYPE,
    subject: Object.assign(rule, { name: rule.ciClass }),
    reason: input.reason ?? null,
    data: { ciClass: rule.ciClass },
  });
  if (isSame) return;
  // Items that the other rule holds for one are suspected from now on. A job compares them in turns.
  await uow.query(sql`
    insert into duplicate_stale (ci_id) select id from configuration_item where ci_class = ${rule.ciClass}`);
}

/**
 * Sets by what observed things of a class are identified. Items that are recorded already stay as they are.
 * @throws RequestError BAD_USER_INPUT, CONFLICT
 */
export async function identificationRuleSet(
  uow: UnitOfWork,
  input: RuleInput & { readonly identifiers: readonly Identifier[] },
): Promise<IdentificationRule> {
  const identifiers = input.identifiers.map(({ fields, comparison }) => ({ fields: [...fields], comparison }));
  const problem = problemOfIdentifiers(identifiers);
  if (problem !== undefined) throw new RequestError('BAD_USER_INPUT', problem, { field: 'identifiers' });
  const rule = await ruleOf(uow, input);
  await write(uow, rule, identifiers, input);
  return rule;
}

/** Gives a class the default rule again. @throws RequestError CONFLICT */
export async function identificationRuleReset(uow: UnitOfWork, input: RuleInput): Promise<IdentificationRule> {
  const rule = await ruleOf(uow, input);
  await write(uow, rule, null, input);
  return rule;
}
