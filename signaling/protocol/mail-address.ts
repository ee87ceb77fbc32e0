/** A person's mail address, and what of it is shown where the whole is not needed. */
import { z } from "zod";

/** RFC 5321 §4.5.3.1.3 leaves 254 for the address. Letters beyond ASCII and quoted names are not taken: mail servers differ in them. */
export const MailAddress = z.email().max(254).brand<"MailAddress">();
export type MailAddress = z.infer<typeof MailAddress>;

/** `a***@city.example`: enough to tell one's own addresses apart, too little to write to. */
export function maskedMail(address: string): string {
  const at = address.lastIndexOf("@");
  const first = at > 1 ? address.slice(0, 1) : "";
  return `${first}***${address.slice(at)}`;
}

/** As it was typed or stands in a file; undefined: it is none. */
export const parseMail = (text: string): MailAddress | undefined =>
  MailAddress.safeParse(text.normalize("NFKC").trim()).data;
