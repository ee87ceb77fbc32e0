/** Identifiers, each with a type of its own so that one cannot be passed for another. */
import { z } from "zod";

/** Crockford base 32: no I, L, O, U, so that a code can be read out over the telephone. */
export const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** As people say and type such letters: lower case, full width, spaces and hyphens, O for 0 and I or L for 1 are forgiven. */
export const typedLetters = (typed: string): string =>
  typed
    .normalize("NFKC")
    .toUpperCase()
    .replace(/[\s\u2010-\u2015\u2212\u30fc-]/g, "")
    .replace(/O/g, "0")
    .replace(/[IL]/g, "1");

/** One of the servers that share a store; anew with each start. */
export const NodeId = z.uuid().brand<"NodeId">();
export type NodeId = z.infer<typeof NodeId>;

export const SessionId = z.uuid().brand<"SessionId">();
export type SessionId = z.infer<typeof SessionId>;

/** 端末ID: twelve Crockford letters (60 random bits) in three groups, e.g. `K7QM-2Z9P-X4TD`. */
export const TerminalId = z
  .string()
  .regex(/^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){2}$/)
  .brand<"TerminalId">();
export type TerminalId = z.infer<typeof TerminalId>;

/** A declared event (organisations/events.ts), and an application by its place in the queue (applications.ts): as they are read out. */
export const EventId = z.int().min(1).brand<"EventId">();
export type EventId = z.infer<typeof EventId>;
export const ApplicationId = z.int().min(1).brand<"ApplicationId">();
export type ApplicationId = z.infer<typeof ApplicationId>;
export const AllotmentId = z.int().min(1).brand<"AllotmentId">();
export type AllotmentId = z.infer<typeof AllotmentId>;

/** What a person types to say who they are; unique in their organisation. */
export const Login = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._@-]{0,63}$/)
  .brand<"Login">();
export type Login = z.infer<typeof Login>;

/** A login with its organisation's code before it, where the login alone would be several people's. */
export const QualifiedLogin = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{1,15}\/[a-z0-9][a-z0-9._@-]{0,63}$/)
  .brand<"QualifiedLogin">();
export type QualifiedLogin = z.infer<typeof QualifiedLogin>;

export const PersonId = z.uuid().brand<"PersonId">();
export type PersonId = z.infer<typeof PersonId>;

export const OrganisationId = z.uuid().brand<"OrganisationId">();
export type OrganisationId = z.infer<typeof OrganisationId>;

/** 団体コード: the short name by which people and pages say which organisation; unique on one server. */
export const OrganisationCode = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{1,15}$/)
  .brand<"OrganisationCode">();
export type OrganisationCode = z.infer<typeof OrganisationCode>;

export const DivisionId = z.uuid().brand<"DivisionId">();
export type DivisionId = z.infer<typeof DivisionId>;

/** One lock (organisations/locks.ts), as it is read out: eight Crockford letters. */
export const LockId = z
  .string()
  .regex(/^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$/)
  .brand<"LockId">();
export type LockId = z.infer<typeof LockId>;

/** What somebody asks of their managers (requests.ts). */
export const RequestId = z.uuid().brand<"RequestId">();
export type RequestId = z.infer<typeof RequestId>;

/** A public P-256 key: SubjectPublicKeyInfo (RFC 5480), DER, base64url without padding. Always 91 bytes, 122 letters. */
export const PublicKey = z
  .string()
  .length(122)
  .regex(/^[A-Za-z0-9_-]+$/)
  .brand<"PublicKey">();
export type PublicKey = z.infer<typeof PublicKey>;

const TWENTY_LETTERS = /^[0-9A-HJKMNP-TV-Z]{5}(-[0-9A-HJKMNP-TV-Z]{5}){3}$/;

/**
 * The short form of a public key that people compare or type: the first 100 bits of SHA-256 over the SPKI, as 20
 * Crockford letters in four groups, e.g. `7K2QM-9Z4PX-...`. 100 bits keep a second key with the same code out of reach.
 */
export const KeyCode = z.string().regex(TWENTY_LETTERS).brand<"KeyCode">();
export type KeyCode = z.infer<typeof KeyCode>;

/** What lifts a lock: 100 random bits in the same letters, told once to who locked. Whoever shows it may lift. */
export const LiftCode = z.string().regex(TWENTY_LETTERS).brand<"LiftCode">();
export type LiftCode = z.infer<typeof LiftCode>;

/** SHA-256 of a lift code (signed.ts), base64url. By it a code is known when it is shown, and not before. */
export const LiftHash = z
  .string()
  .regex(/^[A-Za-z0-9_-]{43}$/)
  .brand<"LiftHash">();
export type LiftHash = z.infer<typeof LiftHash>;

/** Reads a code as people type it: spaces, lower case, O for 0 and I or L for 1 are forgiven. */
export const parseKeyCode = (typed: string): KeyCode | undefined => KeyCode.safeParse(lettersOf(typed)).data;
export const parseLiftCode = (typed: string): LiftCode | undefined => LiftCode.safeParse(lettersOf(typed)).data;

function lettersOf(typed: string): string | undefined {
  const letters = typed
    .toUpperCase()
    .replace(/[\s\u3000-]/g, "")
    .replace(/O/g, "0")
    .replace(/[IL]/g, "1");
  return letters.match(/.{1,5}/g)?.join("-");
}

/** SHA-256 of a DTLS certificate as it stands in SDP (RFC 8122 §5), lower case, 32 bytes with colons. */
export const Fingerprint = z
  .string()
  .regex(/^[0-9a-f]{2}(:[0-9a-f]{2}){31}$/)
  .brand<"Fingerprint">();
export type Fingerprint = z.infer<typeof Fingerprint>;

/** An ECDSA P-256 signature as WebCrypto gives it: r ‖ s, 64 bytes, base64url. */
export const Signature = z
  .string()
  .length(86)
  .regex(/^[A-Za-z0-9_-]+$/)
  .brand<"Signature">();
export type Signature = z.infer<typeof Signature>;

/** Random bytes that make a signature valid once: 16 bytes, base64url. */
export const Nonce = z
  .string()
  .length(22)
  .regex(/^[A-Za-z0-9_-]+$/)
  .brand<"Nonce">();
export type Nonce = z.infer<typeof Nonce>;

/** One page, from when it was loaded until it is closed. It chooses it at random: 16 bytes. */
export const PageId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{22}$/)
  .brand<"PageId">();
export type PageId = z.infer<typeof PageId>;

/** What is compared of a host name: its first label, whatever the case (`PC-12.town.local` and `pc-12` are one PC). */
export const hostLabel = (host: string): string => (host.split(".")[0] ?? "").toLowerCase();
