/** A filter of configuration items as it is kept: plain JSON, as the API took it. */
export type KeptFilter = Readonly<Record<string, unknown>>;

/**
 * How the targets of a distribution were chosen, where it was not simply by name: what each part finds may change
 * afterwards. All ids are those of the database.
 */
export interface TargetChoice {
  /** Configuration items that were named beside the rest. */
  readonly ciIds: readonly string[];
  readonly groupIds: readonly string[];
  readonly filter: KeptFilter | null;
}
