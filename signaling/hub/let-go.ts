/** Connections that are closed because this server is about to end, and another one is there for them. */
import type { Connection } from "../connection.ts";
import { CLOSE } from "../protocol/errors.ts";

type Connected = { readonly connection: Pick<Connection<never>, "close"> };

/** `told`: so far. One whose line is dead stays for a while after it was told, and is not told again in the place of another. */
export function letGo(all: readonly Connected[], count: number, told: WeakSet<Connected>): void {
  for (const one of all.filter((each) => !told.has(each)).slice(0, count)) {
    told.add(one);
    one.connection.close(CLOSE.restarting, "another server takes over");
  }
}
