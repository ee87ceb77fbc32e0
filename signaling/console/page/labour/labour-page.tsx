/** 労務: a month of work outside of hours, person by person and day by day, beside what was approved; printed as it stands, or as CSV. */
import { useState } from "preact/hooks";
import { call, type Failure, type Result } from "../../../client/account.ts";
import { Labour, type LabourDay } from "../../../protocol/labour.ts";
import { csv, download } from "../format/csv.ts";
import { clock, isoDate } from "../format/moment.ts";
import { FailureNotice } from "../parts/notice.tsx";
import { ItemLink } from "../parts/value.tsx";
import { useDesk } from "../state/desk.ts";
import { useLoaded } from "../state/loaded.ts";
import { useOwnWords } from "../state/own-words.ts";
import { LABOUR_WORDS } from "./labour-words.ts";
import "./labour.css";

const ask = (month: string, as?: "csv"): Promise<Result<Labour>> =>
  call("GET", `/api/console/labour?month=${month}${as ? `&as=${as}` : ""}`, Labour);
/** Others are not asked for; what a browser without a month picker lets through neither. */
const MONTH = /^20\d\d-(0[1-9]|1[0-2])$/;

export function LabourPage() {
  const say = useOwnWords(LABOUR_WORDS);
  const { words, lost, version } = useDesk();
  const [month, setMonth] = useState(isoDate(Date.now()).slice(0, 7));
  const [failed, setFailed] = useState<Failure>();
  // one look is one record: it is not asked again by itself
  const { part: answer } = useLoaded(MONTH.test(month) ? `${month} ${version}` : undefined, async () => {
    const got = await ask(month);
    if (!got.ok && got.failure.code === "NOT_SIGNED_IN") lost(got.failure);
    return got;
  });
  const labour = answer?.ok === true ? answer.value : undefined;
  const failure = failed ?? (answer?.ok === false ? answer.failure : undefined);
  const save = async (): Promise<void> => {
    const got = await ask(month, "csv");
    if (!got.ok) return setFailed(got.failure);
    setFailed(undefined);
    download(`${say("title")}-${month}.csv`, csv(linesOf(got.value, say)));
  };
  const count = labour?.people.reduce((sum, { days }) => sum + days.length, 0) ?? 0;
  return (
    <div class="page labour">
      <div class="title-row">
        <h1>
          {say("title")} <span class="labour-month">{labour?.month}</span>
        </h1>
        <div class="tools">
          <label>
            {say("month")}{" "}
            <input
              class="input labour-picker"
              type="month"
              data-testid="labour-month"
              value={month}
              onInput={(event) => setMonth(event.currentTarget.value)}
            />
          </label>
          <button type="button" class="button" data-testid="labour-print" onClick={() => window.print()}>
            {say("print")}
          </button>
          <button
            type="button"
            class="button"
            data-testid="labour-csv"
            disabled={count === 0}
            onClick={() => void save()}
          >
            {say("csv", { count: words.number(count) })}
          </button>
        </div>
      </div>
      <p class="hint">{say("about")}</p>
      {failure && <FailureNotice failure={failure} testId="labour-problem" />}
      {!answer && <p class="hint">{words.text("loading")}</p>}
      {labour && count === 0 && <p data-testid="labour-none">{say("none", { month: labour.month })}</p>}
      {labour && count > 0 && <Month labour={labour} />}
    </div>
  );
}

function Month({ labour: { people, isCut } }: { labour: Labour }) {
  const say = useOwnWords(LABOUR_WORDS);
  const { words } = useDesk();
  const all = people.flatMap(({ days }) => days);
  const summary = {
    people: words.number(people.length),
    worked: hours(sum(all, "workedMs")),
    unapproved: hours(sum(all, "unapprovedMs")),
  };
  return (
    <>
      {isCut && <p class="notice problem">{say("isCut")}</p>}
      <p data-testid="labour-summary">{say("summary", summary)}</p>
      <section class="labour-scroll" aria-label={say("title")}>
        <table class="labour-table">
          <thead>
            <tr>
              {(["person", "day", "requested", "approved", "worked", "workedTime", "difference", "mark"] as const).map(
                (key) => (
                  <th key={key} scope="col">
                    {say(key)}
                  </th>
                ),
              )}
              <th scope="col">{say("purpose")}</th>
            </tr>
          </thead>
          {people.map((one) => (
            <Person key={one.person.id} one={one} />
          ))}
        </table>
      </section>
    </>
  );
}

