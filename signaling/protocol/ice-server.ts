/** The relay as it is told to those who use it. In a file of its own: the console's first script has no room for all of signal.ts. */
import { z } from "zod";

/** RTCIceServer (W3C WebRTC §4.2.4) with short-lived TURN credentials. */
export const IceServer = z.strictObject({
  urls: z.array(z.string().max(512)).min(1).max(8),
  username: z.string().max(512),
  credential: z.string().max(512),
});
export type IceServer = z.infer<typeof IceServer>;
