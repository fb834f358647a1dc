import {
  type EntityClass,
  type EntityManager,
  type EntityMetadata,
  type FlushEventArgs,
  JsonType,
} from '@mikro-orm/postgresql';
import { type NodeType, toNodeId } from '../domain/node-id.js';
import { elementOf, isElement, type RowShape, shapeOf, valuesOf } from './row-shape.js';
import { ToldChanges } from './told-changes.js';
import {
  type AnyEntity,
  contentOf,
  difference,
  Elements,
  isElementOf,
  isNew,
  same,
  type Tracked,
} from './tracked-row.js';

/** One field of one object before and after. In a list of objects only what left and what came. */
export interface FieldChange {
  /** Node id of the object. */
  readonly object: string;
  readonly field: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** A row that SQL wrote past the entity manager, by the names of its properties. Null: there was, or is, none. */
export interface WrittenRow {
  readonly id: string;
  readonly before: Readonly<Record<string, unknown>> | null;
  readonly after: Readonly<Record<string, unknown>> | null;
}

/** What an event is about. */
interface Subject {
  readonly subjectType: string;
  readonly subject: { readonly id: string };
  readonly tells?: readonly string[];
}

/**
 * Knows what one transaction changed, and divides it among the events: each change of each field appears in exactly
 * one of them. It costs no statement, because the entity manager remembers how it loaded a row. SQL that writes past
 * the entity manager reports its rows with {@link ChangeLog.wrote}.
 */
export class ChangeLog<Event extends Subject> {
  readonly #tracked = new Map<string, Tracked>();
  readonly #told = new Map<Event, ToldChanges>();
  /** New elements of lists that the running flush stores. */
  readonly #coming = new Set<AnyEntity>();
  /** The event that tells of a new element of a list which was recorded before the element was stored, or removed. */
  readonly #elementEvents = new Map<AnyEntity, Event>();
  /** New rows with the event that tells of them, until the database has filled in their defaults. */
  readonly #creations = new Map<Tracked, Event>();

  constructor(readonly em: EntityManager) {
    em.getEventManager().registerSubscriber({
      onFlush: (args) => this.#beforeStore(args),
      afterFlush: () => this.#afterStore(),
    });
  }

