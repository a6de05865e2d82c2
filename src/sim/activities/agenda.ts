/** Work that is to be done at its time; of two at the same time the one noted first goes first. */
export interface Agenda {
  /** @param at milliseconds since the epoch, in the time of the simulation. */
  note(at: number, work: () => void): void;
  /** The time of what is due next; undefined when nothing is noted. */
  next(): number | undefined;
  /** Takes what is due next. */
  take(): Entry | undefined;
  readonly size: number;
}

interface Entry {
  readonly at: number;
  readonly order: number;
  readonly work: () => void;
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

/** Moves the last entry up to where it belongs. */
function rise(heap: Entry[]): void {
  let index = heap.length - 1;
  while (index > 0) {
    const parent = (index - 1) >> 1;
    if (!isBefore(heap[index]!, heap[parent]!)) return;
    [heap[index], heap[parent]] = [heap[parent]!, heap[index]!];
    index = parent;
  }
}

/** Moves the first entry down to where it belongs. */
function sink(heap: Entry[]): void {
  let index = 0;
  for (;;) {
    const left = 2 * index + 1;
    const right = left + 1;
    let first = index;
    if (left < heap.length && isBefore(heap[left]!, heap[first]!)) first = left;
    if (right < heap.length && isBefore(heap[right]!, heap[first]!)) first = right;
    if (first === index) return;
    [heap[index], heap[first]] = [heap[first]!, heap[index]!];
    index = first;
  }
}

/** An empty agenda: a binary heap. */
export function createAgenda(): Agenda {
  const heap: Entry[] = [];
  let order = 0;
  return {
    get size() {
      return heap.length;
    },
    note(at, work) {
      order += 1;
      heap.push({ at, order, work });
      rise(heap);
    },
    next: () => heap[0]?.at,
    take() {
      const [first] = heap;
      const last = heap.pop();
      if (first && last && heap.length > 0) {
        heap[0] = last;
        sink(heap);
      }
      return first;
    },
  };
}
