/** Default and maximum page size. */
export const DEFAULT_PAGE = 50;
export const MAX_PAGE = 200;

/** One term of an order. */
export interface OrderTerm {
  readonly field: string;
  readonly direction: 'ASC' | 'DESC';
  /** Name of the attribute, for the field ATTRIBUTE. */
  readonly attribute?: string | null;
}

/** The four page arguments of Relay connections. */
export interface PageInput {
  readonly first?: number | null;
  readonly after?: string | null;
  readonly last?: number | null;
  readonly before?: string | null;
}

/** Everything a list can be asked for: a page, and where the list has them a filter and an order. */
export interface ListInput extends PageInput {
  readonly filter?: object | null;
  readonly orderBy?: readonly OrderTerm[] | null;
}
