/** Bodies of the HTTP routes. Times are epoch ms. */
import { z } from "zod";
import { ErrorCode, Refusal } from "./errors.ts";
import { IceServer } from "./ice-server.ts";
import { KeyCode, Login, Nonce, OrganisationCode, PublicKey, Signature, TerminalId } from "./ids.ts";
import { MAX_PASSWORD_CHARS } from "./limits.ts";

/** POST /api/sign-in/challenge → what the device key signs. Stateless for the server; valid for two minutes. */
export const ChallengeResponse = z.strictObject({ challenge: z.string().max(256) });
export type ChallengeResponse = z.infer<typeof ChallengeResponse>;

const Password = z.string().min(1).max(MAX_PASSWORD_CHARS);
/** The one-time code of the moment (RFC 6238), six digits. */
const OneTimeCode = z.string().regex(/^[0-9]{6}$/);
/** A code that came by mail: eight, so that nobody takes one for the other. */
export const MAIL_CODE_DIGITS = 8;
const MailCode = z.string().regex(new RegExp(`^[0-9]{${MAIL_CODE_DIGITS}}$`));

/** POST /api/sign-in. Answered by `Me` and the cookie, else SIGN_IN_REFUSED whatever was wrong. */
export const SignInRequest = z.strictObject({
  /** Where the server has several; may be left out while there is only one. */
  organisation: OrganisationCode.optional(),
  login: Login,
  password: Password,
  code: z.union([OneTimeCode, MailCode]),
  deviceKey: PublicKey,
  challenge: z.string().max(256),
  /** By the device key over `signInText` of signed.ts. */
  signature: Signature,
});
export type SignInRequest = z.infer<typeof SignInRequest>;

/** GET /api/sign-in/ways, on the page of staff. A server that knows no other way than the app's code has no such route. */
export const SignInWaysResponse = z.strictObject({ mail: z.boolean() });
export type SignInWaysResponse = z.infer<typeof SignInWaysResponse>;

/**
 * POST /api/sign-in/mail-code: a code is to be sent to who signs in so. The answer is the same whatever was wrong, and when nothing
 * was: only the mailbox tells.
 */
export const MailCodeRequest = SignInRequest.omit({ code: true });
export type MailCodeRequest = z.infer<typeof MailCodeRequest>;

/** How long the code counts. */
export const MailCodeResponse = z.strictObject({ validMinutes: z.int().min(1) });
export type MailCodeResponse = z.infer<typeof MailCodeResponse>;

/** In answers to GET /api/me: there are several organisations, so that signing in needs the code of one. Which there are, nobody is told. */
const AsksOrganisation = z.literal(true).optional();

/** Who is signed in. */
export const Me = z.strictObject({
  login: Login,
  name: z.string(),
  organisation: z.string(),
  /** The sign-in ends after this much idle time (ms), and at this moment at the latest. */
  idleMs: z.number(),
  endsAt: z.number(),
  /** The password was handed out by somebody else: before anything but POST /api/password the person has to choose their own. */
  mustChange: z.boolean(),
  /** When they signed in before this time, and how often somebody was refused under their login between the two; from another place than this sign-in's? */
  before: z.strictObject({ at: z.number().optional(), refusals: z.number(), elsewhere: z.boolean() }),
  asksOrganisation: AsksOrganisation,
});
export type Me = z.infer<typeof Me>;

/** GET /api/me. That nobody is signed in is an answer and no failure: browsers write failures on their console. */
export const WhoAmI = z.union([Me, z.strictObject({ signedOut: z.literal(true), asksOrganisation: AsksOrganisation })]);
export type WhoAmI = z.infer<typeof WhoAmI>;

/**
 * POST /api/password: the person who is signed in chooses a new password. Answered by `Me` and a new cookie; ends their other
 * sign-ins. Refused with PASSWORD_REFUSED and the reason when the new one will not do, with SIGN_IN_REFUSED when `current` is
 * not right, whatever was wrong in it.
 */
