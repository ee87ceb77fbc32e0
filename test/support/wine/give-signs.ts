/** A helper that is alive, asks for attention, and stays. Arguments: the handles of both events. */
import { signal } from "../../../agent/native/win32/process.ts";

for (const handle of process.argv.slice(2)) signal(handle);
setInterval(() => undefined, 60_000);
