/** Mails to who looks after something: one each morning, and one at once where a hand is needed. Each person has the say about their own. */
import { z } from "zod";

export const NoticeWish = z.strictObject({ digest: z.boolean(), atOnce: z.boolean() });
export type NoticeWish = z.infer<typeof NoticeWish>;

/** `problem`: why none arrive, whatever is wished. */
export const NoticesView = z.strictObject({
  ...NoticeWish.shape,
  problem: z.enum(["no-mail-server", "no-address"]).optional(),
});
export type NoticesView = z.infer<typeof NoticesView>;
