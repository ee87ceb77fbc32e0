/** Small things that stand in lists and drawers alike: a state, a date in both calendars, a way to something else. */
import type { ComponentChildren } from "preact";
import type { List } from "../../../protocol/console.ts";
import { isoMoment, wareki } from "../format/moment.ts";
import { useDesk } from "../state/desk.ts";
import { changed, formatRoute } from "../state/route.ts";

/** Never by colour alone: the mark is full, half or empty, and the word stands beside it. */
export function State({ list, state }: { list: List; state: string }) {
  const { words } = useDesk();
  return (
    <span class="state" data-tone={TONES[state] ?? "quiet"}>
      {words.state(list, state)}
    </span>
  );
}

const TONES: Readonly<Record<string, "good" | "busy" | "bad" | "quiet">> = {
  active: "good",
  online: "good",
  registered: "good",
  lasting: "good",
  open: "busy",
  "in-use": "busy",
  waiting: "busy",
  ending: "busy",
  barred: "bad",
  "in-force": "bad",
  "set-aside": "bad",
  "must-change": "busy",
  "no-code-yet": "busy",
};

export function Moment({ at }: { at: number | undefined }) {
  const { words } = useDesk();
  if (at === undefined) return <span class="none">—</span>;
  return (
    <time dateTime={new Date(at).toISOString()}>
      {isoMoment(at)}
      {words.language === "ja" && <span class="era">{wareki(at)}</span>}
    </time>
  );
}

interface ItemLinkProps {
  readonly list: List;
  readonly id: string;
  readonly children: ComponentChildren;
}

/** Opens something in the drawer, above the place one is at. */
export function ItemLink({ list, id, children }: ItemLinkProps) {
  const { route } = useDesk();
  return (
    <a href={formatRoute(changed(route, { open: { list, id } }))} data-testid={`open-${list}`}>
      {children}
    </a>
  );
}

/** A name, and below it what tells namesakes apart. */
export const Named = ({ name, small }: { name: ComponentChildren; small: string }) => (
  <>
    {name}
    <span class="era mono">{small}</span>
  </>
);
