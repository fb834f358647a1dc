/** A piece of a statement: a token as it is written, or what stands between two brackets. */
type Piece = string | { readonly inside: readonly Piece[] };

const TOKEN = /'(?:[^']|'')*'|"(?:[^"]|"")*"|\s+|\|\||::|[(),]|[^\s'"(),|:]+|[|:]/g;
const CLAUSE = /^(from|where|order|limit|group|having|union|join)$/;
/** Words that belong to a `join` after them; `left` is also the name of a function. */
const JOIN = /^(left|right|inner|cross)$/;
/** A sub-select up to this length stays on its line, in characters. */
const SHORT = 60;

// eslint-disable-next-line no-control-regex -- the planner frames ids, cursors and JSON by control characters
const CONTROL = /[\u0000-\u001f]/g;

// A constant with a control character becomes an escape string, so that it can be seen and is still valid SQL.
function visible(constant: string): string {
  if (constant.search(CONTROL) < 0) return constant;
  const escaped = constant
    .replaceAll('\\', '\\\\')
    .replaceAll(CONTROL, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
  return `E${escaped}`;
}

function parse(text: string): readonly Piece[] {
  const outer: Piece[] = [];
  const open: Piece[][] = [];
  let current = outer;
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === '(') {
      const inside: Piece[] = [];
      current.push({ inside });
      open.push(current);
      current = inside;
    } else if (token === ')') current = open.pop() ?? outer;
    else if (token.trim() !== '') current.push(token.startsWith("'") ? visible(token) : token);
    else if (current.length > 0 && current.at(-1) !== ' ') current.push(' ');
  }
  return outer;
}

const inline = (pieces: readonly Piece[]): string =>
  pieces
    .map((piece) => (typeof piece === 'string' ? piece : `(${inline(piece.inside)})`))
    .join('')
    .trimEnd();

const isSelect = (pieces: readonly Piece[]): boolean => pieces[0] === 'select';

const isConstant = (piece: Piece | undefined): boolean => typeof piece === 'string' && /^E?'/.test(piece);

/** The pieces on one line, except for sub-selects that are too long for it. */
function expression(pieces: readonly Piece[], indent: string): string {
  return pieces
    .map((piece) => {
      if (typeof piece === 'string') return piece;
      const { inside } = piece;
      if (!isSelect(inside) || inline(inside).length <= SHORT) return `(${expression(inside, indent)})`;
      return `(\n${select(inside, `${indent}  `)}\n${indent})`;
    })
    .join('')
    .trimEnd();
}

/** A select statement with a line for each clause, each column and each constant that a text is put together from. */
function select(pieces: readonly Piece[], indent: string): string {
  const lines: { readonly depth: string; readonly pieces: Piece[] }[] = [{ depth: '', pieces: [] }];
  const begin = (depth: string) => lines.push({ depth, pieces: [] });
  pieces.forEach((piece, index) => {
    const joins = (at: number) => JOIN.test(String(pieces[at])) && pieces[at + 2] === 'join';
    if (joins(index) || (typeof piece === 'string' && CLAUSE.test(piece) && !joins(index - 2))) begin('');
    else if (piece === '||' && isConstant(pieces[index + 2])) begin('  ');
    const line = lines.at(-1) as (typeof lines)[number];
    if (piece !== ' ' || line.pieces.length > 0) line.pieces.push(piece);
    if (piece === ',') begin('  ');
  });
  return lines.map(({ depth, pieces: line }) => `${indent}${depth}${expression(line, indent + depth)}`).join('\n');
}

/**
 * Formats a select statement for people: each clause on a line of its own, sub-selects indented. It remains the same
 * statement; control characters in constants are shown as escapes. Comments and dollar quotes are not understood.
 */
export const formatSql = (text: string): string => select(parse(text), '');
