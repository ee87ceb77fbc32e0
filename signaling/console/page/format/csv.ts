/** Files that are handed to whoever sits here. */
export { csv } from "../../../protocol/csv.ts";

/** Hands a file to the browser's downloads. */
export function download(name: string, text: string | Uint8Array<ArrayBuffer>, type = "text/csv;charset=utf-8"): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
