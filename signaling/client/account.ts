/** The HTTP routes by which a person signs in and out, for every page. Every answer is parsed; a failure is a value with a code the page can put into words. */
import type { z } from "zod";
import {
  ChallengeResponse,
  ErrorResponse,
  MailCodeResponse,
  Me,
  type PasswordChangeRequest,
  type PasswordProblem,
  type SignInRequest,
  SignInWaysResponse,
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
  const proof = await prove(device, who);
  return proof.ok ? call("POST", "/api/sign-in", Me, { ...who, ...proof.value } satisfies SignInRequest) : proof;
}

/** Whether codes can come by mail. A server that has never heard of it sends none. */
export async function sendsMail(): Promise<boolean> {
  const answer = await call("GET", "/api/sign-in/ways", SignInWaysResponse);
  return answer.ok && answer.value.mail;
}

export async function askMailCode(
  device: Signer,
  who: { organisation?: OrganisationCode | undefined; login: Login; password: string },
): Promise<Result<MailCodeResponse>> {
  const proof = await prove(device, who);
  return proof.ok ? call("POST", "/api/sign-in/mail-code", MailCodeResponse, { ...who, ...proof.value }) : proof;
}

/** A challenge, signed. */
async function prove(
  device: Signer,
  { organisation, login }: { organisation?: OrganisationCode | undefined; login: Login },
): Promise<Result<Pick<SignInRequest, "deviceKey" | "challenge" | "signature">>> {
  const answer = await call("POST", "/api/sign-in/challenge", ChallengeResponse, {});
  if (!answer.ok) return answer;
  const { challenge } = answer.value;
  const signature = await device.sign(signInText({ challenge, origin: location.origin, login, organisation }));
  return { ok: true, value: { deviceKey: device.publicKey, challenge, signature } };
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
