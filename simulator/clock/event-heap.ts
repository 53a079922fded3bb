// A binary heap of events, ordered by due time and then by insertion. Removal is by mark: a removed event stays in the
// array until it reaches the top, so that cancelling costs nothing and never moves time.

export interface QueuedEvent {
  readonly dueAt: number;
  readonly order: number;
  readonly callback: () => void | Promise<void>;
  isRemoved: boolean;
}

export class EventHeap {
  readonly #heap: QueuedEvent[] = [];

  add(event: QueuedEvent): void {
    this.#heap.push(event);
    this.#siftUp(this.#heap.length - 1);
  }

  first(): QueuedEvent | undefined {
    let top = this.#heap[0];
    while (top?.isRemoved === true) {
      this.#dropTop();
      top = this.#heap[0];
    }
    return top;
  }

  remove(event: QueuedEvent): void {
    event.isRemoved = true;
  }

  #dropTop(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#siftDown(0);
  }

  #siftUp(start: number): void {
    for (let index = start; index > 0; ) {
      const parent = (index - 1) >> 1;
      if (!this.#swapIfBefore(index, parent)) return;
      index = parent;
    }
  }

  #siftDown(start: number): void {
    for (let index = start; ; ) {
      const left = index * 2 + 1;
      const one = this.#heap[left];
      const two = this.#heap[left + 1];
      const child = one !== undefined && two !== undefined && isBefore(two, one) ? left + 1 : left;
      if (!this.#swapIfBefore(child, index)) return;
      index = child;
    }
  }

  #swapIfBefore(index: number, other: number): boolean {
    const one = this.#heap[index];
    const two = this.#heap[other];
    if (one === undefined || two === undefined || !isBefore(one, two)) return false;
    this.#heap[index] = two;
    this.#heap[other] = one;
    return true;
  }
}

function isBefore(one: QueuedEvent, two: QueuedEvent): boolean {
  return one.dueAt === two.dueAt ? one.order < two.order : one.dueAt < two.dueAt;
}
