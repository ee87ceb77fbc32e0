/** Loaded before an agent (`--import`): a signal makes it collect its garbage, so that what is left is what it holds. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collect: () => void = runInNewContext("gc");

process.on("SIGUSR2", () => {
  collect();
  setImmediate(collect); // what the first one made finalisers free
});
