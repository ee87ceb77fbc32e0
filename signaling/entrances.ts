/** The entrances among the settings: where each listens, and what has to go together. */
import type { Doorway } from "./edge/entrance.ts";

type Address = { readonly host: string; readonly port: number };
type Name = "OUTSIDE" | "INSIDE" | "LOCAL";

type Settings = {
  readonly [K in `ENGAWA_${Name}_LISTEN` | `ENGAWA_${Name}_PROXIED_LISTEN`]?: Address | undefined;
} & { readonly [K in `ENGAWA_${Name}_PROXIED_FROM`]?: string | undefined } & {
  readonly [K in `ENGAWA_${Name | "CONSOLE"}_BALANCERS`]?: readonly string[] | undefined;
} & {
  readonly ENGAWA_OUTSIDE_ORIGINS: readonly string[];
  readonly ENGAWA_LOCAL_ORIGIN?: string | undefined;
  readonly ENGAWA_CONSOLE_LISTEN?: Address | undefined;
  readonly ENGAWA_CONSOLE_ORIGINS?: readonly string[] | undefined;
};

export interface Entrances {
  readonly outside: Doorway & { readonly origins: readonly string[] };
  readonly inside: Doorway;
  /** In the clear, on loopback. */
  readonly local: (Doorway & { readonly origin: string }) | undefined;
  /** The administrators' console, on the closed network only. */
  readonly console:
    | {
        readonly listen: Address;
        readonly origins: readonly string[];
        readonly balancers: readonly string[] | undefined;
      }
    | undefined;
}

/** What is wrong is added to `problems`. */
export function entrancesOf(settings: Settings, problems: string[]): Entrances {
  return {
    outside: { ...doorway("OUTSIDE", settings, problems), origins: settings.ENGAWA_OUTSIDE_ORIGINS },
    inside: doorway("INSIDE", settings, problems),
    local: localEntrance(doorway("LOCAL", settings, problems), settings.ENGAWA_LOCAL_ORIGIN),
    console: consoleEntrance(settings, problems),
  };
}

/** The same three settings for each. */
function doorway(name: Name, settings: Settings, problems: string[]): Doorway {
  const { [`ENGAWA_${name}_LISTEN` as const]: listen } = settings;
  const { [`ENGAWA_${name}_PROXIED_LISTEN` as const]: at, [`ENGAWA_${name}_PROXIED_FROM` as const]: from } = settings;
  if ((at === undefined) !== (from === undefined))
    problems.push(`ENGAWA_${name}_PROXIED_LISTEN and ENGAWA_${name}_PROXIED_FROM go together`);
  if (name === "LOCAL") {
    if (listen === undefined && at !== undefined && settings.ENGAWA_LOCAL_ORIGIN === undefined)
      problems.push("ENGAWA_LOCAL_ORIGIN is not set: with ENGAWA_LOCAL_PROXIED_LISTEN alone nobody else knows it");
  } else if (listen === undefined && at === undefined)
    problems.push(`ENGAWA_${name}_LISTEN is not set (nor ENGAWA_${name}_PROXIED_LISTEN, for an edge of its own)`);
  const { [`ENGAWA_${name}_BALANCERS` as const]: balancers } = settings;
  if (balancers && listen === undefined)
    problems.push(
      `ENGAWA_${name}_BALANCERS goes with ENGAWA_${name}_LISTEN; an edge of its own has ENGAWA_EDGE_BALANCERS`,
    );
  return { listen, proxied: at && from ? { listen: at, from } : undefined, balancers };
}

function localEntrance(door: Doorway, origin = `http://localhost:${door.listen?.port}`): Entrances["local"] {
  return door.listen || door.proxied ? { ...door, origin } : undefined;
}

/** An origin of its own: what is signed in there is not signed in on the page of staff. */
function consoleEntrance(settings: Settings, problems: string[]): Entrances["console"] {
  const { ENGAWA_CONSOLE_LISTEN: listen, ENGAWA_CONSOLE_ORIGINS: origins } = settings;
  if ((listen === undefined) !== (origins === undefined))
    problems.push("ENGAWA_CONSOLE_LISTEN and ENGAWA_CONSOLE_ORIGINS go together");
  const shared = origins?.find((origin) => settings.ENGAWA_OUTSIDE_ORIGINS.includes(origin));
  if (shared !== undefined)
    problems.push(`ENGAWA_CONSOLE_ORIGINS: ${shared} is the page of staff: the console needs an origin of its own`);
  return listen && origins && { listen, origins, balancers: settings.ENGAWA_CONSOLE_BALANCERS };
}
