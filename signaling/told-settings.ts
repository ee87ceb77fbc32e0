/**
 * Of the settings, what documents say (documents/): what listens where and for whom, and the limits. Nothing of what is kept in
 * files: no key, no secret, no certificate.
 */
import type { TwoPersonAction } from "./auth/permissions.ts";
import { type SignInLimits, signInLimits } from "./auth/token.ts";
import type { Capacity } from "./edge/capacity.ts";
import type { Entrances } from "./entrances.ts";

type Address = { readonly host: string; readonly port: number };

interface Settings {
  readonly ENGAWA_INSIDE_URL: string;
  readonly ENGAWA_MONITORING_LISTEN?: Address | undefined;
  readonly ENGAWA_TURN_UDP: Address;
  readonly ENGAWA_TURN_REALM: string;
  readonly ENGAWA_TURN_INSIDE_URLS: readonly string[];
  readonly ENGAWA_TURN_OUTSIDE_URLS?: readonly string[] | undefined;
  readonly ENGAWA_CAPACITY_AGENTS: number;
  readonly ENGAWA_CAPACITY_SESSIONS: number;
  readonly ENGAWA_NEWCOMERS_PER_MINUTE: number;
  readonly ENGAWA_SIGN_IN_IDLE_MINUTES: number;
  readonly ENGAWA_SIGN_IN_HOURS: number;
  readonly ENGAWA_TWO_PERSONS: readonly TwoPersonAction[];
}

export interface ToldSettings extends Omit<Entrances, "inside"> {
  readonly inside: Entrances["inside"] & { readonly url: string };
  /** Plain HTTP for readiness and figures. */
  readonly monitoring: { readonly listen: Address } | undefined;
  readonly turn: {
    readonly udp: Address;
    readonly realm: string;
    readonly insideUrls: readonly string[];
    /** Undefined: derived from the origin the viewer came by. */
    readonly outsideUrls: readonly string[] | undefined;
  };
  readonly capacity: Capacity;
  /** Attempts to sign in from browsers that are not registered. */
  readonly newcomersPerMinute: number;
  readonly signInLimits: SignInLimits;
  readonly twoPersons: readonly TwoPersonAction[];
  /** Where the audit goes besides. */
  readonly collector: { readonly host: string; readonly port: number } | undefined;
  /** Where codes by mail go out. `secure`: TLS from the beginning. */
  readonly mail: { readonly host: string; readonly port: number; readonly secure: boolean } | undefined;
}

export function toldSettings(settings: Settings, entrances: Entrances): Omit<ToldSettings, "mail" | "collector"> {
  return {
    ...entrances,
    inside: { ...entrances.inside, url: settings.ENGAWA_INSIDE_URL },
    monitoring: settings.ENGAWA_MONITORING_LISTEN && { listen: settings.ENGAWA_MONITORING_LISTEN },
    turn: {
      udp: settings.ENGAWA_TURN_UDP,
      realm: settings.ENGAWA_TURN_REALM,
      insideUrls: settings.ENGAWA_TURN_INSIDE_URLS,
      outsideUrls: settings.ENGAWA_TURN_OUTSIDE_URLS,
    },
    capacity: { agents: settings.ENGAWA_CAPACITY_AGENTS, sessions: settings.ENGAWA_CAPACITY_SESSIONS },
    newcomersPerMinute: settings.ENGAWA_NEWCOMERS_PER_MINUTE,
    signInLimits: signInLimits(settings.ENGAWA_SIGN_IN_IDLE_MINUTES, settings.ENGAWA_SIGN_IN_HOURS),
    twoPersons: settings.ENGAWA_TWO_PERSONS,
  };
}