  /** Gives an event what has changed of its subject since the last event about it. */
  record(event: Event): void {
    const subject = event.subject as AnyEntity;
    this.#told.set(event, new ToldChanges());
    if (subject.__helper !== undefined && this.#shapeOf(subject) !== undefined) this.#track(subject);
    const tracked = this.#tracked.get(subject.id);
    // An element that was added or removed before the event, and is stored after it, belongs to the event.
    for (const entity of this.#unstored())
      if (isElementOf(entity, subject.id) && !this.#elementEvents.has(entity)) this.#elementEvents.set(entity, event);
    if (tracked !== undefined && isNew(tracked) && !this.#creations.has(tracked)) this.#creations.set(tracked, event);
    const others = (event.tells ?? []).map((id) => this.#tracked.get(id));
    for (const one of [tracked, ...others]) if (one !== undefined) this.#tell(one, event);
  }

  /** Whether an object differs from what the events recorded so far tell of it. */
  isChanged(subject: { readonly id: string }): boolean {
    if ((subject as AnyEntity).__helper !== undefined) this.#track(subject as AnyEntity);
    const tracked = this.#tracked.get(subject.id);
    if (tracked !== undefined && this.#hasNews(tracked)) return true;
    return this.#unstored().some((entity) => isElementOf(entity, subject.id) && !this.#elementEvents.has(entity));
  }

  /** Reports rows that SQL wrote past the entity manager. Entities that are loaded are brought up to date. */
  wrote(entity: EntityClass<object>, rows: readonly WrittenRow[]): void {
    const meta = this.em.getMetadata().get(entity) as EntityMetadata;
    const shape = shapeOf(meta);
    if (shape === undefined) return;
    for (const { id, before, after } of rows) {
      if (shape.membership !== undefined) {
        if (before !== null && isElement(shape, before)) this.#leaves(shape, before);
        if (after !== null && isElement(shape, after)) this.#comes(shape, after);
        continue;
      }
      const loaded = this.#unit().getById<object>(entity, id as never) as AnyEntity | undefined;
      const tracked = loaded ? this.#track(loaded) : this.#known(shape.type, id, shape);
      const old = before === null ? {} : valuesOf(shape, before);
      const now = after === null ? {} : valuesOf(shape, after);
      const given = shape.fields.filter(({ property }) => property in (after ?? before ?? {}));
      for (const { name, property } of given) {
        if (!loaded && !tracked.written.has(name)) tracked.told[name] = old[name] ?? null;
        tracked.written.set(name, now[name] ?? null);
        const original = loaded?.__helper?.__originalEntityData;
        if (loaded && original && after !== null) {
          Object.assign(loaded, { [property]: after[property] });
          original[property] = after[property];
        }
      }
      if (after === null) tracked.gone = true;
    }
  }

  /**
   * Divides what no event tells of yet: it goes to the last event about the object, to one about an object that it
   * belongs to, or to the first event there is.
   * @param makeEvent makes an event when there is none at all.
   * @returns the changes that each event tells of.
   */
  finish(
    events: Event[],
    makeEvent: (type: NodeType, id: string) => Event,
  ): ReadonlyMap<Event, readonly FieldChange[]> {
    for (const tracked of this.#tracked.values()) {
      if (!this.#hasNews(tracked)) continue;
      let event = events.findLast(({ subject }) => subject.id === tracked.id) ?? this.#eventOfParent(tracked, events);
      if (event === undefined) {
        event = makeEvent(tracked.type, tracked.id);
        events.push(event);
      }
      this.#tell(tracked, event);
    }
    return new Map([...this.#told].map(([event, { changes }]) => [event, changes]));
  }

  /** Forgets what the events so far told, once they are written. */
  forget(): void {
    for (const known of [this.#tracked, this.#told, this.#coming, this.#elementEvents, this.#creations]) known.clear();
  }

  #eventOfParent({ shape, entity, told }: Tracked, events: readonly Event[]): Event | undefined {
    const row = (entity ?? told) as Record<string, unknown>;
    const parents = (shape?.references ?? []).map(({ property }) => row[property]);
    return events.find(({ subject }) => parents.includes(subject.id)) ?? events[0];
  }

  #unstored(): AnyEntity[] {
    const unit = this.#unit();
    return [...unit.getPersistStack(), ...unit.getRemoveStack()] as AnyEntity[];
  }

  #unit() {
    return this.em.getUnitOfWork();
  }

  #shapeOf(entity: AnyEntity): RowShape | undefined {
    return shapeOf(this.em.getMetadata().get(entity.constructor as EntityClass<object>) as EntityMetadata);
  }

  #known(type: NodeType, id: string, shape?: RowShape): Tracked {
    let tracked = this.#tracked.get(id);
    if (tracked === undefined) {
      const empty = { told: {}, written: new Map(), lists: new Map() };
      tracked = { type, id, shape, entity: undefined, gone: false, ...empty };
      this.#tracked.set(id, tracked);
    }
    tracked.shape ??= shape;
    return tracked;
  }

  // What the entity manager remembers of a row is gone with the flush, so this comes before it.
  #track(entity: AnyEntity): Tracked {
    const shape = this.#shapeOf(entity) as RowShape;
    const tracked = this.#known(shape.type, entity.id, shape);
    if (tracked.entity !== undefined) return tracked;
    tracked.entity = entity;
    const original = entity.__helper?.__originalEntityData;
    if (original !== undefined) tracked.told = { ...valuesOf(shape, this.#loaded(entity, original)), ...tracked.told };
    return tracked;
  }

  // The entity manager keeps what it loaded as the driver wants it.
  #loaded(entity: AnyEntity, data: Readonly<Record<string, unknown>>): Record<string, unknown> {
    const meta = this.em.getMetadata().get(entity.constructor as EntityClass<object>) as EntityMetadata;
    const row: Record<string, unknown> = {};
    for (const { name, customType } of meta.props) {
      const value = data[name];
      if (customType instanceof JsonType && typeof value === 'string') row[name] = JSON.parse(value);
      else row[name] = value != null && customType ? customType.convertToJSValue(value, this.em.getPlatform()) : value;
    }
    return row;
  }

  #beforeStore({ uow }: FlushEventArgs): void {
    for (const { entity, type } of uow.getChangeSets()) {
      const row = entity as AnyEntity;
      const shape = this.#shapeOf(row);
      if (shape === undefined) continue;
      const removed = type === 'delete' || type === 'delete_early';
      if (shape.membership === undefined) {
        const tracked = this.#track(row);
        if (removed) tracked.gone = true;
        continue;
      }
      const before = row.__helper?.__originalEntityData;
      const was = before && this.#loaded(row, before);
      if (was && isElement(shape, was)) this.#tellElement(row, this.#leaves(shape, was));
      if (!removed && isElement(shape, row as never)) this.#coming.add(row);
    }
  }

  #afterStore(): void {
    for (const entity of this.#coming) {
      this.#tellElement(entity, this.#comes(this.#shapeOf(entity) as RowShape, entity as never));
    }
    this.#coming.clear();
    for (const [tracked, event] of this.#creations) {
      if (isNew(tracked)) continue;
      this.#creations.delete(tracked);
      const filled = this.#fieldChanges(tracked).filter(({ field }) => !(field in tracked.told));
      for (const { field, after } of filled) tracked.told[field] = after;
      this.#add(event, filled);
    }
  }

  #tellElement(element: AnyEntity, owner: Tracked): void {
    const event = this.#elementEvents.get(element);
    if (event !== undefined) this.#add(event, this.#listChanges(owner, true));
  }

  #ownerOf(shape: RowShape, row: Readonly<Record<string, unknown>>): Tracked {
    return this.#known(shape.type, row[shape.membership?.by as string] as string);
  }

  #listOf(shape: RowShape, row: Readonly<Record<string, unknown>>) {
    const owner = this.#ownerOf(shape, row);
    const name = shape.membership?.list as string;
    let list = owner.lists.get(name);
    if (list === undefined) owner.lists.set(name, (list = { left: new Elements(), came: new Elements() }));
    return { owner, list };
  }

