import type { ActorFacts } from '../roles.js';
import type { Machine } from '../state-machine.js';

/** The states of the migration of a class. */
export const CLASS_MIGRATION_STATES = [
  'CHECKING',
  'CHECKED',
  'REFUSED',
  'MIGRATING',
  'COMPLETED',
  'CANCELLED',
] as const;

/** One of {@link CLASS_MIGRATION_STATES}. */
export type ClassMigrationState = (typeof CLASS_MIGRATION_STATES)[number];

/** What each state means. */
export const CLASS_MIGRATION_STATE_DESCRIPTIONS: Readonly<Record<ClassMigrationState, string>> = {
  CHECKING: 'The server looks at the items of the class, some hundreds at a time. Nothing has changed yet.',
  CHECKED: 'The dry run has looked at each item. Nothing was changed. Final.',
  REFUSED:
    'Items would not fit, and misfits were not accepted; or, for a dry run, a class above or below has changed and ' +
    'contradicts the schema. Nothing was changed. Final.',
  MIGRATING: 'The class has the new schema, and its items follow, some hundreds at a time.',
  COMPLETED: 'Each item was migrated, or is listed with the reason. Final.',
  CANCELLED: 'Somebody cancelled it before anything changed. Final.',
};

/** Commands on the migration of a class. */
export const CLASS_MIGRATION_COMMANDS = [
  'classMigrationCancel',
  'classMigrationReport',
  'classMigrationRefuse',
  'classMigrationSwitch',
  'classMigrationComplete',
] as const;

/** One of {@link CLASS_MIGRATION_COMMANDS}. */
export type ClassMigrationCommand = (typeof CLASS_MIGRATION_COMMANDS)[number];

/** The life cycle of the migration of a class. */
export const classMigrationMachine: Machine<ClassMigrationState, ClassMigrationCommand, ActorFacts> = {
  name: 'class migration',
  initial: 'CHECKING',
  states: CLASS_MIGRATION_STATES,
  final: ['CHECKED', 'REFUSED', 'COMPLETED', 'CANCELLED'],
  commands: CLASS_MIGRATION_COMMANDS,
  rows: [
    { from: 'CHECKING', command: 'classMigrationCancel', to: 'CANCELLED' },
    { from: 'CHECKING', command: 'classMigrationReport', to: 'CHECKED', system: true },
    { from: 'CHECKING', command: 'classMigrationRefuse', to: 'REFUSED', system: true },
    { from: 'CHECKING', command: 'classMigrationSwitch', to: 'MIGRATING', system: true },
    { from: 'MIGRATING', command: 'classMigrationComplete', to: 'COMPLETED', system: true },
  ],
};

/** Why an item is listed by a migration. */
export const CLASS_MISFIT_REASONS = ['DOES_NOT_FIT', 'PROTECTED'] as const;

/** One of {@link CLASS_MISFIT_REASONS}. */
export type ClassMisfitReason = (typeof CLASS_MISFIT_REASONS)[number];

/** What each reason means. */
export const CLASS_MISFIT_REASON_DESCRIPTIONS: Readonly<Record<ClassMisfitReason, string>> = {
  DOES_NOT_FIT: 'The attributes of the item do not fit the new schema.',
  PROTECTED:
    'The item would change and is in a protected lifecycle state, and no authorised change names it as target. It ' +
    'was not migrated.',
};

/** How attributes follow a new schema. */
export interface AttributeMoves {
  /** New names by the old ones. */
  readonly renames: Readonly<Record<string, string>>;
  /** Values for items that have none. */
  readonly defaults: Readonly<Record<string, unknown>>;
}

/**
 * Attributes as they are after a migration. All renames happen at once, so that two attributes can change places. Where
 * there is an attribute with the new name already, the old one stays.
 */
export function migratedAttributes(
  attributes: Readonly<Record<string, unknown>>,
  { renames, defaults }: AttributeMoves,
): Record<string, unknown> {
  const moves = (name: string) => Object.hasOwn(renames, name);
  const stays = (name: string) => Object.hasOwn(attributes, name) && !moves(name);
  const moved = Object.entries(attributes).map(([name, value]): [string, unknown] => {
    const target = moves(name) ? (renames[name] as string) : name;
    return [target !== name && stays(target) ? name : target, value];
  });
  const named = new Set(moved.map(([name]) => name));
  return Object.fromEntries([...moved, ...Object.entries(defaults).filter(([name]) => !named.has(name))]);
}

/** Whether a migration changes attributes. */
export const isMoved = (attributes: Readonly<Record<string, unknown>>, moves: AttributeMoves): boolean =>
  Object.entries(migratedAttributes(attributes, moves)).some(
    ([name, value]) => !Object.hasOwn(attributes, name) || attributes[name] !== value,
  );
