/** What `npm start` takes. */
import { parseArgs } from "node:util";
import { STORES } from "./product.ts";

const OPTIONS = {
  help: { type: "boolean", short: "h", default: false },
  display: { type: "string" },
  fresh: { type: "boolean", default: false },
  empty: { type: "boolean", default: false },
  "no-build": { type: "boolean", default: false },
  state: { type: "string", default: ".state" },
  store: { type: "string" },
} as const;

const USAGE = `使い方 / usage: npm start [-- OPTIONS]

  --fresh         はじめからやり直す / drop the state, begin anew
  --empty         最初のとき、見本の町を作らない / the first time: without the sample town
  --no-build      符号化器を作らない / without building a better encoder beside it
  --display :0    仮想の職場でなく、この機械の X11 の画面を見せる / show this machine's own X11 screen instead of the virtual office
  --state FOLDER  状態を別の場所に置く / keep the state elsewhere
  --store KIND    最初のとき、データベースを選ぶ：sqlite（ふつう）か postgres（複数のサーバー用）
                  the first time: which database, sqlite (usual) or postgres (for several servers)`;

/** Says how it is called, and ends, for who asked for that or for what there is not. */
export function startOptions() {
  try {
    const { values } = parseArgs({ options: OPTIONS });
    const store = STORES.find((kind) => kind === values.store);
    if (values.store !== undefined && store === undefined) throw new Error("no such store");
    if (!values.help) return { ...values, store };
    process.stdout.write(`${USAGE}\n`);
    process.exit(0);
  } catch {
    process.stderr.write(`${USAGE}\n`);
    process.exit(1);
  }
}