  #leaves(shape: RowShape, row: Readonly<Record<string, unknown>>): Tracked {
    const { owner, list } = this.#listOf(shape, row);
    const element = elementOf(shape, row);
    const content = contentOf(element);
    if (!list.came.delete(content)) list.left.add(content, element);
    return owner;
  }

  #comes(shape: RowShape, row: Readonly<Record<string, unknown>>): Tracked {
    const { owner, list } = this.#listOf(shape, row);
    const element = elementOf(shape, row);
    const content = contentOf(element);
    if (!list.left.delete(content)) list.came.add(content, element);
    return owner;
  }

  #now({ entity, shape, gone, written }: Tracked): Record<string, unknown> {
    if (gone) return {};
    const row = entity === undefined || shape === undefined ? {} : valuesOf(shape, entity as never);
    return { ...row, ...(entity === undefined && Object.fromEntries(written)) };
  }

  #fieldChanges(tracked: Tracked): FieldChange[] {
    const { told, gone, shape } = tracked;
    const sets = shape?.fields.filter(({ isSet }) => isSet).map(({ name }) => name) ?? [];
    const object = toNodeId(tracked.type, tracked.id);
    const now = this.#now(tracked);
    return Object.keys(gone ? told : now)
      .map((field) => ({ object, field, before: told[field] ?? null, after: now[field] ?? null }))
      .filter(({ before, after }) => !same(before, after))
      .map((change) => (sets.includes(change.field) ? { ...change, ...difference(change) } : change));
  }

  #listChanges({ type, id, lists }: Tracked, take: boolean): FieldChange[] {
    return [...lists]
      .filter(([, { left, came }]) => left.size + came.size > 0)
      .map(([field, { left, came }]) => ({
        object: toNodeId(type, id),
        field,
        before: take ? left.take() : [],
        after: take ? came.take() : [],
      }));
  }

  #hasNews = (tracked: Tracked): boolean =>
    this.#fieldChanges(tracked).length + this.#listChanges(tracked, false).length > 0;

  #tell(tracked: Tracked, event: Event): void {
    this.#add(event, [...this.#fieldChanges(tracked), ...this.#listChanges(tracked, true)]);
    tracked.told = { ...(tracked.gone ? {} : tracked.told), ...this.#now(tracked) };
  }

  #add(event: Event, changes: readonly FieldChange[]): void {
    const told = this.#told.get(event) ?? new ToldChanges();
    told.add(changes);
    this.#told.set(event, told);
  }
}
