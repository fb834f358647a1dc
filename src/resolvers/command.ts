import type { Blocker } from '../domain/blocker.js';
import { Refusal } from '../domain/errors.js';
import { readModels } from '../reads/models.js';
import type { ReadModel, ReadRow } from '../reads/model.js';
import { rowStatement, type Reads } from '../reads/reads.js';
import { once, type CommandInput } from '../services/command.js';
import { transact, type UnitOfWork } from '../services/unit-of-work.js';
import { signedIn } from './authorise.js';
import type { Context } from './context.js';

/** Result of a mutation. The payload types of the schema have these fields, plus the object under its own name. */
export type Payload = Readonly<Record<string, unknown>> & {
  readonly userErrors: readonly object[];
  readonly replayed: boolean;
  readonly query: object;
};

/** The object that a mutation returns in its payload. */
export interface PayloadObject<Row extends ReadRow> {
  /** Name of the mutation; the idempotency key is bound to it. */
  readonly mutation: string;
  /** Name of the payload's field. */
  readonly field: string;
  readonly model: ReadModel<Row>;
}

/** Loads the objects of a blocker for the API. Objects that the actor cannot read are left out. */
export async function presentBlocker(reads: Reads, { subject, via, ...rest }: Blocker): Promise<object> {
  const load = async (ref: Blocker['subject']) => {
    const model = ref && readModels[ref.type as keyof typeof readModels];
    if (!ref || !model) return null;
    return await reads.node<ReadRow>(model, ref.id).catch(() => null);
  };
  return {
    __typename: 'Blocker',
    ...rest,
    path: rest.path ?? null,
    opensAt: rest.opensAt ?? null,
    subject: await load(subject),
    via: (await Promise.all((via ?? []).map(load))).filter((row) => row !== null),
  };
}

/**
 * Runs a use case for a mutation: one transaction, at most one effect per idempotency key, refusals as `userErrors`.
 * The object is read again after the commit, in the same round trip if there is one.
 * @throws RequestError when the request itself is invalid.
 */
export async function command<Row extends ReadRow>(
  context: Context,
  { mutation, field, model }: PayloadObject<Row>,
  input: CommandInput,
  useCase: (uow: UnitOfWork) => Promise<{ readonly id: string }>,
): Promise<Payload> {
  const origin = { actor: signedIn(context), requestId: context.requestId };
  let row: Row | undefined;
  try {
    const { id, replayed } = await transact(
      context.services,
      origin,
      async (uow) => await once(uow, mutation, input, useCase),
      { statement: ({ id }) => rowStatement(model, id), found: (rows) => (row = rows[0] as Row | undefined) },
    );
    context.reads.clear();
    if (row) context.reads.know(model, row);
    return { [field]: await context.reads.byId(model, id), userErrors: [], replayed, query: {} };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    context.reads.clear();
    const userErrors = await Promise.all(
      error.blockers.map(async (blocker) => await presentBlocker(context.reads, blocker)),
    );
    return { [field]: null, userErrors, replayed: false, query: {} };
  }
}
