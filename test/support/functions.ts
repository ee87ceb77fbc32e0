/** The functions of a source file, by the parser that also builds the page. */
import { parseSync } from "vite";

export interface SourceFunction {
  /** As it is called: its own name, or that of the variable, property or method it is. "" for one without. */
  readonly name: string;
  /** Of its first line, from 1. */
  readonly line: number;
  /** From its first line to its last. */
  readonly lines: number;
}

interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && typeof (value as Node).type === "string";

export function functionsOf(file: string, text: string): SourceFunction[] {
  const { program, errors } = parseSync(file, text);
  if (errors.length > 0) throw new Error(`${file}: ${errors[0]?.message}`);
  const starts = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
  const lineOf = (offset: number): number => starts.findLastIndex((start) => start <= offset) + 1;
  const found: SourceFunction[] = [];
  const visit = (node: Node, whole: Node, name: string): void => {
    if (/Function(Expression|Declaration)$/.test(node.type)) {
      const line = lineOf(whole.start);
      found.push({ name: nameOf(node["id"]) || name, line, lines: lineOf(node.end) - line + 1 });
    }
    for (const [key, value] of Object.entries(node))
      for (const child of [value].flat()) {
        if (!isNode(child)) continue;
        const isValue = key === "value" || key === "init";
        visit(child, isValue ? node : child, isValue ? nameOf(node["key"] ?? node["id"]) : "");
      }
  };
  visit(program as unknown as Node, program as unknown as Node, "");
  return found;
}

const nameOf = (id: unknown): string => (isNode(id) && typeof id["name"] === "string" ? id["name"] : "");
