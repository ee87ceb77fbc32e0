/** Rules as they are typed on the command line. */
import { expect, test } from "vitest";
import { CommandError } from "../../../signaling/cli/command-line.ts";
import { formatRule, parseRules, ruleNamed } from "../../../signaling/cli/policy-words.ts";
import { POLICY_RULES, type PolicyRules } from "../../../signaling/protocol/policy.ts";

const office = { from: 510, to: 1_035 };

test.each<[string, PolicyRules]>([
  ["hours=mon-fri:08:30-17:15", { hours: [office, office, office, office, office, null, null] }],
  ["hours=mon:08:30-17:15,sat-sun:8:30-17:15", { hours: [office, null, null, null, null, office, office] }],
  ["hours=sat-mon:08:30-17:15", { hours: [office, null, null, null, null, office, office] }],
  ["hours=daily:00:00-24:00", { hours: Array(7).fill({ from: 0, to: 1_440 }) }],
  ["hours=never", { hours: Array(7).fill(null) }],
  [
    "places=庁内:10.1.0.0/16+2001:db8:1::/48,窓口:192.0.2.7",
    {
      places: [
        { name: "庁内", networks: ["10.1.0.0/16", "2001:db8:1::/48"] },
        { name: "窓口", networks: ["192.0.2.7"] },
      ],
    },
  ],
  ["from=庁内, elsewhere", { from: ["庁内", "elsewhere"] }],
  ["calendar=holidays", { calendar: { holidays: true, days: [] } }],
  ["calendar=none", { calendar: { holidays: false, days: [] } }],
  [
    "calendar=holidays,12-29..01-03:年末年始,2026-11-03@09:00-12:00:臨時開庁,2026-10-12@weekday:祝日の移動",
    {
      calendar: {
        holidays: true,
        days: [
          { name: "年末年始", on: "12-29", to: "01-03", hours: null },
          { name: "臨時開庁", on: "2026-11-03", hours: { from: 540, to: 720 } },
          { name: "祝日の移動", on: "2026-10-12", hours: "weekday" },
        ],
      },
    },
  ],
  ["endNotices=90/30/10+30", { endNotices: { firstMin: 90, everyMin: 30, lastMin: 10, graceMin: 30 } }],
  ["shutDown=after-hours", { shutDown: "after-hours" }],
  ["viewonly=yes", { viewOnly: true }],
  ["wake=no", { wake: false }],
  ["idleMinutes=10", { idleMinutes: 10 }],
  ["lockOn=end", { lockOn: "end" }],
])("%s", (text, rules) => {
  expect(parseRules([text])).toEqual(rules);
  const [rule] = Object.keys(rules) as [keyof PolicyRules];
  expect(parseRules([`${rule}=${formatRule(rules, rule)}`])).toEqual(rules);
});

test.each([
  ["hours", "rule=value"],
  ["hour=1", "there is no rule hour; there are: "],
  ["hours=mon-fri:17:15-08:30", "the end is not later"],
  ["hours=mon:25:00-26:00", "hours cannot be"],
  ["hours=mon:08:70-09:00", "no time 08:70"],
  ["hours=montag:08:00-09:00", "no day montag"],
  ["hours=mon-wed:08:00-09:00,tue:10:00-11:00", "tue are said twice"],
  ["hours=8-17", "write hours as"],
  ["places=庁内", "write a place as"],
  ["places=庁内:10.1.0.0/99", "places cannot be"],
  ["calendar=年末年始", "write a day as"],
  ["calendar=13-01:何か", "calendar cannot be"],
  ["endNotices=90", "write notices as"],
  ["endNotices=90/1/10+30", "endNotices cannot be"],
  ["idleMinutes=4", "idleMinutes cannot be 4"],
  ["idleMinutes=soon", "idleMinutes cannot be soon"],
  ["cover=yes", "cover cannot be yes"],
  ["from=", "from cannot be"],
])("%s is refused: %s", (text, why) => {
  expect(() => parseRules([text])).toThrow(CommandError);
  expect(() => parseRules([text])).toThrow(why);
});

test("each is said once, and in any case of letters", () => {
  expect(() => parseRules(["wake=no", "WAKE=yes"])).toThrow("wake is said twice");
  for (const rule of POLICY_RULES) expect(ruleNamed(rule.toUpperCase())).toBe(rule);
});
