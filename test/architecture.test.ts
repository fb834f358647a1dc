import { describe, expect, test } from '@jest/globals';
import { AGGREGATES, ARROWS, arrowsOf, BY_AGGREGATE, partOf, rules } from './support/architecture-rules.js';
import { BOUNDED_BY_NATURE, longLived } from './support/long-lived.js';
import { readModule, sourceModules } from './support/modules.js';

describe('the architecture of the house', () => {
  const modules = sourceModules();

  test('the sources are found', () => {
    expect(modules.length).toBeGreaterThan(100);
    expect(new Set(modules.map(({ path }) => partOf(path)))).toEqual(new Set(ARROWS.keys()));
  });

  test('the arrows of the document form no circle: each part may import only what stands above it in the table', () => {
    const climbing = (arrows: ReadonlyMap<string, readonly string[]>) => {
      const order = [...arrows.keys()];
      return [...arrows].flatMap(([part, targets]) =>
        targets
          .filter((target) => order.indexOf(target) >= order.indexOf(part))
          .map((target) => `${part} -> ${target}`),
      );
    };
    expect(climbing(ARROWS)).toEqual([]);
    expect(climbing(arrowsOf('| part | may import |\n| --- | --- |\n| `a` | `b` |\n| `b` | nothing |\n'))).toEqual([
      'a -> b',
    ]);
    expect(climbing(new Map([['a', ['elsewhere']]]))).toEqual([]);
  });

  test('inside a room no two files have the same name, and folders are aggregates', () => {
    const problems = (paths: readonly string[]) => {
      const byName = new Map<string, string[]>();
      const wrong: string[] = [];
      for (const path of paths) {
        const [, room = '', folder, file] = path.split('/');
        if (!BY_AGGREGATE.has(room)) continue;
        if (file !== undefined && !AGGREGATES.has(folder ?? '') && !path.startsWith('src/reads/single-statement/'))
          wrong.push(`${path}: ${folder} is no aggregate`);
        const key = `${room}/${path.split('/').at(-1)}`;
        byName.set(key, [...(byName.get(key) ?? []), path]);
      }
      return [...wrong, ...[...byName.values()].filter((same) => same.length > 1).map((same) => same.join(' and '))];
    };
    expect(problems(modules.map(({ path }) => path))).toEqual([]);
    expect(problems(['src/domain/release/text.ts', 'src/domain/change/text.ts', 'src/domain/misc/a.ts'])).toHaveLength(
      2,
    );
  });

  test('what is bounded by nature is there', () => {
    const there = new Set(modules.flatMap((module) => longLived(module).map((name) => `${module.path} ${name}`)));
    expect(Object.keys(BOUNDED_BY_NATURE).filter((name) => !there.has(name))).toEqual([]);
  });

  describe.each(rules)('$name', ({ check, bad, good = [] }) => {
    test('holds', () => {
      expect(modules.flatMap((module) => check(module).map((problem) => `${module.path} ${problem}`))).toEqual([]);
    });

    test('refuses every bad example, and no good one', () => {
      expect(bad.filter(({ path, code }) => check(readModule(path, code)).length === 0)).toEqual([]);
      expect(good.flatMap(({ path, code }) => check(readModule(path, code)))).toEqual([]);
    });
  });
});
