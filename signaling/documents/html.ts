/** A document as a page of its own, for the command line: nothing is loaded from anywhere, and it prints on A4. */
import type { Block, Document, Drawing, Line } from "../protocol/console-documents.ts";

const STYLE = `
:root { color-scheme: light; }
body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem; color: #000; background: #fff; font: 10.5pt/1.7 "Noto Sans CJK JP", "Yu Gothic", Meiryo, sans-serif; }
body.wide { max-width: 68rem; }
header { display: flex; justify-content: space-between; font-size: 10pt; }
h1 { margin: 0.3em 0 0.8em; padding-bottom: 0.2em; border-bottom: 2px solid #000; font-size: 18pt; }
h2 { margin: 1.4em 0 0.4em; font-size: 12.5pt; break-after: avoid; }
ul, ol { margin: 0.4em 0; padding-left: 1.6em; }
table { width: 100%; margin: 0.6em 0; border-collapse: collapse; font-size: 9.5pt; line-height: 1.5; }
th, td { padding: 0.35em 0.5em; border: 1px solid #555; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
th { background: #eee; white-space: nowrap; }
tr, figure { break-inside: avoid; }
.note { margin: 0.8em 0; padding: 0.5em 1em; border: 1.5px solid #000; }
.blank { display: inline-block; min-width: 8em; padding: 0 0.5em; border: 1px dashed #333; color: #444; font-size: 0.9em; }
code { font-family: "Noto Sans Mono CJK JP", monospace; font-size: 0.95em; overflow-wrap: anywhere; }
figure { margin: 0.8em 0; }
figcaption { font-size: 9pt; }
svg { width: 100%; height: auto; max-height: 85mm; }
svg .zone { fill: #f6f6f6; stroke: #555; }
svg .piece { fill: #fff; stroke: #000; stroke-width: 1.6; }
svg .other { fill: #fff; stroke: #777; stroke-dasharray: 4 3; }
svg text { font-size: 13px; text-anchor: middle; }
svg .way { paint-order: stroke; stroke: #fff; stroke-width: 5px; }
svg line { stroke: #000; stroke-width: 1.4; }
@page { margin: 15mm; size: A4; }
.sheet-leaflet { font-size: 10pt; line-height: 1.5; }
.sheet-leaflet h2 { margin-top: 0.8em; }
@media print { body { max-width: none; margin: 0; padding: 0; } }
`;
const ACROSS = "@page { size: A4 landscape; margin: 12mm; }";

export function pageOf(document: Document): string {
  const { name, title, organisation = "", at, isWide, blocks } = document;
  return `<!doctype html>
<html lang="ja">
<head>
<meta charset="utf-8">
<title>${escaped(title)}</title>
<style>${STYLE}${isWide ? ACROSS : ""}</style>
</head>
<body class="sheet-${name}${isWide ? " wide" : ""}">
<header><span>${escaped(organisation)}</span><span>${dateOf(at)} 作成</span></header>
<h1>${escaped(title)}</h1>
${blocks.map(blockOf).join("\n")}
</body>
</html>`;
}

/** 令和8年11月30日 */
const dateOf = (at: number): string =>
  new Intl.DateTimeFormat("ja-JP-u-ca-japanese", {
    era: "long",
    year: "numeric",
    month: "long",
    day: "numeric",
  }).format(at);

const ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const escaped = (text: string): string => text.replace(/[&<>"]/g, (letter) => ESCAPES[letter] ?? "");

const lineOf = (line: Line): string =>
  line
    .map((run) => {
      if (typeof run === "string") return escaped(run);
      return "code" in run
        ? `<code>${escaped(run.code)}</code>`
        : `<span class="blank">［${escaped(run.blank)}］</span>`;
    })
    .join("");

function blockOf(block: Block): string {
  switch (block.kind) {
    case "heading":
      return `<h2>${escaped(block.text)}</h2>`;
    case "text":
      return `<p>${lineOf(block.line)}</p>`;
    case "list": {
      const tag = block.isOrdered ? "ol" : "ul";
      return `<${tag}>${block.lines.map((line) => `<li>${lineOf(line)}</li>`).join("")}</${tag}>`;
    }
    case "note":
      return `<div class="note">${block.lines.map((line) => `<p>${lineOf(line)}</p>`).join("")}</div>`;
    case "table": {
      const head = block.head.map((cell) => `<th scope="col">${escaped(cell)}</th>`).join("");
      const rows = block.rows.map((row) => `<tr>${row.map((cell) => `<td>${lineOf(cell)}</td>`).join("")}</tr>`);
      return `<table aria-label="${escaped(block.caption)}"><thead><tr>${head}</tr></thead><tbody>${rows.join("")}</tbody></table>`;
    }
    case "drawing":
      return `<figure>${svgOf(block.drawing)}<figcaption>${escaped(block.caption)}。${escaped(block.drawing.words)}</figcaption></figure>`;
  }
}

const LINE_HEIGHT = 17;

function svgOf({ width, height, words, boxes, arrows }: Drawing): string {
  const drawn = boxes.map(({ x, y, width, height, kind, lines }) => {
    const first = kind === "zone" ? y + 20 : y + height / 2 - ((lines.length - 1) * LINE_HEIGHT) / 2 + 5;
    const texts = lines.map(
      (line, index) => `<text x="${x + width / 2}" y="${first + index * LINE_HEIGHT}">${escaped(line)}</text>`,
    );
    return `<rect class="${kind}" x="${x}" y="${y}" width="${width}" height="${height}" rx="4"/>${texts.join("")}`;
  });
  const lines = arrows.map(
    ({ from, to, label }) =>
      `<line x1="${from.x}" y1="${from.y}" x2="${to.x}" y2="${to.y}" marker-end="url(#arrow)"/>` +
      `<text class="way" x="${(from.x + to.x) / 2}" y="${(from.y + to.y) / 2 - 6}">${escaped(label)}</text>`,
  );
  const arrow = `<defs><marker id="arrow" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="9" markerHeight="9" orient="auto-start-reverse"><path d="M0 0L10 5L0 10z"/></marker></defs>`;
  return `<svg role="img" aria-label="${escaped(words)}" viewBox="0 0 ${width} ${height}">${arrow}${drawn.join("")}${lines.join("")}</svg>`;
}