function Person({ one: { person, division, days } }: { one: Labour["people"][number] }) {
  const say = useOwnWords(LABOUR_WORDS);
  // what may still be used is no difference yet
  const marked = days.filter(({ mark }) => mark !== undefined);
  return (
    <tbody data-testid="labour-person">
      {days.map((day, index) => (
        <tr key={day.day} data-mark={day.mark}>
          {index === 0 && (
            <th scope="rowgroup" rowSpan={days.length + 1}>
              <ItemLink list="people" id={person.id}>
                {person.name}
              </ItemLink>
              <span class="era">
                {person.login} {division}
              </span>
            </th>
          )}
          <Day day={day} />
        </tr>
      ))}
      <tr class="labour-total">
        <td>{say("total")}</td>
        <td />
        <td class="count">{hours(sum(days, "approvedMs"))}</td>
        <td />
        <td class="count">{hours(sum(days, "workedMs"))}</td>
        <td class="count">{signed(sum(marked, "workedMs") - sum(marked, "approvedMs"))}</td>
        <td class="count">
          {sum(days, "unapprovedMs") > 0 && `${say("unapproved")} ${hours(sum(days, "unapprovedMs"))}`}
        </td>
        <td />
      </tr>
    </tbody>
  );
}

const TONES = { "as-approved": "good", over: "bad", unapproved: "bad", unused: "" } as const;

function Day({ day }: { day: LabourDay }) {
  const say = useOwnWords(LABOUR_WORDS);
  const { requestedUntil, approvedUntil, workedUntil, approvedMs, workedMs, mark, purposes } = day;
  const time = (at: number | undefined): string => (at === undefined ? "" : clock(at));
  return (
    <>
      <td class="count">{day.day.slice(5)}</td>
      <td class="count">{time(requestedUntil)}</td>
      <td class="count">{time(approvedUntil)}</td>
      <td class="count">{time(workedUntil)}</td>
      <td class="count">{workedMs > 0 && hours(workedMs)}</td>
      <td class="count">{mark && signed(workedMs - approvedMs)}</td>
      <td>
        {mark && (
          <span class="state" data-tone={TONES[mark]}>
            {say(mark)}
          </span>
        )}
      </td>
      <td>{purposes.join("、")}</td>
    </>
  );
}

type Say = ReturnType<typeof useOwnWords<keyof (typeof LABOUR_WORDS)["ja"]>>;

function linesOf({ people }: Labour, say: Say): string[][] {
  const minutes = (ms: number): string => `${Math.round(ms / 60_000)}`;
  const time = (at: number | undefined): string => (at === undefined ? "" : clock(at));
  const heads = [
    ...(["organisation", "division", "login", "person", "day", "requested", "approved", "worked"] as const),
    ...(["approvedMinutes", "workedMinutes", "unapprovedMinutes", "mark", "purpose"] as const),
  ];
  const lines = people.flatMap(({ person, organisation, division, days }) =>
    days.map((day) => [
      ...[organisation.name, division, person.login, person.name, day.day],
      ...[time(day.requestedUntil), time(day.approvedUntil), time(day.workedUntil)],
      ...[minutes(day.approvedMs), minutes(day.workedMs), minutes(day.unapprovedMs)],
      ...[day.mark ? say(day.mark) : "", day.purposes.join("、")],
    ]),
  );
  return [heads.map((key) => say(key)), ...lines];
}

const sum = (days: readonly LabourDay[], key: "approvedMs" | "workedMs" | "unapprovedMs"): number =>
  days.reduce((total, day) => total + day[key], 0);

/** `2:05` */
function hours(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}`;
}

const signed = (ms: number): string => {
  if (Math.round(ms / 60_000) === 0) return "0:00";
  return `${ms > 0 ? "+" : "−"}${hours(Math.abs(ms))}`;
};
