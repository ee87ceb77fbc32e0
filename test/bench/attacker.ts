/**
 * A program: somebody with a credential of the relay sends to ports of it what once ended sessions, for so long, and no more than so
 * much. Says how many datagrams it sent, as JSON. Started by attack.ts, in a network namespace of the bench.
 */
import { setTimeout as pause } from "node:timers/promises";
import { ATTACKS, openStranger } from "../support/stranger.ts";

export interface AttackerOptions {
  readonly relay: { readonly host: string; readonly port: number };
  readonly user: { readonly username: string; readonly password: string };
  /** At the relay's own address. */
  readonly target: { readonly host: string; readonly ports: readonly number[] };
  readonly seconds: number;
  readonly perSecond: number;
}

const BATCH = 100;

async function attack({ relay, user, target, seconds, perSecond }: AttackerOptions): Promise<number> {
  const stranger = await openStranger(relay, user);
  console.log("ready");
  const kinds = Object.values(ATTACKS);
  const begun = performance.now();
  let sent = 0;
  while (performance.now() - begun < seconds * 1_000) {
    const datagrams = Array.from({ length: BATCH }, (_, i) => ({
      // every port gets every kind, one kind after the other
      port: target.ports[(sent + i) % target.ports.length] ?? 0,
      datagram: kinds[Math.floor((sent + i) / target.ports.length) % kinds.length] ?? Buffer.alloc(0),
    }));
    await stranger.spray(target.host, datagrams);
    sent += BATCH;
    await pause(Math.max(0, (sent / perSecond) * 1_000 - (performance.now() - begun)));
  }
  await stranger.close();
  return sent;
}

const sent = await attack(JSON.parse(process.argv[2] ?? ""));
console.log(JSON.stringify({ sent }));
