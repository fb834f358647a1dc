import { getMetadataStorage } from 'type-graphql';

/**
 * The fields that an object type declares itself, with those it inherits: what a row must bring. Fields with a resolver
 * of their own are not among them.
 */
export function plainFields(type: Function): string[] {
  const { fields } = getMetadataStorage();
  const names: string[] = [];
  for (let owner = type; owner.name !== ''; owner = Object.getPrototypeOf(owner) as Function) {
    names.push(...fields.filter(({ target }) => target === owner).map(({ name }) => name));
  }
  return names;
}
