/** Who may call the simulated server: HTTP Basic, or a WS-Security UsernameToken. */
import { createHash } from 'node:crypto';

function basicProblem(auth, { authorization = '' }) {
  const given = Buffer.from(authorization.replace(/^Basic /, ''), 'base64').toString('utf8');
  const at = given.indexOf(':');
  return given.slice(0, at) === auth.username && given.slice(at + 1) === process.env.TPM_PASSWORD ? undefined : 'basic';
}

/** Why a caller is refused; undefined for one who is not, and `basic` for one who must show a password over HTTP. */
export function authProblem({ auth }, headers, header) {
  if (auth.kind === 'basic') return basicProblem(auth, headers);
  const part = (name) => header?.getElementsByTagNameNS('*', name)[0];
  const text = (name) => part(name)?.textContent ?? '';
  const type = part('Password')?.getAttribute('Type') ?? '';
  const digest = createHash('sha1')
    .update(Buffer.from(text('Nonce'), 'base64'))
    .update(text('Created') + process.env.TPM_PASSWORD)
    .digest('base64');
  const right =
    auth.kind === 'wsse-digest'
      ? type.endsWith('#PasswordDigest') && text('Password') === digest
      : type.endsWith('#PasswordText') && text('Password') === process.env.TPM_PASSWORD;
  return right && text('Username') === auth.username ? undefined : 'The security token could not be authenticated.';
}
