/** The settings of a small server, as documents are told of them. */
import { loadToldSettings } from "../../signaling/config.ts";
import type { ToldSettings } from "../../signaling/told-settings.ts";

export const SETTINGS = {
  ENGAWA_OUTSIDE_LISTEN: "192.0.2.5:443",
  ENGAWA_OUTSIDE_ORIGINS: "https://telework.example.lg.jp",
  ENGAWA_INSIDE_LISTEN: "10.0.0.5:443",
  ENGAWA_INSIDE_URL: "https://10.0.0.5:443",
  ENGAWA_TURN_INSIDE_URLS: "turn:10.0.0.6:3478?transport=udp,turns:10.0.0.5:443?transport=tcp",
  ENGAWA_TURN_UDP: "10.0.0.6:3478",
  ENGAWA_CONSOLE_LISTEN: "10.0.0.5:8445",
  ENGAWA_CONSOLE_ORIGINS: "https://kanri.example.lg.jp:8445",
} as const;

export const toldSettings = (more: Readonly<Record<string, string>> = {}): ToldSettings =>
  loadToldSettings({ ...SETTINGS, ...more });
