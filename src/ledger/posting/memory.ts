/**
 * A bounded memory of commands by id, in two generations: the older one is dropped whole when the
 * younger is full. Nothing is deleted one by one, which a Map that churns pays dearly for.
 */
export interface Memory<V> {
  get(id: string): V | undefined;
  set(id: string, value: V): void;
  delete(id: string): void;
}

/**
 * Makes a memory of at least `size` newest values.
 * @param keep values that must survive whatever their age (unfinished work).
 */
export function createMemory<V>(size: number, keep: (value: V) => boolean): Memory<V> {
  let young = new Map<string, V>();
  let old = new Map<string, V>();
  return {
    get: (id) => young.get(id) ?? old.get(id),
    set: (id, value) => {
      if (young.size >= size) {
        const kept = [...old].filter(([, candidate]) => keep(candidate));
        old = young;
        young = new Map(kept);
      }
      young.set(id, value);
    },
    delete: (id) => {
      young.delete(id);
      old.delete(id);
    },
  };
}
