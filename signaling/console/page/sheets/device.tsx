/** The approval of a browser at home: what was compared, by whom; kept by IT. */
import type { ItemOf } from "../../../protocol/console.ts";
import { isoMoment } from "../format/moment.ts";
import { useDesk } from "../state/desk.ts";
import { Facts, Lines, Sheet, Steps } from "./paper.tsx";
import { useSheetWords } from "./words.ts";

export function DeviceSheet({ code, person, organisation, state, addedAt, approvedBy }: ItemOf<"devices">) {
  const { words } = useDesk();
  const say = useSheetWords();
  return (
    <Sheet title={say("deviceTitle")} organisation={organisation.name}>
      <Facts
        rows={[
          [say("deviceUser"), `${person.name}（${person.login}）`],
          [say("deviceState"), words.state("devices", state)],
          [say("deviceSeen"), isoMoment(addedAt)],
          ...(approvedBy === undefined ? [] : [[say("deviceApprovedBy"), words.actor(approvedBy)] as const]),
        ]}
      />
      <h2>{say("deviceCode")}</h2>
      <div class="a4-code">
        {code.split("-").map((group) => (
          <span key={group}>
            <span class="a4-big">{group}</span>
            <span class="a4-tick" />
          </span>
        ))}
      </div>
      <Steps
        steps={[
          { title: say("deviceStep1"), what: say("deviceStep1What") },
          { title: say("deviceStep2"), what: say("deviceStep2What") },
          {
            title: say("deviceStep3"),
            what: say("deviceStep3What"),
            more: <p class="mono">{`agent devices add ${code} --login ${person.login}`}</p>,
          },
        ]}
      />
      <Lines names={[say("deviceHow"), say("deviceChecker"), say("deviceCheckedAt")]} />
    </Sheet>
  );
}
