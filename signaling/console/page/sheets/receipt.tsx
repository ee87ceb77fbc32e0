/** What an office PC said of a session, and whether its signature holds: for whoever has to show what was done, and what could not be. */
import type { KeptReceipt } from "../../../protocol/console.ts";
import { isoMoment } from "../format/moment.ts";
import { useDesk } from "../state/desk.ts";
import { Facts, Sheet } from "./paper.tsx";
import { useSheetWords } from "./words.ts";

export function ReceiptSheet({ receipt, digest, isSigned, isItsKeyNow }: KeptReceipt) {
  const { words } = useDesk();
  const say = useSheetWords();
  const channel = { picture: say("receiptPicture"), control: say("receiptControl"), pointer: say("receiptPointer") };
  const signed = !isSigned ? "receiptNotSigned" : isItsKeyNow ? "receiptSigned" : "receiptSignedThen";
  return (
    <Sheet title={say("receiptTitle")} organisation={undefined}>
      <Facts
        rows={[
          [say("receiptWho"), `${receipt.person}（${receipt.login}）`],
          [say("receiptPc"), receipt.terminal],
          [say("receiptFrom"), isoMoment(receipt.from)],
          [say("receiptTo"), isoMoment(receipt.to)],
          [say("receiptReason"), words.reason(receipt.reason)],
          [say("receiptSession"), receipt.session],
        ]}
      />
      <h2>{say("receiptChannels")}</h2>
      <Facts
        rows={[
          [say("receiptThere"), receipt.channels.map((one) => channel[one]).join("、")],
          [say("receiptNotThere"), say("receiptNone")],
          [say("receiptInput"), receipt.viewOnly ? say("receiptViewOnly") : say("receiptBoth")],
          [say("receiptSent"), `${words.number(receipt.sentBytes)} B`],
          [say("receiptReceived"), `${words.number(receipt.receivedBytes)} B`],
          [say("receiptPolicy"), receipt.policy ?? say("receiptNoPolicy")],
        ]}
      />
      <h2>{say("receiptSignature")}</h2>
      <p>{say(signed)}</p>
      <Facts rows={[[say("receiptDigest"), <span class="mono">{digest}</span>]]} />
    </Sheet>
  );
}
