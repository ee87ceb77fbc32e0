/** Windows wakes sleepers each 15.6 ms, unless somebody asks for more (MSDN timeBeginPeriod). */
import { loadLibrary } from "../library.ts";

const winmm = loadLibrary({ file: "winmm.dll" });
const begin = winmm.func("uint32 __stdcall timeBeginPeriod(uint32 ms)") as (ms: number) => number;
const end = winmm.func("uint32 __stdcall timeEndPeriod(uint32 ms)") as (ms: number) => number;

/** From now on timers are exact to about a millisecond, until the returned function is called (once). Costs power. */
export function exactTimers(): () => void {
  begin(1);
  return () => end(1);
}