export const PasswordChangeRequest = z.strictObject({
  newPassword: Password,
  /** Left out only while `mustChange`: both were given a moment ago. */
  current: z.strictObject({ password: Password, code: OneTimeCode }).optional(),
});
export type PasswordChangeRequest = z.infer<typeof PasswordChangeRequest>;

/**
 * Why a new password will not do.
 *
 *   own-words   holds the login, or a word of the names of person and organisation
 *   uniform     hardly any different characters
 *   guessable   among the first that somebody would guess
 *   same        it is the one there was
 */
export const PasswordProblem = z.enum(["too-short", "too-long", "own-words", "uniform", "guessable", "same"]);
export type PasswordProblem = z.infer<typeof PasswordProblem>;

/** POST /api/enrol on the inside listener: an office PC presents its one-time token and its key. */
export const EnrolRequest = z.strictObject({
  token: z.string().min(16).max(256),
  publicKey: PublicKey,
  nonce: Nonce,
  /** By the terminal's key over `enrolText`: it holds the private half. */
  signature: Signature,
  /** This PC's host name: said only where the token is bound to one. */
  host: z.string().min(1).max(255).optional(),
});
export type EnrolRequest = z.infer<typeof EnrolRequest>;

export const EnrolResponse = z.strictObject({ terminal: TerminalId, name: z.string(), organisation: z.string() });
export type EnrolResponse = z.infer<typeof EnrolResponse>;

/**
 * POST /api/relay-check on the inside listener: an enrolled office PC asks for credentials to try its relay with (`agent doctor`).
 * Refused with AGENT_REFUSED, whatever was wrong.
 */
export const RelayCheckRequest = z.strictObject({
  terminal: TerminalId,
  nonce: Nonce,
  /** The server's clock as its last answer had it: an office PC whose own clock is wrong can still be examined. */
  at: z.int().min(0),
  /** By the terminal's key over `relayCheckText`. */
  signature: Signature,
});
export type RelayCheckRequest = z.infer<typeof RelayCheckRequest>;

/** Belongs to no session; lasts as long as a session's credentials do. */
export const RelayCheckResponse = z.strictObject({ iceServer: IceServer });
export type RelayCheckResponse = z.infer<typeof RelayCheckResponse>;

/** Any failure of an HTTP route. */
export const ErrorResponse = z.strictObject({
  code: ErrorCode,
  message: z.string(),
  /** Seconds to wait, with TOO_MANY_ATTEMPTS and SERVER_BUSY. */
  retryAfterS: z.number().optional(),
  /** With PASSWORD_REFUSED. */
  reason: PasswordProblem.optional(),
  /** With LOCKED_OUT: epoch ms; without it until an administrator lifts it. */
  until: z.number().optional(),
  /** With ACT_REFUSED and FORBIDDEN at the console. */
  refusal: Refusal.optional(),
});
export type ErrorResponse = z.infer<typeof ErrorResponse>;

/** Names or addresses, without brackets and ports. */
export const RelayHosts = z
  .array(z.string().regex(/^[0-9a-z.:_-]{1,253}$/))
  .min(1)
  .max(8);

/**
 * What `engawa-admin terminal token` prints and `agent enrol` takes: `engawa1.` + base64url of this JSON. It tells the agent where
 * the server is and which CA it must find there, so that a first contact cannot be intercepted.
 */
export const EnrolmentToken = z.strictObject({
  /** Inside address, `https://host:port`. */
  url: z.url().max(300),
  /** SHA-256 over the CA certificate (DER), hex. */
  ca: z.string().regex(/^[0-9a-f]{64}$/),
  secret: z.string().min(16).max(256),
  /** Hosts of relays, where there are others than the server's own. An agent before 0.3 refuses a token that names some. */
  relayHosts: RelayHosts.optional(),
  /** It is for one PC: the agent says its host name. Which one is not told here. */
  bound: z.literal(true).optional(),
});
export type EnrolmentToken = z.infer<typeof EnrolmentToken>;

/** One row of `devices`, as the administrator's command line shows it. */
export const DeviceView = z.strictObject({
  code: KeyCode,
  login: Login,
  addedAt: z.number(),
  lastUsedAt: z.number().optional(),
});
export type DeviceView = z.infer<typeof DeviceView>;
