/** What the stories of the two Tivoli products share: the sentence that they play, and a log to look into. */
import { Writable } from 'node:stream';
import { pino, type Logger } from 'pino';

/** The tool mentor of the process, word for word. */
export const MENTOR =
  'Using the integration modules developed for Tivoli Configuration Manager or Tivoli Provisioning Manager, the ' +
  'Release Management process step of distribute and install can automate the invocation of those operational ' +
  'management products to perform the distribution to the appropriate target CIs at the scheduled time. The ' +
  'integration module can also accept status back from those products so they can indicate when the distribution is ' +
  'complete and a status of whether if was successful or had a failure.';

/** A log of everything, and what it says. */
export function keptLog(): { readonly log: Logger; text(): string } {
  const lines: string[] = [];
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      lines.push(String(chunk));
      done();
    },
  });
  return { log: pino({ level: 'trace' }, stream), text: () => lines.join('') };
}
