/** The administrators' desk on the demo's own store, beside the running server: what many rows need is one process and one write. */
import { Passwords } from "../auth/password.ts";
import { operatorAs } from "../auth/principal.ts";
import { loadAdminConfig } from "../config.ts";
import type { Desk } from "../organisations/desk.ts";
import { giveDuty } from "../organisations/duties.ts";
import { addPerson } from "../organisations/people.ts";
import { Login } from "../protocol/ids.ts";
import { openStore } from "../store/open.ts";
import { Sealer } from "../store/sealer.ts";
import type { DemoPerson } from "./people.ts";

/** `environment`: the server's settings. */
export async function atDesk<T>(
  environment: Readonly<Record<string, string>>,
  work: (desk: Desk) => Promise<T>,
): Promise<T> {
  const config = loadAdminConfig(environment);
  const store = await openStore({ ...config, isBesideServer: true });
  try {
    return await work({
      store,
      sealer: new Sealer(config.storeKey),
      passwords: new Passwords(),
      principal: operatorAs("administrator:npm-start"),
      now: Date.now,
    });
  } finally {
    await store.close();
  }
}

/** Looks after the whole organisation, at the console. */
export async function addAdministrator(
  desk: Desk,
  { login, name, organisation }: { readonly login: string; readonly name: string; readonly organisation: string },
): Promise<DemoPerson> {
  const who = Login.parse(login);
  const { password, otpauth } = await addPerson(desk, { organisation, login: who, name, mustChange: false });
  await giveDuty(desk, who, "administrator", { organisation });
  return { login, password, otpauth };
}
