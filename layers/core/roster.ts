/**
 * Those that are here now, where thousands come and go every second.
 *
 * A `Set` would start a new inner table after every few of them. A table that has outlived a collection keeps all tables
 * that come after it, with everything in them, until the next full one: a third of all calls would stay that long.
 */
export class Roster<Member extends object> implements Iterable<Member> {
  readonly #members: Member[] = [];

  get size(): number {
    return this.#members.length;
  }

  add(member: Member): void {
    this.#members.push(member);
  }

  /** One that is not here is let go as well. Looks from the newest on, since most leave soon. */
  remove(member: Member): void {
    const place = this.#members.lastIndexOf(member);
    if (place < 0) return;
    const last = this.#members.pop();
    if (last !== undefined && last !== member) this.#members[place] = last;
  }

  /** In no order. Those of the start: members may come and go meanwhile. */
  [Symbol.iterator](): Iterator<Member> {
    return this.#members.slice().values();
  }
}
