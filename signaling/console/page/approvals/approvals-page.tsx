/** 承認: what waits for an answer, one card each, with all that one has to know; it fits a small tablet that is held upright. */
import { useEffect, useRef, useState } from "preact/hooks";
import { call, type Failure, type Result } from "../../../client/account.ts";
import { type Approval, Approvals, type Decision } from "../../../protocol/requests.ts";
import { isoMoment } from "../format/moment.ts";
import { FailureNotice } from "../parts/notice.tsx";
import { useDesk } from "../state/desk.ts";
import { useLive } from "../state/live.ts";
import { useOwnWords } from "../state/own-words.ts";
import { APPROVAL_WORDS } from "./approval-words.ts";
import { Decided } from "./decided.tsx";
import { Answers, Person, timeOf } from "./request-parts.tsx";
import "./approvals.css";

const EVERY_MS = 5_000;
const PATH = "/api/console/approvals";
const load = (isAuto: boolean): Promise<Result<Approvals>> => call("GET", isAuto ? `${PATH}?auto=1` : PATH, Approvals);
const send = (decision: Decision): Promise<Result<Approvals>> => call("POST", PATH, Approvals, decision);

interface News {
  readonly text: string;
  readonly failure?: Failure;
}

export function ApprovalsPage() {
  const say = useOwnWords(APPROVAL_WORDS);
  const { words, lost } = useDesk();
  const { value, failure } = useLive("approvals", load, EVERY_MS);
  // what an answer brought back is newer than what was asked for before it
  const [answered, setAnswered] = useState<Approvals>();
  const [news, setNews] = useState<News>();
  const said = useRef<HTMLDivElement>(null);
  useEffect(() => said.current?.focus(), [news]);
  const shown = answered && value && answered.at > value.at ? answered : value;
  const decide = async (one: Approval, yes: boolean, word: string): Promise<void> => {
    const answer = await send({ request: one.id, yes, ...(word.trim() !== "" && { word: word.trim() }) });
    if (!answer.ok) {
      if (answer.failure.code === "NOT_SIGNED_IN") lost(answer.failure);
      else setNews({ text: "", failure: answer.failure });
      return;
    }
    setAnswered(answer.value);
    const isMore = answer.value.waiting.some(({ id }) => id === one.id);
    setNews({ text: say(yes ? (isMore ? "saidYesMore" : "saidYes") : "saidNo", { name: one.person.name }) });
  };
  const tookBack = (one: Approval, after: Approvals): void => {
    setAnswered(after);
    setNews({ text: say("tookBack", { name: one.person.name }) });
  };
  return (
    <div class="page approvals">
      <h1>{say("title")}</h1>
      <p class="hint">{say("about")}</p>
      <div ref={said} tabIndex={-1} data-testid="approval-news">
        {news?.failure && <FailureNotice failure={news.failure} testId="approval-problem" />}
        {news && !news.failure && (
          <p class="notice info" role="status">
            {news.text}
          </p>
        )}
      </div>
      {failure && <FailureNotice failure={failure} testId="approvals-problem" />}
      {!shown && !failure && <p class="hint">{words.text("loading")}</p>}
      {shown && (
        <section class="approval-cards" aria-labelledby="approvals-waiting">
          <h2 id="approvals-waiting" data-testid="approvals-waiting">
            {shown.waiting.length === 0 ? say("none") : say("waiting", { count: words.number(shown.waiting.length) })}
          </h2>
          {shown.waiting.map((one) => (
            <Waiting key={one.id} one={one} decide={decide} />
          ))}
        </section>
      )}
      {shown && shown.decided.length > 0 && <Decided decided={shown.decided} tookBack={tookBack} />}
    </div>
  );
}

interface WaitingProps {
  readonly one: Approval;
  readonly decide: (one: Approval, yes: boolean, word: string) => Promise<void>;
}

function Waiting({ one, decide }: WaitingProps) {
  const say = useOwnWords(APPROVAL_WORDS);
  const [word, setWord] = useState("");
  const [isBusy, setBusy] = useState(false);
  const { id, person, kind, purpose, needed, answers, expiresAt, askedAt, mayAnswer } = one;
  const answer = (yes: boolean): void => {
    setBusy(true);
    void decide(one, yes, word).finally(() => setBusy(false));
  };
  return (
    <article class="card approval" data-testid="approval" aria-labelledby={`approval-${id}`}>
      <h3 id={`approval-${id}`}>
        <span class="approval-kind">{say(kind)}</span> <Person one={one} />
      </h3>
      <p class="approval-purpose" data-testid="approval-purpose">
        {purpose}
      </p>
      <Facts one={one} />
      {needed > 1 && <p>{say("needs", { count: answers.length })}</p>}
      <Answers one={one} />
      <p class="hint">
        {say("asked", { at: timeOf(askedAt, askedAt) })}
        {" / "}
        {say("expires", { at: timeOf(expiresAt, askedAt) })}
      </p>
      {mayAnswer ? (
        <div class="approval-answer">
          <label class="approval-word">
            {say("word")}
            <input
              class="input"
              data-testid="approval-word"
              maxLength={200}
              autocomplete="off"
              value={word}
              onInput={(event) => setWord(event.currentTarget.value)}
            />
          </label>
          {[true, false].map((yes) => (
            <button
              key={`${yes}`}
              type="button"
              class={yes ? "button primary" : "button danger"}
              data-testid={yes ? "approve" : "refuse"}
              aria-label={say(yes ? "yesOf" : "noOf", { name: person.name })}
              disabled={isBusy}
              onClick={() => answer(yes)}
            >
              {say(yes ? "yes" : "no")}
            </button>
          ))}
        </div>
      ) : (
        <NotYours one={one} />
      )}
    </article>
  );
}

function NotYours({ one: { person } }: { one: Approval }) {
  const say = useOwnWords(APPROVAL_WORDS);
  const { me } = useDesk();
  return <p class="hint">{say(person.login === me?.login ? "own" : "notYours")}</p>;
}

function Facts({ one: { kind, since, until, askedAt, terminal, lastUse, overtimeMs } }: { one: Approval }) {
  const say = useOwnWords(APPROVAL_WORDS);
  const hours = useHours();
  const times = { until: timeOf(until, askedAt), from: timeOf(since, askedAt), hours: hours(until - since) };
  const used = lastUse && {
    terminal: lastUse.terminal,
    at: isoMoment(lastUse.at),
    end: lastUse.end === undefined ? "" : isoMoment(lastUse.end),
  };
  const isOn = lastUse !== undefined && lastUse.end === undefined;
  return (
    <dl class="approval-facts">
      <dt>{say("until")}</dt>
      <dd data-testid="approval-until">{say(kind === "overtime" ? "untilFrom" : "untilDay", times)}</dd>
      {terminal && (
        <>
          <dt>{say("pc")}</dt>
          <dd>
            {terminal.name} <span class="era mono">{terminal.id}</span>
          </dd>
        </>
      )}
      <dt>{say("lastUse")}</dt>
      <dd>{used ? say(isOn ? "lastUseNow" : "lastUseEnd", used) : say("lastUseNone")}</dd>
      <dt>{say("month")}</dt>
      <dd>{hours(overtimeMs)}</dd>
    </dl>
  );
}

function useHours(): (ms: number) => string {
  const say = useOwnWords(APPROVAL_WORDS);
  return (ms) => {
    const minutes = Math.round(ms / 60_000);
    const parts = { hours: Math.floor(minutes / 60), minutes: minutes % 60 };
    return say(minutes < 60 ? "minutes" : "hours", parts);
  };
}
