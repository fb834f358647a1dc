/**
 * What of a secret stays the same in Base64, wherever the secret begins in the encoded text: `Authorization: Basic`
 * encodes it together with the user. The characters at both ends depend on the neighbours and are left out.
 */
function base64Parts(secret: string): string[] {
  return [0, 1, 2].map((before) => {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(secret, 'utf8')]);
    const whole = bytes.subarray(0, bytes.length - (bytes.length % 3)).toString('base64');
    return whole.slice(before === 0 ? 0 : before + 1);
  });
}

/**
 * The forms in which a secret shows: as it is, in an address, in JSON, in hexadecimal (as in a dump of bytes), and in
 * Base64, also in the middle of an encoded text.
 */
export function secretForms(secret: string): readonly string[] {
  const hex = Buffer.from(secret, 'utf8').toString('hex');
  const json = JSON.stringify(secret).slice(1, -1);
  return [...new Set([secret, encodeURIComponent(secret), json, hex, ...base64Parts(secret)])];
}
