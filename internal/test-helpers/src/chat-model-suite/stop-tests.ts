import { setTimeout as wait } from "node:timers/promises";
import { freshQuestion } from "./fresh-question.ts";
import { collect, type SuiteKit } from "./suite-kit.ts";

/** Callers that leave. */
export function stopTests({ check, expect, model, server, streamsInParts }: SuiteKit): void {
  check("abort: a call that was aborted before it began makes no request", async () => {
    const one = await model();
    await expect(one.invoke(freshQuestion(), { signal: AbortSignal.abort() })).rejects.toThrow();
    await expect(one.stream(freshQuestion(), { signal: AbortSignal.abort() }).then(collect)).rejects.toThrow();
    expect(server().journal).toHaveLength(0);
  });

  check("abort: invoke rejects, and the request is given up", async () => {
    server().reply({ answer: { delayMs: 30_000 } });
    const one = await model();
    const controller = new AbortController();
    const call = one.invoke(freshQuestion(), { signal: controller.signal });
    const rejected = expect(call).rejects.toThrow(/abort/i);
    while (server().journal.length === 0) await wait(2);
    controller.abort();
    await rejected;
    while (server().journal[0]?.outcome === "pending") await wait(2);
    expect(server().journal.map(({ outcome }) => outcome)).toEqual(["aborted"]);
  });

  check("abort: a stream rejects in the middle, and the request is given up", async () => {
    // A model that holds its answer back has no chunk to abort at; it is left while it waits.
    server().reply({
      answer: streamsInParts ? { chunkDelayMs: 20, tokensPerChunk: 1, text: "word ".repeat(2000) } : { delayMs: 30_000 },
    });
    const one = await model();
    const controller = new AbortController();
    const read = async () => {
      for await (const _chunk of await one.stream(freshQuestion(), { signal: controller.signal })) controller.abort();
    };
    const rejected = expect(read()).rejects.toThrow(/abort/i);
    if (!streamsInParts) {
      while (server().journal.length === 0) await wait(2);
      controller.abort();
    }
    await rejected;
    while (server().journal[0]?.outcome === "pending") await wait(2);
    expect(server().journal.map(({ outcome }) => outcome)).toEqual(["aborted"]);
  });

  check("stream: a reader that leaves early ends the request", async () => {
    server().reply({ answer: { chunkDelayMs: 20, tokensPerChunk: 1, text: "word ".repeat(200) } });
    const one = await model();
    for await (const chunk of await one.stream(freshQuestion())) if (chunk.text !== "") break;
    while (server().journal[0]?.outcome === "pending") await wait(2);
    expect(server().journal).toHaveLength(1);
  });

  check("timeout: the call's own limit rejects", async () => {
    server().reply({ answer: { delayMs: 30_000 } });
    const one = await model();
    await expect(one.invoke(freshQuestion(), { timeout: 50 })).rejects.toThrow();
  });
}
