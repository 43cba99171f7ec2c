import { BaseCallbackHandler } from "@langchain/core/callbacks/base";
import { RunnableLambda } from "@langchain/core/runnables";
import { describe, expect, it } from "vitest";
import { dispatchSavings } from "./dispatch-savings.ts";
import type { NanoUsd } from "./money.ts";
import { isSavingsEvent, SAVINGS_EVENT, type SavingsEvent } from "./savings-event.ts";

const event: SavingsEvent = {
  version: 1,
  id: "e1",
  decisionId: "d1",
  strategy: "semantic-cache",
  kind: "avoided",
  reason: "hit:exact",
  at: 0,
  nanoUsd: 5 as NanoUsd,
  details: {},
};

class Recorder extends BaseCallbackHandler {
  name = "recorder";
  readonly seen: { name: string; data: unknown; runId: string }[] = [];
  override handleCustomEvent(name: string, data: unknown, runId: string): void {
    this.seen.push({ name, data, runId });
  }
}

describe("dispatchSavings", () => {
  it("reaches callbacks that have no parent run, where dispatchCustomEvent is silently lost", async () => {
    const recorder = new Recorder();
    await dispatchSavings(event, { config: { callbacks: [recorder] } });
    expect(recorder.seen).toMatchObject([{ name: SAVINGS_EVENT, data: event }]);
  });

  it("leaves out what stands behind streamEvents, which knows only runs that began", async () => {
    const recorder = new Recorder();
    const stream = Object.assign(new Recorder(), { name: "event_stream_tracer" });
    const callbacks = [stream, recorder];
    await dispatchSavings(event, { config: { callbacks } });
    expect([stream.seen.length, recorder.seen.length]).toEqual([0, 1]);
    expect(callbacks).toHaveLength(2);
  });

  it("goes under the surrounding run, found without a config", async () => {
    const recorder = new Recorder();
    const runId = "11111111-1111-4111-8111-111111111111";
    await RunnableLambda.from(() => dispatchSavings(event, {})).invoke("x", { callbacks: [recorder], runId });
    expect(recorder.seen).toMatchObject([{ name: SAVINGS_EVENT, runId }]);
  });

  it("prefers the run manager and sends once", async () => {
    const recorder = new Recorder();
    const sent: unknown[] = [];
    const runManager = { handleCustomEvent: async (_name: string, data: unknown) => void sent.push(data) };
    await dispatchSavings(event, { runManager, config: { callbacks: [recorder] } });
    expect([sent, recorder.seen]).toEqual([[event], []]);
  });

  it("always calls the listener, and survives its fault and the manager's", async () => {
    const runManager = { handleCustomEvent: () => Promise.reject(new Error("down")) };
    const heard: unknown[] = [];
    await dispatchSavings(event, { runManager, onEvent: (seen) => heard.push(seen) });
    await dispatchSavings(event, {
      onEvent: () => {
        throw new Error("listener");
      },
    });
    expect(heard).toEqual([event]);
  });
});

describe("isSavingsEvent", () => {
  it("takes an event that went through JSON", () => {
    expect(isSavingsEvent(JSON.parse(JSON.stringify({ ...event, nanoUsd: null })))).toBe(true);
  });

  it.each([
    null,
    5,
    {},
    { ...event, version: 2 },
    { ...event, id: "" },
    { ...event, kind: "gift" },
    { ...event, nanoUsd: 0.5 },
    { ...event, details: [] },
  ])("refuses %o", (value) => {
    expect(isSavingsEvent(value)).toBe(false);
  });
});
