import { parse, visit } from 'graphql';
import { readModule, type Module } from './modules.js';

/** A text for people and where it stands. */
export interface Prose {
  readonly at: string;
  readonly text: string;
}

/**
 * Paragraphs, list items and table cells of a Markdown document, without code and without the parts that the code
 * generates.
 * Of a changelog only what is not released yet: history stays as it was written.
 */
export function proseOfMarkdown(path: string, document: string): Prose[] {
  const current = path.endsWith('CHANGELOG.md') ? (document.split(/^## (?!Unreleased)/m)[0] ?? '') : document;
  return current
    .replaceAll(/<!-- generated: [^]*?<!-- end -->/g, '')
    .replaceAll(/^```[^]*?^```$/gm, '')
    .replaceAll(/^ {4}.*$/gm, '')
    .replaceAll(/`[^`\n]*`/g, '`…`')
    .split(/\n{2,}|\n(?=[-|#] ?|\d+\. )|\|/)
    .map((text) => ({ at: path, text: text.trim() }))
    .filter(({ text }) => text !== '');
}

/**
 * Every description of a schema, with the name of what it describes: `Release.kind`, `Mutation.releaseAccept(input)`.
 */
export function proseOfSchema(sdl: string): Prose[] {
  const found: Prose[] = [];
  const names: string[] = [];
  visit(parse(sdl, { noLocation: true }), {
    enter(node) {
      const { name, description } = node as { name?: { value: string }; description?: { value: string } };
      if (name && /Definition|Extension/.test(node.kind)) names.push(name.value);
      if (description) found.push({ at: names.join('.'), text: description.value });
    },
    leave(node) {
      if ((node as { name?: unknown }).name && /Definition|Extension/.test(node.kind)) names.pop();
    },
  });
  return found;
}

type Node = Module['nodes'][number];

/**
 * The text of a literal, of a template with `…` for its expressions, or of both joined by `+`; undefined for anything
 * else.
 */
function textOf(node: Node, inside: Set<Node>): string | undefined {
  if (node.type === 'StringLiteral' || node.type === 'JSXText') return String(node['value']);
  if (node.type === 'TemplateLiteral')
    return (node['quasis'] as Node[]).map((quasi) => String(quasi['cooked'] ?? quasi['raw'])).join('…');
  if (node.type !== 'BinaryExpression' || node['operator'] !== '+') return undefined;
  const parts = [node['left'] as Node, node['right'] as Node];
  const texts = parts.map((part) => textOf(part, inside));
  if (texts.includes(undefined)) return undefined;
  for (const part of parts) inside.add(part);
  return texts.join('');
}

/**
 * The texts of a source file: its string literals and templates, whole where `+` joins them, and its comments.
 * @throws Error when the file cannot be parsed
 */
export function proseOfSource(path: string, code: string): Prose[] {
  const inside = new Set<Node>();
  const literals = readModule(path, code).nodes.flatMap((node) => {
    const text = inside.has(node) ? undefined : textOf(node, inside);
    return text !== undefined && /\s/.test(text) ? [text] : [];
  });
  return [...literals, ...commentsOf(code)].map((text) => ({ at: path, text }));
}

/** Comments of a source: blocks, and runs of consecutive `//` lines, each as one text. */
function commentsOf(code: string): string[] {
  const blocks = [...code.matchAll(/\/\*\*?([^]*?)\*\//g)].map(([, text = '']) => text.replaceAll(/\n\s*\* ?/g, ' '));
  const runs: string[][] = [];
  let goesOn = false;
  for (const line of code.split('\n')) {
    const [, before = '', text] = /^(.*?(?:^|\s))\/\/ (.*)$/.exec(line) ?? [];
    if (text !== undefined && goesOn && before.trim() === '') runs.at(-1)?.push(text);
    else if (text !== undefined) runs.push([text]);
    goesOn = text !== undefined;
  }
  return [...blocks.map((text) => text.trim()), ...runs.map((run) => run.join(' '))];
}
