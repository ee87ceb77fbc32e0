/** A person's mail address, and what of it is shown where the whole is not needed. */
import { z } from "zod";

/** Dots between other letters; a domain of two names at least. Letters beyond ASCII and quotes are not taken: mail servers differ in them. */
const ADDRESS = /^[a-z0-9_'+-]+(\.[a-z0-9_'+-]+)*@([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,63}$/i;

/** RFC 5321 §4.5.3.1.3 leaves 254 for it. (Not z.email(): it would be loaded with the console's first page.) */
export const MailAddress = z.string().max(254).regex(ADDRESS).brand<"MailAddress">();
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
