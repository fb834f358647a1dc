import { RequestError } from '../domain/errors.js';

/**
 * Checks an optional number of an input.
 * @throws RequestError BAD_USER_INPUT, naming the field, for one that is not whole or is outside its bounds.
 */
export function whole(value: number | null | undefined, field: string, min: number, max: number): void {
  if (value != null && !(Number.isInteger(value) && value >= min && value <= max))
    throw new RequestError('BAD_USER_INPUT', `"${field}" must be a whole number from ${min} to ${max}.`, {
      field,
      min,
      max,
    });
}
