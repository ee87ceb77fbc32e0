/** The relay's nftables rules, loaded into a network namespace of their own with an office PC's namespace beside it. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const RULES = join(import.meta.dirname, "../../turn-config/engawa-turn.nft");

/** `pc0` is the office PC's end of a cable; each datagram leaves from another port, so each is a new flow. */
const SCRIPT = `
set -e
ip link set lo up
unshare --net sleep infinity &
pc=$!
trap 'kill $pc' EXIT
until [ "$(readlink /proc/$pc/ns/net)" != "$(readlink /proc/$$/ns/net)" ]; do :; done
ip link add name relay0 type veth peer name pc0 netns $pc
ip addr add 10.0.0.5/24 dev relay0
ip link set relay0 up
in_pc() { nsenter --net --target $pc "$@"; }
for address in 9 10; do in_pc ip addr add 10.0.0.$address/24 dev pc0; done
in_pc ip link set pc0 up
nft -f "$1"
flows() { in_pc "$2" -e '
const [address, flows] = process.argv.slice(1);
const { createSocket } = require("node:dgram");
const ask = () => new Promise((done) => {
  const socket = createSocket("udp4");
  socket.bind(0, address, () => socket.send("?", 3478, "10.0.0.5", () => socket.close(done)));
});
(async () => { for (let flow = 0; flow < flows; flow += 1) await ask(); })();
' "$3" "$4"; }
dropped() { nft list table inet engawa_turn | sed -n 's/.*counter packets \\([0-9]*\\) bytes.*too many new flows.*/\\1/p'; }
flows - "$2" 10.0.0.9 150; dropped
flows - "$2" 10.0.0.9 20000; flooded=$(dropped); echo $flooded
flows - "$2" 10.0.0.10 1; echo $(($(dropped) - flooded))
`;

test("hold back an office PC that floods the relay with new flows, and nobody else", async () => {
  const command = ["--net", "bash", "-c", SCRIPT, "relay-firewall", RULES, process.execPath];
  const { stdout } = await promisify(execFile)("unshare", command);
  const [usual, flooded, other] = stdout.trim().split("\n").map(Number);
  expect([usual, other]).toEqual([0, 0]);
  expect(flooded).toBeGreaterThan(0);
});
