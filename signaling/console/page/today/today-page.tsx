/** 今日: questions with their answers in numbers, each a way to the list behind it; what waits for a second person; the day as a line. */
import type { Today, WaitingConfirmation } from "../../../protocol/console.ts";
import { clock, isoMoment, wareki } from "../format/moment.ts";
import { lazily } from "../parts/lazy.tsx";
import { FailureNotice } from "../parts/notice.tsx";
import { ItemLink, Named } from "../parts/value.tsx";
import * as api from "../state/api.ts";
import { useDesk } from "../state/desk.ts";
import { useLive } from "../state/live.ts";
import { formatRoute } from "../state/route.ts";

const EVERY_MS = 10_000;

// the figures are there first
const Chart = lazily(() => import("./chart.tsx").then((part) => part.Chart));
const Expiring = lazily(() => import("../waves/expiring.tsx").then((part) => part.Expiring));
const LineUse = lazily(() => import("./line-use.tsx").then((part) => part.LineUse));
const Notices = lazily(() => import("./notices.tsx").then((part) => part.Notices));

export function TodayPage() {
  const { words } = useDesk();
  const { value, failure } = useLive("today", api.today, EVERY_MS);
  return (
    <div class="page today">
      <div class="title-row">
        <h1>{words.text("today")}</h1>
        {value && (
          <p class="hint">
            {words.language === "ja" ? `${wareki(value.at)} ` : ""}
            {words.text("todayAt", { time: isoMoment(value.at) })}
          </p>
        )}
      </div>
      {failure && <FailureNotice failure={failure} testId="today-problem" />}
      {!value && !failure && <p class="hint">{words.text("loading")}</p>}
      {value && (
        <>
          <Figures figures={value.figures} />
          {value.setAside.length > 0 && <SetAside all={value.setAside} />}
          {value.expiring && <Expiring all={value.expiring} />}
          {value.confirmations.length > 0 && <Confirmations all={value.confirmations} />}
          {value.line && <LineUse line={value.line} />}
          <Chart points={value.connected} />
          <Notices />
        </>
      )}
    </div>
  );
}

function Figures({ figures }: Pick<Today, "figures">) {
  const { words } = useDesk();
  return (
    <ul class="figures">
      {figures.map(({ kind, count, list, state, q }) => (
        <li key={kind}>
          <a
            class="figure"
            href={formatRoute({ place: list, ...(q && { q }), ...(state && { state }) })}
            onClick={kind === "confirmations-waiting" && count > 0 ? toConfirmations : undefined}
            data-testid={`figure-${kind}`}
            data-waits={WAITING.has(kind) && count > 0 ? "true" : undefined}
          >
            <span class="figure-name">{words.figure(kind)}</span>
            <span class="figure-count">{words.number(count)}</span>
          </a>
        </li>
      ))}
    </ul>
  );
}

/** What somebody has to do something about. */
const WAITING: ReadonlySet<string> = new Set([
  "terminals-set-aside",
  "devices-waiting",
  "confirmations-waiting",
  "requests-waiting",
  "people-barred",
]);

/** They stand on this very page. */
function toConfirmations(event: Event): void {
  event.preventDefault();
  document.querySelector<HTMLElement>("#confirmations")?.focus();
}

/** Two office PCs with one key: which they are, and where they come from. */
function SetAside({ all }: { all: Today["setAside"] }) {
  const { words } = useDesk();
  return (
    <section class="card" aria-labelledby="set-aside">
      <h2 id="set-aside">{words.figure("terminals-set-aside")}</h2>
      <p class="hint">{words.text("setAsideHint")}</p>
      <ul class="lines">
        {all.map(({ id, name, since, twins }) => (
          <li key={id} class="line" data-testid="set-aside">
            <p>
              <ItemLink list="terminals" id={id}>
                {name}
              </ItemLink>{" "}
              <Named name="" small={id} />
            </p>
            <p>{twins?.join(" / ")}</p>
            <p class="hint">{since !== undefined && isoMoment(since)}</p>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Confirmations({ all }: { all: readonly WaitingConfirmation[] }) {
  const { words } = useDesk();
  return (
    <section class="card" aria-labelledby="confirmations">
      <h2 id="confirmations" tabIndex={-1}>
        {words.text("confirmationsTitle")}
      </h2>
      <ul class="lines">
        {all.map((one) => (
          <Confirmation key={one.id} {...one} />
        ))}
      </ul>
    </section>
  );
}

function Confirmation(one: WaitingConfirmation) {
  const { id, action, person, organisation, code, askedBy, askedAt, expiresAt, mayConfirm } = one;
  const { words, choose } = useDesk();
  const what = action === "device.approve" || action === "otp.reset" ? words.act(action) : action;
  const name = `${what}：${person.name}（${id}）`;
  return (
    <li class="line" data-testid="confirmation">
      <div>
        <p>
          <strong>{what}</strong>{" "}
          <ItemLink list="people" id={person.id}>
            {person.name}
          </ItemLink>{" "}
          {code && <Named name="" small={code} />}
        </p>
        <p class="hint">
          <span class="mono">{id}</span>{" "}
          {words.text("confirmationAsked", {
            by: words.actor(askedBy),
            at: isoMoment(askedAt),
            until: clock(expiresAt),
          })}
        </p>
      </div>
      {mayConfirm ? (
        <button
          type="button"
          class="button primary"
          data-testid="confirm"
          onClick={() =>
            choose({
              type: "confirmation.confirm",
              subjects: [
                {
                  name,
                  known: { confirmation: id },
                  organisation: organisation.id,
                  paper: { name: person.name, id: person.login },
                },
              ],
            })
          }
        >
          {words.act("confirmation.confirm")}
        </button>
      ) : (
        <p class="hint">{words.text("confirmationOwn")}</p>
      )}
    </li>
  );
}
