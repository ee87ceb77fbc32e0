/**
 * What policy says at one place: the rules set there and above it, the nearest of each. Pure. Also whether a person may come from
 * an address, by the names of networks; when they may, by the clock, is policy-hours.ts.
 */
import { BlockList, isIPv6 } from "node:net";
import type { AgentPolicy } from "../protocol/policy.ts";
import {
  AgentRules,
  agentPolicyId,
  ELSEWHERE,
  type Place,
  POLICY_RULES,
  type PolicyRule,
  type PolicyRules,
} from "../protocol/policy.ts";
import { sourceOf } from "../source.ts";

export interface Layer<Where> {
  readonly place: Where;
  readonly rules: PolicyRules;
}

export interface Resolved<Where> {
  readonly inForce: PolicyRules;
  /** Of each rule that holds: where it was set. */
  readonly from: Readonly<Partial<Record<PolicyRule, Where>>>;
}

/** From above to below. */
export function resolve<Where>(layers: readonly Layer<Where>[]): Resolved<Where> {
  const inForce: PolicyRules = {};
  const from: Partial<Record<PolicyRule, Where>> = {};
  for (const { place, rules } of layers)
    for (const rule of POLICY_RULES) {
      if (rules[rule] === undefined) continue;
      Object.assign(inForce, { [rule]: rules[rule] });
      from[rule] = place;
    }
  return { inForce, from };
}

const AGENT_RULES = Object.keys(AgentRules.shape) as (keyof AgentRules)[];
const NAMED = new WeakMap<PolicyRules, Promise<AgentPolicy>>();

/** The part that an office PC keeps. With no rule in it: its own settings are all that holds. */
export function agentPolicyOf(rules: PolicyRules): Promise<AgentPolicy> {
  const known = NAMED.get(rules);
  if (known) return known;
  const set = AGENT_RULES.filter((rule) => rules[rule] !== undefined);
  const named = namedPolicy(Object.fromEntries(set.map((rule) => [rule, rules[rule]])));
  NAMED.set(rules, named);
  return named;
}

const namedPolicy = async (rules: AgentRules): Promise<AgentPolicy> => ({ id: await agentPolicyId(rules), rules });

/** Names in `from` that no network in force has: from there nobody gets in. */
export function unknownPlaces({ places = [], from = [] }: PolicyRules): string[] {
  const names = new Set([ELSEWHERE, ...places.map(({ name }) => name)]);
  return from.filter((name) => !names.has(name));
}

/** An address may lie in several networks; one of them that is allowed is enough. */
export function isPlaceAllowed({ places = [], from }: PolicyRules, address: string): boolean {
  if (from === undefined) return true;
  const here = places.filter((place) => lies(address, place)).map(({ name }) => name);
  return (here.length === 0 ? [ELSEWHERE] : here).some((name) => from.includes(name));
}

const NETWORKS = new WeakMap<Place, BlockList>();

function lies(address: string, place: Place): boolean {
  const networks = NETWORKS.get(place) ?? networksOf(place);
  NETWORKS.set(place, networks);
  // IPv4 as a socket for both families writes it; the /64 of which alone a sign-in is kept (source.ts)
  const plain = (address.startsWith("::ffff:") ? sourceOf(address) : address).replace(/%.*$|\/\d+$/, "");
  return networks.check(plain, isIPv6(plain) ? "ipv6" : "ipv4");
}

function networksOf({ networks }: Place): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [base = "", bits] = network.split("/");
    const [family, all] = isIPv6(base) ? (["ipv6", 128] as const) : (["ipv4", 32] as const);
    list.addSubnet(base, bits === undefined ? all : Number(bits), family);
  }
  return list;
}
