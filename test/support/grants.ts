import type { TestClient } from './client.js';

const CONFIRM = `mutation($input: AccessGrantConfirmInput!) { accessGrantConfirm(input: $input) {
  secret replayed userErrors { code message }
  accessGrant { id state version accessToken { id expiresAt lineage } } } }`;

/** The payload of a confirmation, with the text of a new token. */
export async function confirm(by: TestClient, id: string, more: Record<string, unknown> = {}): Promise<any> {
  return (await by.ok(CONFIRM, { input: { id, ...more } })).accessGrantConfirm;
}

/**
 * Proposes access as one administrator.
 * @param what the end of the mutation's name, e.g. `Roles`.
 * @returns the id of the grant
 */
export async function propose(by: TestClient, what: string, input: Record<string, unknown>): Promise<string> {
  return (await by.run(`accessGrantPropose${what}`, { reason: 'Needed.', ...input }, 'accessGrant')).id;
}

/** Gives somebody access by two administrators. @returns the text of a new token; null for another kind of grant */
export async function giveAccess(
  [first, second]: readonly [TestClient, TestClient],
  what: string,
  input: Record<string, unknown>,
): Promise<string | null> {
  const { secret, userErrors } = await confirm(second, await propose(first, what, input));
  if (userErrors.length > 0) throw new Error(`The grant was refused: ${JSON.stringify(userErrors)}`);
  return secret;
}
