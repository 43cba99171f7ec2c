import { formatUsd } from "@langthrift/core";
import { BarChart, LineChart } from "echarts/charts";
import { GridComponent, LegendComponent } from "echarts/components";
import { type EChartsCoreOption, init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import type { CostReport } from "./cost-report.ts";
import { moneyColumn } from "./report-rows.ts";

use([BarChart, LineChart, GridComponent, LegendComponent, SVGRenderer]);

export interface ReportChart {
  readonly title: string;
  /** The same in words, for those who do not see it. */
  readonly description: string;
  readonly svg: string;
}

/** The charts of a report that has something to show. */
export function reportCharts(report: CostReport): ReportChart[] {
  if (report.total.firstAt === undefined) return [];
  return [timeChart(report), balanceChart(report), ...report.tables.flatMap((table) => groupChart(table) ?? [])];
}

const WIDTH = 460;
const MAX_BARS = 8;
const MAX_NAME = 26;
const CHARACTER_WIDTH = 7;

// Told apart by people who see few colours, on white and on black; lines and marks are between the two.
const colours = { spent: "#4477c8", avoided: "#2f9e77", overhead: "#d0802b", waste: "#c2526b" };
const grey = "#8a96a3";
const faint = "#8a96a344";
const label = { color: grey, fontSize: 12 };

/** `svg` is drawn at a fixed size and scaled by the page. */
function draw(height: number, option: EChartsCoreOption): string {
  const chart = init(null, null, { renderer: "svg", ssr: true, width: WIDTH, height });
  try {
    chart.setOption({ animation: false, textStyle: { fontFamily: "system-ui, sans-serif" }, ...option });
    return chart.renderToSVGString();
  } finally {
    chart.dispose();
  }
}

const dollars = (nanoUsd: number): number => nanoUsd / 1e9;
const moneyAxis = {
  type: "value",
  splitNumber: 4,
  axisLabel: { ...label, hideOverlap: true, formatter: (value: number) => `$${Number(value.toPrecision(3))}` },
  splitLine: { lineStyle: { color: faint } },
};
const nameAxis = { type: "category", axisLine: { lineStyle: { color: grey } }, axisTick: { show: false } };

function timeChart({ timeline }: CostReport): ReportChart {
  const hourly = timeline[0]?.key.includes("T") ?? false;
  const series = (["spent", "avoided", "overhead"] as const).map((name) => ({
    name,
    type: "line",
    color: colours[name],
    // A line needs two points.
    showSymbol: timeline.length < 3,
    symbol: "circle",
    symbolSize: 6,
    data: timeline.map((point) => dollars(point[`${name}NanoUsd`])),
  }));
  return {
    title: `Spend by ${hourly ? "hour" : "day"} (UTC)`,
    description: `Spend by ${hourly ? "hour" : "day"}, from ${timeline[0]?.key ?? ""} to ${timeline.at(-1)?.key ?? ""}. The sums are in the tables.`,
    svg: draw(260, {
      grid: { left: 4, right: 24, top: 36, bottom: 4, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
      legend: { top: 0, left: 0, textStyle: label, itemWidth: 18 },
      xAxis: { ...nameAxis, data: timeline.map(({ key }) => dayAndHour(key)), axisLabel: { ...label, hideOverlap: true } },
      yAxis: moneyAxis,
      series,
    }),
  };
}

function balanceChart({ total }: CostReport): ReportChart {
  const bars = (["spent", "avoided", "overhead", "waste"] as const).map((name) => ({ name, amount: total[`${name}NanoUsd`] }));
  const format = moneyColumn(bars.map(({ amount }) => amount));
  return {
    title: "Spent, avoided, overhead, waste",
    description: bars.map(({ name, amount }) => `${name} ${formatUsd(amount)}`).join(", "),
    svg: draw(260, {
      grid: { left: 4, right: 24, top: 36, bottom: 4, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
      xAxis: { ...nameAxis, data: bars.map(({ name }) => name), axisLabel: label },
      yAxis: moneyAxis,
      series: [
        {
          type: "bar",
          barMaxWidth: 56,
          data: bars.map(({ name, amount }) => ({
            value: dollars(amount),
            itemStyle: { color: colours[name] },
            label: { show: true, position: "top", ...label, formatter: format(amount) },
          })),
        },
      ],
    }),
  };
}

/** `undefined` where no group has cost anything that is known. */
function groupChart({ by, groups }: CostReport["tables"][number]): ReportChart | undefined {
  const shown = groups
    .filter(({ key, spentNanoUsd }) => spentNanoUsd > 0 && key !== "(rest)")
    .toSorted((a, b) => b.spentNanoUsd - a.spentNanoUsd)
    .slice(0, MAX_BARS);
  if (shown.length === 0) return undefined;
  const format = moneyColumn(shown.map(({ spentNanoUsd }) => spentNanoUsd));
  const amount = ({ spentNanoUsd, unpricedCalls }: (typeof shown)[number]): string =>
    `${unpricedCalls > 0 ? "≥ " : ""}${format(spentNanoUsd)}`;
  const unpriced = groups.filter(({ spentNanoUsd, unpricedCalls }) => spentNanoUsd === 0 && unpricedCalls > 0).length;
  const upwards = shown.toReversed();
  const names = upwards.map(({ key }) => (key.length > MAX_NAME ? `${key.slice(0, MAX_NAME - 1)}…` : key));
  const drawnAll = shown.length + unpriced >= groups.length;
  return {
    title: `Spent by ${by}${drawnAll ? "" : `, the dearest ${shown.length}`}${unpriced > 0 ? ` (without ${unpriced} whose price is unknown)` : ""}`,
    description: shown.map((group) => `${group.key} ${amount(group)}`).join(", "),
    svg: draw(40 + 28 * shown.length, {
      // Without a browser widths of texts are guesses, rather too small: the names get their room by hand.
      grid: {
        left: 10 + CHARACTER_WIDTH * Math.max(...names.map(({ length }) => length)),
        right: 70,
        top: 4,
        bottom: 26,
        outerBoundsMode: "none",
      },
      xAxis: moneyAxis,
      yAxis: { ...nameAxis, data: names, axisLabel: label },
      series: [
        {
          type: "bar",
          color: colours.spent,
          barMaxWidth: 18,
          data: upwards.map((group) => ({
            value: dollars(group.spentNanoUsd),
            label: { show: true, position: "right", ...label, formatter: amount(group) },
          })),
        },
      ],
    }),
  };
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** "2026-01-31T14" → "31 Jan 14:00" */
function dayAndHour(key: string): string {
  const [, month = "", day = "", hour] = /^\d+-(\d\d)-(\d\d)(?:T(\d\d))?$/.exec(key) ?? [];
  if (month === "") return key;
  return `${Number(day)} ${months[Number(month) - 1] ?? month}${hour === undefined ? "" : ` ${hour}:00`}`;
}
