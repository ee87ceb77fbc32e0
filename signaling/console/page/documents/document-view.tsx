/** A document as it is read and printed. Its parts have no look of their own (protocol/console-documents.ts). */
import type { ComponentChildren } from "preact";
import type { Block, Document, Drawing, Line } from "../../../protocol/console-documents.ts";
import { wareki } from "../format/moment.ts";

export const DocumentView = ({ document }: { document: Document }) => (
  <article lang="ja" class="document" data-testid="document" data-name={document.name} data-wide={`${document.isWide}`}>
    <header class="document-head">
      <span>{document.organisation}</span>
      <span>{wareki(document.at)}</span>
    </header>
    <h2 class="document-title">{document.title}</h2>
    {document.blocks.map((block, index) => (
      <BlockView key={index} block={block} id={`drawing-${index}`} />
    ))}
  </article>
);

function BlockView({ block, id }: { block: Block; id: string }) {
  switch (block.kind) {
    case "heading":
      return <h3>{block.text}</h3>;
    case "text":
      return <p>{runs(block.line)}</p>;
    case "note":
      return (
        <div class="document-note">
          {block.lines.map((line, index) => (
            <p key={index}>{runs(line)}</p>
          ))}
        </div>
      );
    case "list": {
      const lines = block.lines.map((line, index) => <li key={index}>{runs(line)}</li>);
      return block.isOrdered ? <ol>{lines}</ol> : <ul>{lines}</ul>;
    }
    case "table":
      return <TableView {...block} />;
    case "drawing":
      return (
        <figure>
          <DrawingView drawing={block.drawing} id={id} />
          <figcaption>
            {block.caption}。{block.drawing.words}
          </figcaption>
        </figure>
      );
  }
}

const runs = (line: Line): ComponentChildren[] =>
  line.map((run, index) => {
    if (typeof run === "string") return run;
    if ("code" in run) return <code key={index}>{run.code}</code>;
    return (
      <span key={index} class="document-blank">
        ［{run.blank}］
      </span>
    );
  });

const TableView = ({ caption, head, rows }: Extract<Block, { kind: "table" }>) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table is scrolled by the keyboard, too
  <section class="document-table" aria-label={caption} tabIndex={0}>
    <table>
      <thead>
        <tr>
          {head.map((cell) => (
            <th key={cell} scope="col">
              {cell}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row, index) => (
          <tr key={index}>
            {row.map((cell, column) => (
              <td key={column}>{runs(cell)}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  </section>
);

const LINE_HEIGHT = 17;

function DrawingView({ drawing: { width, height, words, boxes, arrows }, id }: { drawing: Drawing; id: string }) {
  return (
    <svg class="document-drawing" role="img" aria-label={words} viewBox={`0 0 ${width} ${height}`}>
      <defs>
        <marker id={id} viewBox="0 0 10 10" refX="9" refY="5" markerWidth="9" markerHeight="9" orient="auto">
          <path d="M0 0L10 5L0 10z" />
        </marker>
      </defs>
      {boxes.map(({ x, y, width, height, kind, lines }, index) => {
        const first = kind === "zone" ? y + 20 : y + height / 2 - ((lines.length - 1) * LINE_HEIGHT) / 2 + 5;
        return (
          <g key={index}>
            <rect class={kind} x={x} y={y} width={width} height={height} rx="4" />
            {lines.map((line, row) => (
              <text key={row} x={x + width / 2} y={first + row * LINE_HEIGHT}>
                {line}
              </text>
            ))}
          </g>
        );
      })}
      {arrows.map(({ from, to, label }, index) => (
        <g key={index}>
          <line x1={from.x} y1={from.y} x2={to.x} y2={to.y} marker-end={`url(#${id})`} />
          <text class="way" x={(from.x + to.x) / 2} y={(from.y + to.y) / 2 - 6}>
            {label}
          </text>
        </g>
      ))}
    </svg>
  );
}
