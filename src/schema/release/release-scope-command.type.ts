import { Field, ID, InputType, Int } from 'type-graphql';
import type { CiRole } from '../../domain/release/release-scope.js';
import { payloadType } from '../payload.js';
import { CiRoleEnum } from './release-scope.type.js';
import { ReleaseType } from './release.type.js';

/** What every edit of the scope of a release has. */
@InputType()
abstract class ScopeFields {
  @Field(() => ID, { description: 'The release.' })
  id!: string;
  @Field(() => Int, {
    nullable: true,
    description: 'The version that was read; when given, another one is refused with CONFLICT.',
  })
  expectedVersion?: number | null;
  @Field(() => Boolean, {
    nullable: true,
    description:
      'Consent to plan a COMMUNICATED release again: it leaves the schedule and has to be accepted anew. Default false.',
  })
  agreeToReplan?: boolean | null;
  @Field(() => String, {
    nullable: true,
    description:
      'Makes repeating the call safe: the same key with the same input gives the first result again. Kept at least 24 hours.',
  })
  idempotencyKey?: string | null;
}

/** Which configuration items to add or remove. */
@InputType()
abstract class ScopeCiFields extends ScopeFields {
  @Field(() => CiRoleEnum, { description: 'The part they play.' })
  role!: CiRole;
  @Field(() => [ID], { description: 'The configuration items. At most 500.' })
  ciIds!: string[];
  @Field(() => String, { nullable: true, description: 'Why; kept in the event.' })
  reason?: string | null;
}

/** Which media versions to add or remove. */
@InputType()
abstract class ScopeContentFields extends ScopeFields {
  @Field(() => [ID], { description: 'The DML item versions. At most 200.' })
  dmlItemVersionIds!: string[];
  @Field(() => String, { nullable: true, description: 'Why; kept in the event.' })
  reason?: string | null;
}

/** Input of `releaseAddCi`. */
@InputType('ReleaseAddCiInput', {
  description: 'Configuration items to add to the scope of a release directly, without a change.',
})
export class ReleaseAddCiInput extends ScopeCiFields {}

/** Input of `releaseRemoveCi`. */
@InputType('ReleaseRemoveCiInput', {
  description: 'Configuration items, added directly before, to take out of the scope of a release.',
})
export class ReleaseRemoveCiInput extends ScopeCiFields {}

/** Input of `releaseAddContent`. */
@InputType('ReleaseAddContentInput', { description: 'DML item versions to add to the package of a release.' })
export class ReleaseAddContentInput extends ScopeContentFields {}

/** Input of `releaseRemoveContent`. */
@InputType('ReleaseRemoveContentInput', { description: 'DML item versions to take out of the package of a release.' })
export class ReleaseRemoveContentInput extends ScopeContentFields {}

/** Input of `releaseRemoveChange`. */
@InputType('ReleaseRemoveChangeInput', { description: 'A change to take out of a release.' })
export class ReleaseRemoveChangeInput extends ScopeFields {
  @Field(() => ID, { description: 'The change.' })
  changeId!: string;
  @Field(() => String, { description: 'Why, in 1 to 2,000 characters; kept in the event.' })
  reason!: string;
}

export const ReleaseAddCiPayload = payloadType('releaseAddCi', 'release', () => ReleaseType);
export const ReleaseRemoveCiPayload = payloadType('releaseRemoveCi', 'release', () => ReleaseType);
export const ReleaseAddContentPayload = payloadType('releaseAddContent', 'release', () => ReleaseType);
export const ReleaseRemoveContentPayload = payloadType('releaseRemoveContent', 'release', () => ReleaseType);
export const ReleaseRemoveChangePayload = payloadType('releaseRemoveChange', 'release', () => ReleaseType);
