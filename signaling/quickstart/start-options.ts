/** What `npm start` takes. */
import { parseArgs } from "node:util";

const OPTIONS = {
  help: { type: "boolean", short: "h", default: false },
  display: { type: "string" },
  fresh: { type: "boolean", default: false },
  empty: { type: "boolean", default: false },
  "no-build": { type: "boolean", default: false },
  state: { type: "string", default: ".state" },
} as const;

const USAGE = `使い方 / usage: npm start [-- OPTIONS]

  --fresh         はじめからやり直す / drop the state, begin anew
  --empty         最初のとき、見本の町を作らない / the first time: without the sample town
  --no-build      符号化器を作らない / without building a better encoder beside it
  --display :0    仮想の職場でなく、この機械の X11 の画面を見せる / show this machine's own X11 screen instead of the virtual office
  --state FOLDER  状態を別の場所に置く / keep the state elsewhere`;

/** Says how it is called, and ends, for who asked for that or for what there is not. */
export function startOptions() {
  try {
    const { values } = parseArgs({ options: OPTIONS });
    if (!values.help) return values;
    process.stdout.write(`${USAGE}\n`);
    process.exit(0);
  } catch {
    process.stderr.write(`${USAGE}\n`);
    process.exit(1);
  }
}
