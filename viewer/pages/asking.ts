/** The two dialogs in which something is asked of one's managers: 用務, and until when. What the server refuses is said in it. */
import type { Failure } from "../../signaling/client/account.ts";
import type { OwnRequests, RequestAsk } from "../../signaling/protocol/requests.ts";
import { el } from "../dom.ts";
import type { RequestWords } from "../words/request-words.ts";
import { askPerson } from "./dialog.ts";
import { Field } from "./field.ts";
import { notice } from "./page.ts";

const QUARTER_MS = 15 * 60_000;
const HOUR_MS = 3_600_000;

interface Form<Typed> {
  readonly title: string;
  readonly text: string;
  readonly testId: string;
  readonly fields: readonly Field[];
  readonly more: readonly Node[];
  /** Undefined: something is missing, and was complained about. */
  readonly read: () => Typed | undefined;
}

/** True once it was sent. */
export async function askOvertime(
  say: RequestWords,
  { overtime }: OwnRequests,
  send: (asked: RequestAsk) => Promise<Failure | undefined>,
): Promise<boolean> {
  if (!overtime) return false;
  const { from, latest } = overtime;
  const purpose = purposeField(say);
  const times = quarters(Math.max(from, Date.now()), latest);
  const usual = times.findLast((time) => time <= Math.max(from, Date.now()) + HOUR_MS) ?? latest;
  const until = el(
    "select",
    { id: "field-until", class: "input", testId: "asking-until", attributes: { name: "until" } },
    ...times.map((time) =>
      el("option", { attributes: { value: String(time), selected: time === usual } }, say.time(time)),
    ),
  );
  const row = el(
    "div",
    { class: "field" },
    el("label", { attributes: { for: until.id } }, say.text("until")),
    el("div", { class: "input-box" }, until),
  );
  const isOpen = from > Date.now();
  return asking<RequestAsk>(say, send, {
    title: say.text("overtimeTitle"),
    text: isOpen ? say.text("overtimeText", { from: say.time(from) }) : say.text("overtimeNow"),
    testId: "asking-overtime",
    fields: [purpose],
    more: [row],
    read: () => {
      const why = purposeOf(say, purpose);
      return why === undefined ? undefined : { kind: "overtime", purpose: why, until: Number(until.value) };
    },
  });
}

export async function askGrant(
  say: RequestWords,
  { grant }: OwnRequests,
  send: (asked: RequestAsk) => Promise<Failure | undefined>,
): Promise<boolean> {
  const terminal = new Field({
    testId: "asking-terminal",
    label: say.text("terminal"),
    hint: say.text("terminalHint"),
    attributes: { autocomplete: "off", maxlength: "200" },
  });
  const purpose = purposeField(say);
  // the end of the last day must not lie behind the latest moment
  const last = dayOf(grant.latest - 24 * HOUR_MS);
  const day = new Field({
    testId: "asking-day",
    label: say.text("until"),
    attributes: { type: "date", min: dayOf(Date.now()), max: last, value: dayOf(Date.now()) },
  });
  return asking<RequestAsk>(say, send, {
    title: say.text("grantTitle"),
    text: say.text("grantText"),
    testId: "asking-grant",
    fields: [terminal, purpose, day],
    more: [],
    read: () => {
      const why = purposeOf(say, purpose);
      const name = terminal.input.value.normalize("NFC").trim();
      if (name === "") terminal.complain(say.text("missingTerminal"));
      const until = endOf(day.input.value);
      const isGood = until !== undefined && until > Date.now() && until <= grant.latest;
      if (!isGood) day.complain(say.text("missingDay", { day: last }));
      if (why === undefined || name === "" || !isGood) return undefined;
      return { kind: "grant", purpose: why, terminal: name, until };
    },
  });
}

/** Asked again with the reason, as long as it is refused. */
async function asking<Typed>(
  say: RequestWords,
  send: (typed: Typed) => Promise<Failure | undefined>,
  { title, text, testId, fields, more, read }: Form<Typed>,
): Promise<boolean> {
  for (let failure: Failure | undefined; ; ) {
    let typed: Typed | undefined;
    const problem =
      failure && notice("problem", say.text("failed"), "asking-problem", el("p", {}, say.failure(failure)));
    const isSent = await askPerson({
      title,
      content: [...(problem ? [problem] : []), el("p", {}, text), ...fields.map(({ row }) => row), ...more],
      yes: say.text("send"),
      no: say.text("cancel"),
      testId,
      ...(fields[0] && { focus: fields[0].input }),
      check: () => {
        for (const field of fields) field.clear();
        typed = read();
        return typed === undefined ? "stay" : "yes";
      },
    });
    if (!isSent || typed === undefined) return false;
    failure = await send(typed);
    if (!failure) return true;
  }
}

const purposeField = (say: RequestWords): Field =>
  new Field({
    testId: "asking-purpose",
    label: say.text("purpose"),
    hint: say.text("purposeHint"),
    attributes: { autocomplete: "off", maxlength: "200" },
  });

function purposeOf(say: RequestWords, field: Field): string | undefined {
  const purpose = field.input.value.normalize("NFC").trim();
  if (purpose !== "") return purpose;
  field.complain(say.text("missingPurpose"));
  return undefined;
}

/** The quarters of an hour behind `from`, and the latest moment. */
export function quarters(from: number, latest: number): number[] {
  const times: number[] = [];
  for (let time = (Math.floor(from / QUARTER_MS) + 1) * QUARTER_MS; time < latest; time += QUARTER_MS) times.push(time);
  return [...times, latest];
}

function dayOf(at: number): string {
  const date = new Date(at);
  const two = (count: number): string => String(count).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

function endOf(day: string): number | undefined {
  const [, year, month, date] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day) ?? [];
  return year === undefined ? undefined : new Date(Number(year), Number(month) - 1, Number(date) + 1).getTime();
}
