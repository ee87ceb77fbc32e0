/** What lifts a lock again: for the safe. */
import { Facts, Lines, Sheet } from "./paper.tsx";
import { useSheetWords } from "./words.ts";

interface LiftSheetProps {
  readonly name: string | undefined;
  readonly title: string;
  readonly code: string;
}

export function LiftSheet({ name, title, code }: LiftSheetProps) {
  const say = useSheetWords();
  return (
    <Sheet title={say("liftCode")} organisation={undefined}>
      <Facts rows={[[title, name]]} />
      <p>{say("liftCodeWhat")}</p>
      <p class="a4-big mono">{code}</p>
      <Lines names={[say("liftKeeper"), say("liftPlace")]} />
    </Sheet>
  );
}
