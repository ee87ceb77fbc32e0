/** Ctrl+Alt+Del, the secure attention sequence: Windows takes it from its keyboard, and from services if the policy lets it. */
import { loadLibrary } from "../library.ts";
import { readMachineKey } from "./registry.ts";
import { isWine } from "./win32.ts";

const POLICY = "Software\\Microsoft\\Windows\\CurrentVersion\\Policies\\System";
/** Not for the caller's user, but as a service. */
const AS_USER = 0;

/** The policy SoftwareSASGeneration as IT set it; undefined: not set. Throws Win32Error. */
export function softwareSas(): number | undefined {
  const value = readMachineKey(POLICY)["SoftwareSASGeneration"];
  return typeof value === "number" ? value : undefined;
}

/** MSDN: SendSAS, which does not say whether Windows obeyed. Throws where there is none. */
export function sendSas(): void {
  // it has a sas.dll, which ends a process that calls it
  if (isWine()) throw new Error("Wine does not have SendSAS.");
  loadLibrary({ file: "sas.dll" }).func("void __stdcall SendSAS(int asUser)")(AS_USER);
}
