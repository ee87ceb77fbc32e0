/** The HTTP routes by which a person signs in and out, for every page. Every answer is parsed; a failure is a value with a code the page can put into words. */
import type { z } from "zod";
import {
  ChallengeResponse,
  ErrorResponse,
  Me,
  type PasswordChangeRequest,
  type PasswordProblem,
  type SignInRequest,
  WhoAmI,
} from "../protocol/api.ts";
import type { ErrorCode, Refusal } from "../protocol/errors.ts";
import type { Login, OrganisationCode, PublicKey, Signature } from "../protocol/ids.ts";
import { signInText } from "../protocol/signed.ts";
import { asking, TIMEOUT_MS, takeEarly } from "./early.ts";

/** A browser's own key. */
export interface Signer {
  readonly publicKey: PublicKey;
  sign(text: string): Promise<Signature>;
}

/** `unreachable`: no answer at all, or one that is not ours. */
export type Failure = {
  code: ErrorCode | "unreachable";
  retryAfterS: number | undefined;
  /** With PASSWORD_REFUSED. */
  reason?: PasswordProblem | undefined;
  /** With LOCKED_OUT, where it has an end. */
  until?: number | undefined;
  /** With ACT_REFUSED and FORBIDDEN at the console. */
  refusal?: Refusal | undefined;
  /** What the server says of it, in English: for who can look into it. */
  message?: string;
  /** With NOT_SIGNED_IN: signing in needs the code of an organisation. */
  asksOrganisation?: boolean;
};
export type Result<T> = { ok: true; value: T } | { ok: false; failure: Failure };

export async function signIn(
  device: Signer,
  who: { organisation?: OrganisationCode | undefined; login: Login; password: string; code: string },
): Promise<Result<Me>> {
  const challenge = await call("POST", "/api/sign-in/challenge", ChallengeResponse, {});
  if (!challenge.ok) return challenge;
  const { organisation, login } = who;
  const signed = signInText({ challenge: challenge.value.challenge, origin: location.origin, login, organisation });
  const body: SignInRequest = {
    ...who,
    deviceKey: device.publicKey,
    challenge: challenge.value.challenge,
    signature: await device.sign(signed),
  };
  return call("POST", "/api/sign-in", Me, body);
}

export async function me(): Promise<Result<Me>> {
  const answer = await call("GET", "/api/me", WhoAmI);
  if (!answer.ok) return answer;
  if (!("signedOut" in answer.value)) return { ok: true, value: answer.value };
  const asksOrganisation = answer.value.asksOrganisation === true;
  return { ok: false, failure: { code: "NOT_SIGNED_IN", retryAfterS: undefined, asksOrganisation } };
}

export const changePassword = (change: PasswordChangeRequest): Promise<Result<Me>> =>
  call("POST", "/api/password", Me, change);

/** False: the server may not know of it. */
export async function signOut(): Promise<boolean> {
  const answer = await send("POST", "/api/sign-out", {}).catch(() => undefined);
  return answer?.ok ?? false;
}

export async function call<T>(
  method: "GET" | "POST",
  path: string,
  schema: z.ZodType<T>,
  body?: object | Blob,
  timeoutMs = TIMEOUT_MS,
): Promise<Result<T>> {
  try {
    const response = await ((method === "GET" && takeEarly(path)) || send(method, path, body, timeoutMs));
    const value: unknown = await response.json();
    if (response.ok) return { ok: true, value: schema.parse(value) };
    return { ok: false, failure: { retryAfterS: undefined, ...ErrorResponse.parse(value) } };
  } catch {
    return { ok: false, failure: { code: "unreachable", retryAfterS: undefined } };
  }
}

/** A file goes as it is. */
function send(method: string, path: string, body?: object | Blob, timeoutMs = TIMEOUT_MS): Promise<Response> {
  const isFile = body instanceof Blob;
  return fetch(path, {
    method,
    ...asking(timeoutMs),
    ...(body && {
      body: isFile ? body : JSON.stringify(body),
      headers: { "content-type": isFile ? body.type : "application/json" },
    }),
  });
}
