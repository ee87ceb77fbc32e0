/** What a command has to say: one JSON object with `--json`, else lines for people. */
export type Print = (value: object, lines: readonly string[]) => void;

export function printer(json: boolean, write: (text: string) => void): Print {
  return (value, lines) => write(json ? `${JSON.stringify(value)}\n` : `${lines.join("\n")}\n`);
}
