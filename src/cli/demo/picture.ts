import type { ApiClient } from './client.js';

const ROLLOUT = `query Rollout($id: ID!) {
  node(id: $id) { ... on Distribution {
    number state
    waves(first: 20) { nodes { name state
      targets(first: 100) { nodes { state excluded ci { name } } }
    } }
  } }
}`;

interface Rollout {
  readonly node: {
    readonly number: string;
    readonly state: string;
    readonly waves: {
      readonly nodes: readonly {
        readonly name: string;
        readonly state: string;
        readonly targets: {
          readonly nodes: readonly {
            readonly state: string;
            readonly excluded: boolean;
            readonly ci: { readonly name: string };
          }[];
        };
      }[];
    };
  };
}

/** Colours by state; anything else is grey. They differ in brightness, too. */
const COLOURS: Readonly<Record<string, string>> = {
  SUCCEEDED: '#2da44e',
  FAILED: '#cf222e',
  UNKNOWN: '#cf222e',
  EXPIRED: '#cf222e',
  CANCELLED: '#bf8700',
  SKIPPED: '#bf8700',
  PENDING: '#d0d7de',
};
const LABEL = 170;
const CELL = 22;
const PER_LINE = 20;
const LINE = 30;

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
const textAt = (x: number, y: number, text: string, style = '') =>
  `<text x="${x}" y="${y}"${style}>${escaped(text)}</text>`;

/** The picture of a rollout as SVG: a line for each wave, a square for each target, crossed out if it was excluded. */
export async function drawRollout(api: ApiClient, distributionId: string): Promise<string> {
  const { node } = await api.query<Rollout>(ROLLOUT, { id: distributionId });
  const parts: string[] = [];
  let y = 44;
  for (const { name, state, targets } of node.waves.nodes) {
    parts.push(textAt(12, y + 15, name, ' font-weight="bold"'), textAt(80, y + 15, state));
    for (const [index, { state: target, excluded, ci }] of targets.nodes.entries()) {
      const x = LABEL + (index % PER_LINE) * CELL;
      const top = y + Math.floor(index / PER_LINE) * CELL;
      const title = `<title>${escaped(`${ci.name} ${target}${excluded ? ', excluded' : ''}`)}</title>`;
      const cross = excluded
        ? `<path d="M${x + 4} ${top + 4}l10 10m0 -10l-10 10" stroke="#fff" stroke-width="2"/>`
        : '';
      const fill = COLOURS[target] ?? '#6e7781';
      parts.push(`<g>${title}<rect x="${x}" y="${top}" width="18" height="18" rx="3" fill="${fill}"/>${cross}</g>`);
    }
    y += LINE + (Math.ceil(targets.nodes.length / PER_LINE) - 1) * CELL;
  }
  const legend = `Green: succeeded. Red: failed. Crossed out: taken out of the rollout by a decision.`;
  const width = LABEL + PER_LINE * CELL + 12;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${y + 30}" viewBox="0 0 ${width} ${y + 30}"`,
    ` font-family="sans-serif" font-size="13" fill="#1f2328" role="img" aria-label="Rollout ${escaped(node.number)}">`,
    `<rect width="100%" height="100%" fill="#fff"/>`,
    textAt(12, 26, `${node.number} · ${node.state}`, ' font-size="15" font-weight="bold"'),
    ...parts,
    textAt(12, y + 18, legend, ' fill="#59636e"'),
    '</svg>\n',
  ].join('\n');
}
