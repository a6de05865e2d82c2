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
  let limit = size;
  const turn = (): void => {
    const kept = new Map<string, V>();
    for (const [id, value] of old) if (keep(value) && !young.has(id)) kept.set(id, value);
    old = young;
    young = kept;
    // Were most of it kept, every further value would turn it again.
    limit = Math.max(size, 2 * kept.size);
  };
  return {
    get: (id) => {
      const value = young.get(id);
      return value === undefined ? old.get(id) : value;
    },
    set: (id, value) => {
      if (young.size >= limit) turn();
      young.set(id, value);
    },
    delete: (id) => {
      young.delete(id);
      old.delete(id);
    },
  };
}
