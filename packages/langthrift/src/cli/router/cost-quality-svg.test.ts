import { evaluateRouter, type RouterPrediction, type RouterRow } from "@langthrift/model-router";
import { expect, it } from "vitest";
import { costQualitySvg } from "./cost-quality-svg.ts";

function picture(dearest: number): string {
  const costUsd = { cheap: 0.0001, dear: dearest };
  const rows = Array.from({ length: 40 }, (_, at): RouterRow => ({
    id: String(at),
    prompt: `request ${at}`,
    scores: { cheap: at % 2, dear: 1 },
    costUsd,
  }));
  const predictions = rows.map(({ scores }): RouterPrediction => ({ quality: scores, costUsd }));
  return costQualitySvg(rows, predictions, evaluateRouter(predictions, rows, { resamples: 5 }))!;
}

it("prices that differ a hundredfold stand apart on a logarithmic axis, others on an even one", () => {
  expect(picture(0.01)).toContain("each step: ten times as much");
  expect(picture(0.01)).toContain(">$10<");
  expect(picture(0.0005)).not.toContain("ten times");
  for (const name of ["cheap", "dear", "router"]) expect(picture(0.01)).toContain(`>${name}<`);
});
