import { init } from "echarts";

/** What Jupyter shows of a value; in a terminal there is no `Deno.jupyter`, and the text is printed. */
interface Notebook {
  readonly Deno?: {
    readonly jupyter?: {
      broadcast?: unknown;
      display(data: Record<string, string>, options: { raw: true }): Promise<void>;
    };
  };
}

export interface Bar {
  readonly label: string;
  readonly value: number;
}

const COLOURS = ["#b4532a", "#2f6f8f", "#5b8a3c", "#8a6bb1", "#c9a227"];

/** Shows values as bars: as a picture in a notebook, as text in a terminal. */
export async function showBars(
  title: string,
  bars: readonly Bar[],
  format: (value: number) => string = String,
): Promise<void> {
  const option = {
    title: { text: title, left: 0, top: 0, textStyle: { fontSize: 15 } },
    grid: { left: 10, right: 90, top: 45, bottom: 10, containLabel: true },
    xAxis: { type: "value", axisLabel: { show: false }, splitLine: { show: false } },
    yAxis: {
      type: "category",
      inverse: true,
      data: bars.map(({ label }) => label),
      axisTick: { show: false },
    },
    series: [
      {
        type: "bar",
        data: bars.map(({ value }, index) => ({
          value,
          itemStyle: { color: COLOURS[index % COLOURS.length] },
        })),
        label: {
          show: true,
          position: "right",
          formatter: ({ value }: { value: number }) => format(value),
        },
      },
    ],
  };
  const most = Math.max(...bars.map(({ value }) => value), Number.MIN_VALUE);
  const width = Math.max(...bars.map(({ label }) => label.length));
  const rows = bars.map(
    ({ label, value }) =>
      `${label.padEnd(width)}  ${"█".repeat(Math.round((value / most) * 40))} ${format(value)}`,
  );
  await show(svg(option, 60 + 42 * bars.length), [title, ...rows].join("\n"));
}

/** Shows how sums grow, a line each: as a picture in a notebook, as their ends in a terminal. */
export async function showLines(
  title: string,
  lines: readonly { readonly label: string; readonly values: readonly number[] }[],
  format: (value: number) => string = String,
): Promise<void> {
  const option = {
    title: { text: title, left: 0, top: 0, textStyle: { fontSize: 15 } },
    legend: { top: 30, left: 0, icon: "roundRect" },
    grid: { left: 10, right: 30, top: 70, bottom: 30, containLabel: true },
    xAxis: {
      type: "value",
      name: "requests",
      nameLocation: "middle",
      nameGap: 26,
      splitLine: { show: false },
      max: "dataMax",
    },
    yAxis: { type: "value", axisLabel: { formatter: format } },
    series: lines.map(({ label, values }, index) => ({
      name: label,
      type: "line",
      showSymbol: false,
      color: COLOURS[index % COLOURS.length],
      data: values.map((value, request) => [request + 1, value]),
    })),
  };
  const rows = lines.map(
    ({ label, values }) =>
      `${label}: ${format(values.at(-1) ?? 0)} after ${values.length} requests`,
  );
  await show(svg(option, 360), [title, ...rows].join("\n"));
}

function svg(option: object, height: number): string {
  const chart = init(null, null, { renderer: "svg", ssr: true, width: 720, height });
  chart.setOption({ animation: false, backgroundColor: "#ffffff", ...option });
  const text = chart.renderToSVGString();
  chart.dispose();
  return text;
}

async function show(picture: string, text: string): Promise<void> {
  const jupyter = (globalThis as Notebook).Deno?.jupyter;
  if (!jupyter) return console.log(text);
  await jupyter.display({ "image/svg+xml": picture, "text/plain": text }, { raw: true });
}
