// One connection for all: what must not come between each other takes turns.

/** Runs one piece of work after the other, in the order in which they come. */
export class Turns {
  private last: Promise<unknown> = Promise.resolve();

  take<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.last.then(work);
    this.last = turn.catch(() => {});
    return turn;
  }
}

const known = new WeakMap<object, Turns>();

/** The turns of a connection: everyone who has it waits in the same line. */
export function turnsOf(connection: object): Turns {
  let turns = known.get(connection);
  if (!turns) {
    turns = new Turns();
    known.set(connection, turns);
  }
  return turns;
}
