// Several who watch one world.
import type { WorldObservers } from '../../simulator/world.ts';

export function together(first: WorldObservers, second: WorldObservers): WorldObservers {
  const names = [...new Set([...Object.keys(first), ...Object.keys(second)])] as (keyof WorldObservers)[];
  const both = names.map((name) => {
    const watchers = [first[name], second[name]].filter((watcher) => watcher !== undefined);
    return [
      name,
      (...seen: unknown[]) => watchers.forEach((watcher) => (watcher as (...seen: unknown[]) => void)(...seen)),
    ];
  });
  return Object.fromEntries(both) as WorldObservers;
}
