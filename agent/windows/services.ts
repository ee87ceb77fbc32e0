/** The names of the two services. */
export const AGENT_SERVICE = "EngawaAgent";
export const DESKTOP_SERVICE = "EngawaDesktop";
export type ServiceName = typeof AGENT_SERVICE | typeof DESKTOP_SERVICE;
