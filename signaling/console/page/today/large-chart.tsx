/**
 * The day at its full width, by uPlot: under a pointer, or with the arrow keys, each quarter of an hour says its figure. The same is
 * in a table below, for who looks at no pictures.
 */
import { useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { clock } from "../format/moment.ts";
import { useDesk } from "../state/desk.ts";
import { useOwnWords } from "../state/own-words.ts";
import { CHART_WORDS } from "./large-chart-words.ts";
import type { Point } from "./line.ts";

const HEIGHT = 280;
const WHEN: Readonly<Record<string, (at: number, last: number) => number>> = {
  ArrowLeft: (at) => at - 1,
  ArrowRight: (at) => at + 1,
  PageUp: (at) => at - 4,
  PageDown: (at) => at + 4,
  Home: () => 0,
  End: (_at, last) => last,
};

interface LargeChartProps {
  readonly points: readonly Point[];
  readonly label: string;
}

export function LargeChart({ points, label }: LargeChartProps) {
  const { words } = useDesk();
  const say = useOwnWords(CHART_WORDS);
  const [at, setAt] = useState<number>();
  const { frame, plot } = usePlot(points, label, setAt);
  const move = (event: KeyboardEvent): void => {
    const to = WHEN[event.key];
    if (!to || !plot.current) return;
    event.preventDefault();
    const last = points.length - 1;
    const index = Math.min(last, Math.max(0, to(at ?? last, last)));
    const point = points[index];
    if (!point) return;
    const { current } = plot;
    current.setCursor({ left: current.valToPos(point.at / 1000, "x"), top: current.valToPos(point.count, "y") });
    setAt(index);
  };
  const point = at === undefined ? undefined : points[at];
  const said = point ? say("at", { at: clock(point.at), count: words.number(point.count) }) : say("keys");
  return (
    <>
      <div
        class="large-chart"
        data-testid="large-chart"
        ref={frame}
        tabIndex={0}
        role="slider"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={points.length - 1}
        aria-valuenow={at ?? points.length - 1}
        aria-valuetext={said}
        onKeyDown={move}
      />
      <p data-testid="chart-at">{said}</p>
      <details>
        <summary>{say("table")}</summary>
        <Table points={points} label={label} />
      </details>
    </>
  );
}

/** As wide as its frame. */
function usePlot(points: readonly Point[], label: string, setAt: (index: number | undefined) => void) {
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const drawn = draw(element, points, label, setAt);
    plot.current = drawn;
    const resized = new ResizeObserver(() => drawn.setSize({ width: element.clientWidth, height: HEIGHT }));
    resized.observe(element);
    // its colours are those of the page
    const theme = matchMedia("(prefers-color-scheme: dark)");
    const redraw = (): void => drawn.redraw();
    theme.addEventListener("change", redraw);
    return () => {
      theme.removeEventListener("change", redraw);
      resized.disconnect();
      drawn.destroy();
    };
  }, []);
  useEffect(() => plot.current?.setData(dataOf(points)), [points]);
  return { frame, plot };
}

function Table({ points, label }: Pick<LargeChartProps, "points" | "label">) {
  const { words } = useDesk();
  const say = useOwnWords(CHART_WORDS);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard has to reach it
    <section class="chart-table" aria-label={say("table")} tabIndex={0}>
      <table aria-label={label}>
        <thead>
          <tr>
            <th scope="col">{say("when")}</th>
            <th scope="col">{say("count")}</th>
          </tr>
        </thead>
        <tbody>
          {points.map(({ at, count }) => (
            <tr key={at}>
              <th scope="row">{clock(at)}</th>
              <td>{words.number(count)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

const dataOf = (points: readonly Point[]): uPlot.AlignedData => [
  points.map(({ at }) => at / 1000),
  points.map(({ count }) => count),
];

function draw(element: HTMLElement, points: readonly Point[], label: string, at: (index: number | undefined) => void) {
  const colour = (name: string) => () => getComputedStyle(element).getPropertyValue(name);
  const axis = { stroke: colour("--soft"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false } };
  const font = `14px ${getComputedStyle(element).fontFamily}`;
  return new uPlot(
    {
      width: element.clientWidth,
      height: HEIGHT,
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false } },
      // as on the wall of whoever looks, in 24 hours
      axes: [
        { ...axis, font, values: (_plot, times) => times.map((time) => clock(time * 1000)) },
        { ...axis, font, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000], size: 60 },
      ],
      scales: { y: { range: (_plot, _least, most) => [0, Math.max(1, most * 1.05)] } },
      series: [
        {},
        { label, stroke: colour("--water"), fill: colour("--water-pale"), width: 2, points: { show: false } },
      ],
      hooks: { setCursor: [({ cursor }) => at(cursor.idx ?? undefined)] },
    },
    dataOf(points),
    element,
  );
}
