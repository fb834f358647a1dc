import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { ApiClient } from './client.js';
import type { Estate } from './estate.js';
import type { Screen } from './screen.js';
import type { StoryResult } from './story.js';

const TRACE = `query Trace($change: ID!) {
  change: node(id: $change) { ... on Change {
    number outcome
    release { number state
      contents(first: 5) { nodes { baselineDigest dmlItemVersion { label item { name } } } }
      distributions(first: 5) { nodes { number state
        targets(first: 100, filter: { state: { eq: SUCCEEDED } }) { nodes { state attempt ci { name
          installations(first: 1, current: true) { nodes {
            digest assurance dmlItemVersion { label } previous { dmlItemVersion { label } } distribution { number }
          } }
        } } }
      } }
    }
  } }
}`;

/** How many targets of a distribution are shown; the files of all are verified. */
const SHOWN = 3;

interface Trace {
  readonly change: {
    readonly number: string;
    readonly outcome: string;
    readonly release: {
      readonly number: string;
      readonly state: string;
      readonly contents: {
        readonly nodes: readonly {
          readonly baselineDigest: string;
          readonly dmlItemVersion: { readonly label: string; readonly item: { readonly name: string } };
        }[];
      };
      readonly distributions: {
        readonly nodes: readonly {
          readonly number: string;
          readonly state: string;
          readonly targets: {
            readonly nodes: readonly {
              readonly state: string;
              readonly attempt: number;
              readonly ci: {
                readonly name: string;
                readonly installations: {
                  readonly nodes: readonly {
                    readonly digest: string;
                    readonly assurance: string;
                    readonly dmlItemVersion: { readonly label: string };
                    readonly previous: { readonly dmlItemVersion: { readonly label: string } } | null;
                  }[];
                };
              };
            }[];
          };
        }[];
      };
    };
  };
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

/**
 * One query from the change to what each server runs now and ran before, compared with the files themselves.
 * @param packageFile the file that was uploaded.
 * @throws Error when a file does not have the digest in the CMDB.
 */
export async function showTrace(
  api: ApiClient,
  story: StoryResult,
  estate: Estate,
  packageFile: string,
  screen: Screen,
): Promise<void> {
  const { change } = await api.query<Trace>(TRACE, { change: story.changeId });
  screen.note(`${change.number} (${change.outcome})`);
  const { release } = change;
  screen.note(`└ ${release.number} (${release.state})`);
  for (const { dmlItemVersion, baselineDigest } of release.contents.nodes)
    screen.note(`  ├ ${dmlItemVersion.item.name} ${dmlItemVersion.label}, sha256 ${baselineDigest}`);
  for (const distribution of release.distributions.nodes) {
    screen.note(`  └ ${distribution.number} (${distribution.state})`);
    const all = distribution.targets.nodes;
    for (const [index, { ci, state, attempt }] of all.entries()) {
      const [installed] = ci.installations.nodes;
      if (!installed) throw new Error(`${ci.name} has no installation record`);
      const file = estate.fileOn(ci.name, installed.digest, basename(packageFile));
      const actual = await sha256(file);
      if (actual !== installed.digest || actual !== story.digest) throw new Error(`${file} has the digest ${actual}`);
      const before = installed.previous?.dmlItemVersion.label ?? 'nothing';
      const at = attempt > 1 ? ` at attempt ${attempt}` : '';
      const { dmlItemVersion, assurance } = installed;
      if (index === SHOWN) screen.note(`    ├ … and ${all.length - SHOWN} more, each with its file verified`);
      if (index >= SHOWN) continue;
      screen.note(
        `    ├ ${ci.name} ${state}${at}: runs ${dmlItemVersion.label} (${assurance}), before: ${before}; file verified`,
      );
    }
  }
  // Servers that came with the demo go with it.
  if (estate.tools !== undefined) return;
  screen.note(`Check it yourself:  sha256sum ${estate.fileOn('*', story.digest, basename(packageFile))}`);
}
