import { Arg, Authorized, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { ListInput } from '../../domain/list.js';
import { accessGrantMachine } from '../../domain/people/access-grant.machine.js';
import { accessGrantFacts } from '../../facts/people/access-grant.facts.js';
import { accessGrantRead } from '../../reads/people/access-grant.reads.js';
import { accessTokenRead } from '../../reads/people/access-token.reads.js';
import { personRead } from '../../reads/people/person.reads.js';
import { commandFields, inputType, idempotencyKey, optional } from '../../schema/fields.js';
import { ListArgs } from '../../schema/list.js';
import { AccessGrantConfirmPayload, accessGrantList, AccessGrantType } from '../../schema/people/access-grant.type.js';
import { AccessTokenType } from '../../schema/people/access-token.type.js';
import { PersonType } from '../../schema/people/person.type.js';
import { AvailableCommandType } from '../../schema/user-error.type.js';
import { accessGrantConfirm } from '../../services/people/access-grant.service.js';
import { presentCommands } from '../available-commands.js';
import { command } from '../command.js';
import type { Context } from '../context.js';

const AccessGrantConfirmInput = inputType('AccessGrantConfirmInput', 'Confirmation of an access grant.', {
  ...commandFields('access grant'),
  reason: optional(String, 'Reason, at most 2,000 characters; shown as `decisionReason`.'),
  idempotencyKey,
});

const shows = { mutation: 'accessGrantConfirm', field: 'accessGrant', model: accessGrantRead };

/** The list of access grants, their related objects, and the confirmation, which can return a token. */
@Resolver(() => AccessGrantType)
export class AccessGrantResolver {
  @Authorized('ADMINISTRATOR', 'AUDITOR')
  @Query(() => accessGrantList.Connection, {
    description: 'Lists access grants: proposed, confirmed, declined and expired.',
  })
  accessGrants(@ListArgs(accessGrantList, 'oldest first') list: ListInput, @Ctx() { reads }: Context) {
    return reads.page(accessGrantRead, list);
  }

  @FieldResolver(() => PersonType, { description: 'Person who receives the access.' })
  person(@Root() grant: AccessGrantType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, grant.personId);
  }

  @FieldResolver(() => PersonType, { description: 'Administrator who proposed it.' })
  proposedBy(@Root() grant: AccessGrantType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, grant.proposedById);
  }

  @FieldResolver(() => AccessTokenType, {
    nullable: true,
    description: 'Token with which it was proposed. Null for somebody who signed in at the identity provider.',
  })
  proposedWith(@Root() grant: AccessGrantType, @Ctx() { reads }: Context) {
    return reads.byId(accessTokenRead, grant.proposedWithId);
  }

  @FieldResolver(() => PersonType, {
    nullable: true,
    description:
      'Administrator who confirmed or declined it. Null while the grant is open, and if the server ended it.',
  })
  decidedBy(@Root() grant: AccessGrantType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, grant.decidedById);
  }

  @FieldResolver(() => AccessTokenType, {
    nullable: true,
    description: 'Token that the confirmation created. Null until then, and for other kinds.',
  })
  accessToken(@Root() grant: AccessGrantType, @Ctx() { reads }: Context) {
    return reads.byId(accessTokenRead, grant.accessTokenId);
  }

  @FieldResolver(() => [AvailableCommandType], {
    description: 'Commands in the current state, with the blockers that apply to you.',
  })
  async availableCommands(@Root() grant: AccessGrantType, @Ctx() { reads, services }: Context) {
    const facts = await reads.batch(
      'accessGrant.facts',
      async (ids, db, actor) => await accessGrantFacts(db, actor, ids, services.clock()),
      grant.id,
    );
    return await presentCommands(reads, accessGrantMachine, grant.state, facts);
  }

  @Authorized('ADMINISTRATOR')
  @Mutation(() => AccessGrantConfirmPayload, {
    description:
      'Confirms an access grant, which takes effect at once. You must be neither its proposer nor its ' +
      'recipient, and your token must not descend from the token of the proposal or from the same token. ' +
      '`secret` returns the text of a new token once, for you to hand over; a replay with the same ' +
      'idempotency key does not return it.',
  })
  async accessGrantConfirm(
    @Arg('input', () => AccessGrantConfirmInput, { description: 'Access grant to confirm.' })
    input: InstanceType<typeof AccessGrantConfirmInput>,
    @Ctx() context: Context,
  ) {
    let secret: string | null = null;
    const payload = await command(context, shows, input, async (uow) => {
      const { grant, text } = await accessGrantConfirm(uow, input);
      secret = text;
      return grant;
    });
    // An attempt that lost a race for the same key produced a text for a token that does not exist.
    return { ...payload, secret: payload.replayed || payload.userErrors.length > 0 ? null : secret };
  }
}
