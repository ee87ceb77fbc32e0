/** How much an object holds, private fields, Maps and Sets included: what grows in a long day grows here. */
import { type Runtime, Session } from "node:inspector";

/** Deeper than anything of ours is nested; cuts circles. */
const MAX_DEPTH = 8;
const PROBE = "__engawaHeld";

/** The number of values reachable by fields from here, not counting what closures hold. */
export function valuesHeld(object: object): number {
  const session = new Session();
  session.connect();
  try {
    Object.assign(globalThis, { [PROBE]: object });
    const { result } = ask<Runtime.EvaluateReturnType>(session, "Runtime.evaluate", { expression: PROBE });
    return count(session, result, MAX_DEPTH);
  } finally {
    Reflect.deleteProperty(globalThis, PROBE);
    session.disconnect();
  }
}

function count(session: Session, value: Runtime.RemoteObject, depth: number): number {
  if (value.objectId === undefined || value.type === "function" || depth === 0) return 1;
  const parameters = { objectId: value.objectId, ownProperties: true };
  const properties = ask<Properties>(session, "Runtime.getProperties", parameters);
  const entries = properties.internalProperties?.filter(({ name }) => /^\[\[(Entries|PromiseResult)\]\]$/.test(name));
  const fields = [...properties.result, ...(properties.privateProperties ?? []), ...(entries ?? [])];
  return fields.reduce(
    (sum, { name, value: field }) => (field && name !== "__proto__" ? sum + count(session, field, depth - 1) : sum),
    1,
  );
}

/** Node's types leave the private ones out. */
type Properties = Runtime.GetPropertiesReturnType & { privateProperties?: Runtime.PropertyDescriptor[] };

/** The inspector of one's own thread answers before `post` returns. */
function ask<T>(session: Session, method: string, parameters: object): T {
  let answer: T | undefined;
  session.post(method, parameters, (error, result) => {
    if (error) throw error;
    answer = result as T;
  });
  if (answer === undefined) throw new Error(`${method} was not answered at once`);
  return answer;
}
