/**
 * Unpacks a gzipped tar archive into an empty directory. Refuses everything that could change files outside it:
 * absolute names, `..`, devices, links that lead out, and entries that would be written through a link.
 */
import { createReadStream } from 'node:fs';
import { link, lstat, mkdir, open, symlink } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { createGunzip } from 'node:zlib';
import { Trouble } from './trouble.mjs';

const BLOCK = 512;
const MAX_ENTRIES = 200_000;
const MAX_BYTES = 8 * 1024 ** 3;
/** Extended headers hold names; anything larger is an attack. */
const MAX_EXTENSION = 1024 * 1024;

const bad = (message) => new Trouble('BAD_ARCHIVE', message, false);

/** Reads a byte stream in pieces of the requested size. */
class Reader {
  #chunks;
  #rest = Buffer.alloc(0);

  constructor(stream) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  /** The next 1 to `max` bytes, or null at the end. */
  async some(max) {
    while (this.#rest.length === 0) {
      const next = await this.#chunks.next();
      if (next.done) return null;
      this.#rest = next.value;
    }
    const part = this.#rest.subarray(0, max);
    this.#rest = this.#rest.subarray(part.length);
    return part;
  }

  /** Exactly `count` bytes; null if the stream has already ended. */
  async exactly(count) {
    const parts = [];
    for (let missing = count; missing > 0;) {
      const part = await this.some(missing);
      if (part === null) {
        if (missing === count) return null;
        throw bad('The archive is cut short.');
      }
      parts.push(part);
      missing -= part.length;
    }
    return Buffer.concat(parts);
  }
}

const text = (block, from, length) => {
  const field = block.subarray(from, from + length);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end < 0 ? length : end);
};

function number(block, from, length) {
  if ((block[from] ?? 0) & 0x80) {
    // Base 256, for sizes of 8 GiB and more.
    return Number(BigInt(`0x${block.subarray(from + 1, from + length).toString('hex')}`));
  }
  const digits = text(block, from, length).trim();
  if (!/^[0-7]*$/.test(digits)) throw bad('The archive has a malformed header.');
  return digits === '' ? 0 : Number.parseInt(digits, 8);
}

function headerOf(block) {
  const copy = Buffer.from(block);
  copy.fill(' ', 148, 156);
  if (copy.reduce((sum, byte) => sum + byte, 0) !== number(block, 148, 8))
    throw bad('The archive has a damaged header.');
  const prefix = text(block, 257, 5) === 'ustar' ? text(block, 345, 155) : '';
  const name = text(block, 0, 100);
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    mode: number(block, 100, 8),
    size: number(block, 124, 12),
    type: String.fromCharCode(block[156] || 48),
    target: text(block, 157, 100),
  };
}

function paxRecords(data) {
  const records = {};
  for (let at = 0; at < data.length;) {
    const space = data.indexOf(32, at);
    const length = Number(data.toString('latin1', at, space));
    if (space < 0 || !Number.isInteger(length) || length < 5) throw bad('The archive has a malformed extended header.');
    const record = data.toString('utf8', space + 1, at + length - 1);
    records[record.slice(0, record.indexOf('='))] = record.slice(record.indexOf('=') + 1);
    at += length;
  }
  return records;
}

/** The safe relative path of an entry without its first `strip` segments; null if nothing is left. */
function safePath(name, strip) {
  if (name.includes('\0') || name.includes('\\') || name.startsWith('/'))
    throw bad(`The archive names "${name}", which is not a relative path.`);
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw bad(`The archive names "${name}", which leads upwards.`);
  return parts.length > strip ? parts.slice(strip).join('/') : null;
}

/**
 * A symbolic link may go up only at its beginning, and not above the top. A `..` after a name could pass through
 * another link and end in an unexpected place.
 */
function assertInnerLink(path, target) {
  const parts = target.split('/').filter((part) => part !== '' && part !== '.');
  const climbs = parts.findIndex((part) => part !== '..');
  const late = climbs >= 0 && parts.slice(climbs).includes('..');
  const depth = path.split('/').length - 1;
  const up = climbs < 0 ? parts.length : climbs;
  if (target === '' || target.includes('\0') || posix.isAbsolute(target) || late || up > depth) {
    throw bad(`The archive links "${path}" to "${target}", which may lead out.`);
  }
}

/** Creates directories below one root, and makes sure that no parent is a link. */
class Tree {
  #known = new Set(['.']);

  constructor(root) {
    this.root = root;
  }

