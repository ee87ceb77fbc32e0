/** The one place where an error becomes an HTTP answer. */
import type { ErrorRequestHandler, RequestHandler } from "express";
import { z } from "zod";
import type { Log } from "../../log.ts";
import { type ErrorResponse, PasswordProblem } from "../../protocol/api.ts";
import { errorFacts } from "../../protocol/error-table.ts";
import { RequestError } from "../../protocol/errors.ts";
import { holdsNul } from "../../protocol/nul.ts";

/** Reads a body, or what stands behind the `?`. Throws BAD_REQUEST; which field is wrong is said, its value is not. */
export function parseBody<T>(schema: z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body);
  if (result.success && !holdsNul(result.data)) return result.data;
  if (result.success) throw new RequestError("BAD_REQUEST", "body: the character NUL in a text");
  const issue = result.error.issues[0];
  throw new RequestError("BAD_REQUEST", `${issue?.path.join(".") || "body"}: ${issue?.code ?? "does not fit"}`);
}

export const notFound: RequestHandler = () => {
  throw new RequestError("NOT_FOUND", "there is nothing here");
};

/** Last in every app. What is no RequestError is a bug: logged, and told as INTERNAL only. */
export function answerErrors(log: Log): ErrorRequestHandler {
  return (thrown, _request, response, next) => {
    if (response.headersSent) return next(thrown);
    const error = toRequestError(thrown);
    if (error.code === "INTERNAL") log.error({ error: thrown }, "a request failed");
    const retryAfterS = error.details?.["retryAfterS"];
    const body: ErrorResponse = { code: error.code, message: error.message };
    if (typeof retryAfterS === "number") {
      body.retryAfterS = retryAfterS;
      response.set("Retry-After", String(retryAfterS));
    }
    const reason = PasswordProblem.safeParse(error.details?.["reason"]);
    if (reason.success) body.reason = reason.data;
    const until = error.details?.["until"];
    if (typeof until === "number") body.until = until;
    if (error.refusal) body.refusal = error.refusal;
    response
      .status(errorFacts(error.code).http ?? 400)
      .set("Cache-Control", "no-store")
      .json(body);
  };
}

/** What express and its body parser throw carries a status. */
const Thrown = z.object({ status: z.number().min(400).max(499) });

function toRequestError(thrown: unknown): RequestError {
  if (thrown instanceof RequestError) return thrown;
  if (Thrown.safeParse(thrown).success) {
    return new RequestError("BAD_REQUEST", "the request could not be read", { cause: thrown });
  }
  return new RequestError("INTERNAL", "internal error", { cause: thrown });
}
