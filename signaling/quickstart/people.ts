/** A person of the demo or of a test: added by the administrators' command line, with the one-time codes an authenticator app would show. */
import { codeAt, seedOfUri } from "../auth/totp.ts";
import { row } from "./product.ts";
import type { Signaling } from "./signaling.ts";

/** RFC 6238 with its usual step. */
export const STEP_MS = 30_000;

export interface DemoPerson {
  readonly login: string;
  readonly password: string;
  /** `otpauth://totp/…`: what the QR code holds. */
  readonly otpauth: string;
}

/** `mustChange`: as in an office, where they choose their own password at the first sign-in. */
export async function addPerson(
  signaling: Signaling,
  login: string,
  name: string,
  { mustChange = false }: { readonly mustChange?: boolean } = {},
): Promise<DemoPerson> {
  const keep = mustChange ? [] : ["--no-change"];
  const added = row(await signaling.admin("person", "add", "--login", login, "--name", name, ...keep));
  return { login, password: String(added["password"]), otpauth: String(added["otpauth"]) };
}

/** What the authenticator app shows at this moment. */
export function codeOf(person: DemoPerson, at: number): string {
  return codeAt(seedOfUri(person.otpauth), at);
}

/** Registers a browser on both sides: the server's list and, which decides, the office PC's own. `atConsole`: for who uses no office PC. */
export async function registerDevice(
  product: { readonly signaling: Signaling; readonly agent: { command(...args: readonly string[]): Promise<unknown> } },
  device: { readonly code: string; readonly login: string },
  { atConsole = false }: { readonly atConsole?: boolean } = {},
): Promise<void> {
  await product.signaling.admin("device", "approve", device.code, "--login", device.login);
  if (atConsole) return;
  await product.agent.command("devices", "add", device.code, "--login", device.login);
}
