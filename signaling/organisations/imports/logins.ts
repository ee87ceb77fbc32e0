/** Whom lines of a file name by their logins. */
import { setImmediate } from "node:timers/promises";
import { Login } from "../../protocol/ids.ts";
import { slices } from "../../slices.ts";
import type { Queries } from "../../store/queries.ts";
import type { PersonRow } from "../../store/rows/tables.ts";
import type { Town } from "./towns.ts";

/** Logins in one question. */
const AT_ONCE = 500;

export class Logins {
  readonly #people = new Map<string, PersonRow>();
  readonly #zeros = new Map<string, Login>();

  static async of(q: Queries, { row: { id } }: Town, logins: readonly string[]): Promise<Logins> {
    const found = new Logins();
    const known = [...new Set(logins)].flatMap((login) => Login.safeParse(login).data ?? []);
    for (const some of slices(known, AT_ONCE)) {
      for (const row of await q.people.byLogins(id, some)) found.#people.set(row.login, row);
      await setImmediate();
    }
    const digits = known.filter((login) => /^[0-9]+$/.test(login) && !found.#people.has(login)).map(withoutZeros);
    for (const some of slices(digits, AT_ONCE))
      for (const login of await q.people.withZeros(id, some)) found.#zeros.set(withoutZeros(login), login);
    return found;
  }

  person(login: string): PersonRow | undefined {
    return this.#people.get(login);
  }

  all(): Iterable<PersonRow> {
    return this.#people.values();
  }

  /** Somebody's login that is this one but for zeros before it, which spreadsheets take off numbers. */
  zeros(login: string): Login | undefined {
    return this.#zeros.get(withoutZeros(login));
  }
}

const withoutZeros = (login: string): string => login.replace(/^0+/, "");
