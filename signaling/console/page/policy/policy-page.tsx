/** 決まり: on the left where something is decided, on the right what is decided there, what holds, and where that comes from. */
import { useState } from "preact/hooks";
import type { PolicyPlaces } from "../../../protocol/console-policy.ts";
import { lazily, NotLoaded } from "../parts/lazy.tsx";
import { FailureNotice } from "../parts/notice.tsx";
import { useDesk } from "../state/desk.ts";
import { useLive } from "../state/live.ts";
import { formatRoute } from "../state/route.ts";
import "./policy.css";
import { PlacePane } from "./place-pane.tsx";
import * as routes from "./routes.ts";
import { SaidContext, useLoadedSaid, useSaid } from "./said.ts";

const DocumentsPage = lazily(() => import("../documents/documents-page.tsx").then((part) => part.DocumentsPage), true);

const EVERY_MS = 60_000;
/** Of more, some can be searched for. */
const FEW = 12;

type Listed = PolicyPlaces["places"][number];

export function PolicyPage() {
  const { route, mayLeave } = useDesk();
  const { part: said, ...words } = useLoadedSaid();
  const [version, setVersion] = useState(0);
  const { value, failure } = useLive(`places ${version}`, routes.places, EVERY_MS);
  const [first] = value?.places ?? [];
  const at = route.at ?? (first && { level: first.level, id: first.id });
  const [isWithDocuments, setWithDocuments] = useState(false);
  const papered = (value?.places ?? []).filter(({ hasDocuments }) => hasDocuments);
  if (isWithDocuments && papered.length > 0)
    return <DocumentsPage places={papered} first={at?.id} close={() => setWithDocuments(false)} />;
  if (!said) return <NotLoaded {...words} isPage />;
  return (
    <SaidContext.Provider value={said}>
      <div class="page policy-page">
        <div class="title-row">
          <h1>{said.text("title")}</h1>
          {papered.length > 0 && (
            <button
              type="button"
              class="button"
              data-testid="to-documents"
              onClick={() => mayLeave() && setWithDocuments(true)}
            >
              {said.text("documents")}
            </button>
          )}
        </div>
        <p class="hint">{said.text("about")}</p>
        {failure && <FailureNotice failure={failure} testId="policy-places-problem" />}
        <div class="policy">
          {value && <Tree places={value.places} at={at} />}
          {at && <PlacePane key={`${at.level}:${at.id}`} at={at} saved={() => setVersion((before) => before + 1)} />}
        </div>
      </div>
    </SaidContext.Provider>
  );
}

const folded = (text: string): string => text.normalize("NFKC").toLowerCase();

function Tree({ places, at }: { places: readonly Listed[]; at: Pick<Listed, "level" | "id"> | undefined }) {
  const { words } = useDesk();
  const said = useSaid();
  const [q, setQ] = useState("");
  const shown = places.filter((one) => folded(said.place(one)).includes(folded(q.trim())));
  return (
    <nav class="card policy-places" aria-label={said.text("places")}>
      <h2>{said.text("places")}</h2>
      {places.length > FEW && (
        <label class="policy-find">
          {said.text("find")}
          <input
            class="input"
            type="search"
            data-testid="policy-find"
            autocomplete="off"
            value={q}
            onInput={(event) => setQ(event.currentTarget.value)}
          />
        </label>
      )}
      {shown.length === 0 && <p class="hint">{said.text("findNone")}</p>}
      <ul>
        {at?.level === "person" && (
          <li>
            <span class="policy-place" aria-current="page">
              {said.text("personHere")}
            </span>
          </li>
        )}
        {shown.map(({ level, id, name, depth, count }) => (
          <li key={`${level} ${id}`} style={{ "--depth": q === "" ? `${depth}` : "0" }}>
            <a
              class="policy-place"
              data-testid="policy-place"
              href={formatRoute({ place: "policy", at: { level, id } })}
              {...(at?.level === level && at.id === id && { "aria-current": "page" as const })}
            >
              {said.place({ level, name })}
              {count > 0 && <span class="era">{said.text("ownRules", { count: words.number(count) })}</span>}
            </a>
          </li>
        ))}
      </ul>
      <p class="hint">{said.text("choosePlace")}</p>
    </nav>
  );
}