  async directory(path) {
    if (this.#known.has(path)) return;
    await this.directory(posix.dirname(path));
    try {
      await mkdir(join(this.root, path));
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      if (!(await lstat(join(this.root, path))).isDirectory())
        throw bad(`The archive uses "${path}" as a directory, but it is not one.`);
    }
    this.#known.add(path);
  }

  async placeFor(path) {
    await this.directory(posix.dirname(path));
    return join(this.root, path);
  }
}

async function writeEntry(reader, place, size, mode, check) {
  const file = await open(place, 'wx', (mode & 0o777) | 0o600);
  try {
    for (let missing = size; missing > 0;) {
      check();
      const part = await reader.some(missing);
      if (part === null) throw bad('The archive is cut short.');
      await file.write(part);
      missing -= part.length;
    }
  } finally {
    await file.close();
  }
}

async function skip(reader, count) {
  for (let missing = count; missing > 0;) {
    const part = await reader.some(missing);
    if (part === null) throw bad('The archive is cut short.');
    missing -= part.length;
  }
}

async function unpackEntry(reader, tree, header, strip, check) {
  const path = safePath(header.name, strip);
  if (header.type !== '0' && header.type !== '7' && header.size > 0) await skip(reader, header.size);
  if (path === null) return header.type === '0' || header.type === '7' ? skip(reader, header.size) : undefined;
  if (header.type === '5') return tree.directory(path);
  const place = await tree.placeFor(path);
  if (header.type === '0' || header.type === '7') return writeEntry(reader, place, header.size, header.mode, check);
  if (header.type === '2') {
    assertInnerLink(path, header.target);
    return symlink(header.target, place);
  }
  if (header.type === '1') {
    const other = safePath(header.target, strip);
    if (other === null) throw bad(`The archive links "${path}" to something it does not contain.`);
    await tree.directory(posix.dirname(other));
    const found = await lstat(join(tree.root, other)).catch(() => undefined);
    if (!found?.isFile()) throw bad(`The archive links "${path}" to something that is not a file.`);
    return link(join(tree.root, other), place);
  }
  throw bad(`The archive contains "${header.name}", which is neither a file, a directory nor a link.`);
}

/** Reads headers until the archive ends, and applies extended headers to the entry that follows. */
async function eachEntry(reader, visit) {
  let extension = {};
  let entries = 0;
  let bytes = 0;
  for (;;) {
    const block = await reader.exactly(BLOCK);
    if (block === null || block.every((byte) => byte === 0)) return;
    const header = headerOf(block);
    const padding = (BLOCK - (header.size % BLOCK)) % BLOCK;
    if ('xgLK'.includes(header.type)) {
      if (header.size > MAX_EXTENSION) throw bad('The archive has an extended header that is too large.');
      const data = (await reader.exactly(header.size)) ?? Buffer.alloc(0);
      await skip(reader, padding);
      if (header.type === 'x') extension = { ...extension, ...paxRecords(data) };
      if (header.type === 'L') extension = { ...extension, path: text(data, 0, data.length) };
      if (header.type === 'K') extension = { ...extension, linkpath: text(data, 0, data.length) };
      continue;
    }
    const size = extension.size === undefined ? header.size : Number(extension.size);
    const name = extension.path ?? header.name;
    // Very old archives mark a directory by a slash at the end of its name.
    const type = header.type === '0' && name.endsWith('/') ? '5' : header.type;
    const entry = { ...header, size, name, type, target: extension.linkpath ?? header.target };
    extension = {};
    entries += 1;
    bytes += size;
    if (!Number.isSafeInteger(size) || size < 0 || entries > MAX_ENTRIES || bytes > MAX_BYTES)
      throw bad('The archive is too large.');
    await visit(entry);
    await skip(reader, (BLOCK - (size % BLOCK)) % BLOCK);
  }
}

/**
 * Unpacks `archive` into the existing directory `root`, and drops the first `strip` segments of every name. Calls
 * `check` between pieces; it can throw to stop. Files unpacked before an error stay there.
 * @throws Trouble for an archive that cannot be trusted
 */
export async function unpack(archive, root, strip, check) {
  const file = createReadStream(archive);
  const gunzip = createGunzip();
  file.on('error', (error) => gunzip.destroy(error));
  const tree = new Tree(root);
  const reader = new Reader(file.pipe(gunzip));
  try {
    await eachEntry(reader, (entry) => unpackEntry(reader, tree, entry, strip, check));
  } catch (error) {
    if (error.code === 'EEXIST') throw bad('The archive contains a name twice, or a name that already exists.');
    if (typeof error.code === 'string' && error.code.startsWith('Z_'))
      throw bad(`The archive cannot be unpacked: ${error.message}.`);
    throw error;
  } finally {
    file.destroy();
    gunzip.destroy();
  }
}

/** True if a file of this name or media type is a gzipped tar archive. */
export function isArchive({ name, mediaType }) {
  return (
    /\.(tgz|tar\.gz)$/i.test(name) ||
    ['application/gzip', 'application/x-gzip', 'application/x-gtar'].includes(mediaType)
  );
}
