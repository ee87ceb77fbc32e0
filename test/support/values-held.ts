/** How much an object holds, private fields, Maps and Sets included: what grows in a long day grows here. */
import { type Runtime, Session } from "node:inspector";
import { expect } from "vitest";

/** Deeper than anything of ours is nested; cuts circles. */
const MAX_DEPTH = 8;
/** Looks at a part that breathes. */
const SAMPLES = 16;
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

/** Feeds `part` with a small piece of work again and again; it must hold no more afterwards than once it was warm. */
export function staysAsItIs(part: object, rounds: number, work: (round: number) => void): void {
  const warm = Math.min(1_000, rounds / 2);
  for (let round = 0; round < warm; round++) work(round);
  const before = valuesHeld(part);
  expect(before).toBeGreaterThan(1); // it was seen into
  for (let round = warm; round < rounds; round++) work(round);
  expect(valuesHeld(part)).toBe(before);
}

/** The same for a part that breathes: in the second half of the work it never holds more than it held at most in the first. */
export async function growsNoMore(
  parts: () => readonly object[],
  rounds: number,
  work: (round: number) => unknown,
): Promise<void> {
  const most = [0, 0];
  for (let round = 0; round < rounds; round++) {
    await work(round);
    if (round % Math.ceil(rounds / SAMPLES) !== 0) continue;
    const half = round < rounds / 2 ? 0 : 1;
    most[half] = Math.max(
      most[half] ?? 0,
      parts().reduce((sum, part) => sum + valuesHeld(part), 0),
    );
  }
  const [first = 0, second = 0] = most;
  expect(first).toBeGreaterThan(1); // it was seen into
  expect(second).toBeLessThanOrEqual(first);
}

function count(session: Session, value: Runtime.RemoteObject, depth: number): number {
  // what is in an array of bytes or numbers does not grow
  const isLeaf = value.type === "function" || value.subtype === "typedarray" || value.subtype === "arraybuffer";
  if (value.objectId === undefined || isLeaf || depth === 0) return 1;
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
