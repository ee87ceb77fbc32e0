/**
 * Settings that IT gives by group policy: values below HKEY_LOCAL_MACHINE, which only administrators may write. They win over
 * config.json, and are parsed by the same schema. The templates for the group policy editor lie in the folder policy.
 */

export const POLICY_KEY = "Software\\Policies\\Engawa";

/** Setting → value, as config.json would have it. Empty outside Windows. */
export async function readPolicy(): Promise<Readonly<Record<string, unknown>>> {
  if (process.platform !== "win32") return {};
  const { readMachineKey } = await import("../native/win32/registry.ts");
  return policySettings(readMachineKey(POLICY_KEY));
}

/** `LockOn` of the registry is `lockOn` of the file. A text that was left empty says nothing. */
export function policySettings(values: Readonly<Record<string, string | number>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values)
      .filter(([, value]) => value !== "")
      .map(([name, value]) => [name.charAt(0).toLowerCase() + name.slice(1), value]),
  );
}

/** Where a setting of that name stands, for a message. */
export const policyName = (setting: string): string =>
  `HKLM\\${POLICY_KEY}\\${setting.charAt(0).toUpperCase()}${setting.slice(1)}`;
