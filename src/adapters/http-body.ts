/** Bodies and redirects of HTTP messages. */
import type { JsonValue } from './adapter.js';

/** The values of a query or form; a list repeats its name, undefined leaves it out. */
export type HttpFields = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** The body of a request. */
export type HttpBody =
  | { readonly json: JsonValue }
  | { readonly form: HttpFields }
  | { readonly text: string; readonly contentType: string };

/** Fields as a query or form, in the order of their names in the object. */
export function searchParams(fields: HttpFields): URLSearchParams {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) {
    for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined) params.append(name, String(one));
  }
  return params;
}

/** The content type of a body; undefined without one. */
export function contentTypeOf(body: HttpBody | undefined): string | undefined {
  if (body === undefined) return undefined;
  if ('json' in body) return 'application/json';
  return 'form' in body ? 'application/x-www-form-urlencoded' : body.contentType;
}

/** A body as it is sent. */
export function bodyOf(body: HttpBody | undefined): string | undefined {
  if (body === undefined) return undefined;
  if ('json' in body) return JSON.stringify(body.json);
  return 'form' in body ? searchParams(body.form).toString() : body.text;
}

/** Where a redirect leads, if it stays on the same origin. */
export function redirectOf(response: Response, from: URL): URL | undefined {
  const location = response.headers.get('location');
  if (![301, 302, 303, 307, 308].includes(response.status) || location === null) return undefined;
  const to = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  return to?.origin === from.origin && to.username === '' && to.password === '' ? to : undefined;
}

/** A redirect's address for people, without its query, which may hold a token. */
export function placeOf(location: string | null): string {
  return (location ?? 'nowhere')
    .replace(/[?#].*$/s, '')
    .replace(/\/\/[^/@]*@/, '//')
    .slice(0, 200);
}

/** UTF-8 as text; what is none is replaced. */
export function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** Reads up to `max` bytes; a longer body is cancelled, which closes its connection. */
export async function readBody(response: Response, max: number): Promise<{ bytes: Uint8Array; whole: boolean }> {
  const parts: Uint8Array[] = [];
  let size = 0;
  if (response.body !== null) {
    // Leaving the loop cancels the stream.
    for await (const part of response.body as ReadableStream<Uint8Array>) {
      parts.push(part);
      size += part.byteLength;
      if (size > max) break;
    }
  }
  return { bytes: Buffer.concat(parts).subarray(0, max), whole: size <= max };
}
