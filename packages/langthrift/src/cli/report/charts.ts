import { BarChart, LineChart, ScatterChart } from "echarts/charts";
import { GridComponent, LegendComponent } from "echarts/components";
import { type EChartsCoreOption, init, use } from "echarts/core";
import { LabelLayout } from "echarts/features";
import { SVGRenderer } from "echarts/renderers";

use([BarChart, LineChart, ScatterChart, GridComponent, LegendComponent, LabelLayout, SVGRenderer]);

const colors = ["#8d99ae", "#1f7a5c", "#3a6ea5", "#c9772b"];
const WIDTH = 880;
const MAX_POINTS = 400;

/** Lines that add up over the requests, thinned to what a picture can show. */
export function cumulativeChart({
  xName,
  yName,
  series,
}: {
  readonly xName: string;
  readonly yName: string;
  readonly series: readonly { readonly name: string; readonly values: readonly number[] }[];
}): string {
  return draw(340, {
    color: colors,
    legend: { top: 0, left: 60, itemGap: 28, icon: "roundRect", textStyle: { fontSize: 13, width: 190 } },
    grid: { left: 76, right: 24, top: 40, bottom: 48 },
    xAxis: {
      type: "value",
      name: xName,
      nameLocation: "middle",
      nameGap: 28,
      min: 1,
      max: Math.max(2, ...series.map(({ values }) => values.length)),
    },
    yAxis: { type: "value", name: yName, nameLocation: "middle", nameGap: 52 },
    series: series.map(({ name, values }) => ({ type: "line", name, showSymbol: false, lineStyle: { width: 2.5 }, data: thin(values) })),
  });
}

/** Horizontal bars with their value beside them. */
export function barChart({
  unit,
  bars,
}: {
  readonly unit: "usd" | "count";
  readonly bars: readonly { readonly name: string; readonly value: number }[];
}): string {
  const label = (value: number) =>
    unit === "usd" ? `$${value < 1 ? value.toPrecision(3) : value.toFixed(2)}` : value.toLocaleString("en-US");
  return draw(60 + bars.length * 44, {
    grid: { left: 190, right: 90, top: 10, bottom: 30 },
    xAxis: { type: "value", axisLabel: { hideOverlap: true } },
    yAxis: { type: "category", inverse: true, data: bars.map(({ name }) => name), axisTick: { show: false } },
    series: [
      {
        type: "bar",
        barMaxWidth: 26,
        data: bars.map(({ value }, index) => ({
          value,
          itemStyle: { color: colors[index % colors.length] },
          label: { show: true, position: "right", formatter: label(value) },
        })),
      },
    ],
  });
}

/** What quality costs: a router's curve, and single models as points beside it. */
export function costQualityChart({
  xName,
  dollars = false,
  router,
  singles,
}: {
  readonly xName: string;
  /** The axis is money. @default false */
  readonly dollars?: boolean;
  /** Cost and quality of each setting, cheapest first. */
  readonly router: readonly (readonly [number, number])[];
  readonly singles: readonly { readonly name: string; readonly x: number; readonly y: number }[];
}): string {
  const positive = [...singles.map(({ x }) => x), ...router.map(([x]) => x)].filter((x) => x > 0);
  const [least, most] = [Math.min(...positive), Math.max(...positive)];
  // Prices differ a hundredfold: on an even scale all cheap models would stand on one spot.
  const logarithmic = dollars && most / least > 20;
  // A name beside a point of the right half would be cut off at the edge.
  const middle = logarithmic ? Math.sqrt(least * most) : most / 2;
  const shown = <T>(points: readonly T[], x: (point: T) => number) => (logarithmic ? points.filter((point) => x(point) > 0) : points);
  return draw(420, {
    color: [colors[1]!, colors[3]!],
    legend: { top: 0, left: 60, itemGap: 28, textStyle: { fontSize: 13, width: 190 } },
    grid: { left: 76, right: 30, top: 40, bottom: 48 },
    xAxis: {
      type: logarithmic ? "log" : "value",
      name: logarithmic ? `${xName} (each step: ten times as much)` : xName,
      nameLocation: "middle",
      nameGap: 28,
      min: logarithmic ? 10 ** Math.floor(Math.log10(least)) : 0,
      ...(dollars && { axisLabel: { formatter: (value: number) => `$${Number(value.toPrecision(6))}` } }),
    },
    yAxis: { type: "value", name: "Mean score", nameLocation: "middle", nameGap: 52, scale: true },
    series: [
      {
        type: "line",
        name: "router",
        showSymbol: false,
        lineStyle: { width: 2.5 },
        data: shown(router, ([x]) => x).map((point) => [...point]),
      },
      {
        type: "scatter",
        name: "single models",
        symbolSize: 10,
        labelLayout: { moveOverlap: "shiftY" },
        data: shown(singles, ({ x }) => x).map(({ name, x, y }) => ({
          name,
          value: [x, y],
          label: { show: true, position: x > middle ? "left" : "right", offset: [0, x > middle ? 18 : 0], formatter: () => name },
        })),
      },
    ],
  });
}

function draw(height: number, option: EChartsCoreOption): string {
  const chart = init(null, null, { renderer: "svg", ssr: true, width: WIDTH, height });
  chart.setOption({ animation: false, textStyle: { fontFamily: "system-ui, sans-serif", fontSize: 13 }, ...option });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}

function thin(values: readonly number[]): [number, number][] {
  const step = Math.max(1, Math.ceil(values.length / MAX_POINTS));
  const points: [number, number][] = [];
  for (const [index, value] of values.entries()) {
    if (index % step === 0 || index === values.length - 1) points.push([index + 1, value]);
  }
  return points;
}
