/** An administrator at the console of a whole town, on a real store, who brings in files; and what becomes of them. */
import { expect } from "vitest";
import { type ImportLine, ImportPreview } from "../../signaling/protocol/console-import.ts";
import { type Country, enterWith, makeCountry } from "./console.ts";
import { type HttpServer, send, startHttpServer } from "./http-server.ts";
import { makeStore, type TestPerson, type TestStore } from "./store.ts";

export const WHOLE_TOWN = { organisation: "midori" };

export interface ImportDesk {
  readonly place: TestStore;
  readonly server: HttpServer;
  readonly country: Country;
  readonly kanri: { readonly person: TestPerson; readonly cookie: string };
}

export async function openImports(now: () => number): Promise<ImportDesk> {
  const place = await makeStore({ now });
  const country = await makeCountry(place);
  const server = await startHttpServer(place, { now });
  return { place, country, server, kanri: await enterWith(server, place, "administrator", WHOLE_TOWN) };
}

/** `kind`: with its search. */
export const uploadTo = (server: HttpServer, cookie: string, kind: string, file: string | Buffer, type = "text/csv") =>
  send(server.consolePort, "POST", `/api/console/imports/${kind}`, {
    headers: {
      ...{ Origin: server.consoleOrigin, "Sec-Fetch-Site": "same-origin", Cookie: cookie },
      "Content-Type": type,
    },
    body: file,
  });

export function readable(answer: Awaited<ReturnType<typeof uploadTo>>): Extract<ImportPreview, { is: "readable" }> {
  expect(answer.status, answer.text).toBe(200);
  const found = ImportPreview.parse(answer.json);
  if (found.is !== "readable") throw new Error(found.problem);
  return found;
}

export const problems = (lines: readonly ImportLine[]): string[] =>
  lines.map(({ problems: found }) => found.map(({ column, problem }) => `${column} ${problem}`).join(", "));

/** Whom those who are here were told to look at again. */
export const noticedBy = ({ events }: HttpServer) =>
  events.splice(0).flatMap((event) => (event.type === "records-changed" ? (event.changes ?? []) : []));

/** What the audit says of them. */
export const recordsOf = async ({ store }: TestStore, event: string): Promise<Record<string, unknown>[]> =>
  (await store.read((q) => q.audit.after(0, 100_000)))
    .filter((row) => row.event === event)
    .map(({ about }) => JSON.parse(about) as Record<string, unknown>);
