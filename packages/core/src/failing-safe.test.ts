import { describe, expect, it, vi } from "vitest";
import { BudgetExceededError } from "./budget-exceeded-error.ts";
import { createFailureLog } from "./failure-log.ts";
import { findError } from "./find-error.ts";
import { InvalidOptionError, LangThriftError } from "./langthrift-error.ts";
import { TimeoutError } from "./timeout-error.ts";
import { withTimeout } from "./with-timeout.ts";

describe("withTimeout", () => {
  it("passes the result on", async () => {
    await expect(withTimeout("step", 1000, async () => 5)).resolves.toBe(5);
  });

  it("rejects at the limit even when the step ignores its signal, and aborts it", async () => {
    let seen: AbortSignal | undefined;
    const never = withTimeout("step", 5, (signal) => {
      seen = signal;
      return new Promise(() => undefined);
    });
    await expect(never).rejects.toThrow(TimeoutError);
    expect(seen?.aborted).toBe(true);
  });

  it("rejects with the caller's reason when the caller aborts", async () => {
    const controller = new AbortController();
    const step = withTimeout("step", 1000, () => new Promise(() => undefined), controller.signal);
    controller.abort(new Error("gone"));
    await expect(step).rejects.toThrow("gone");
    await expect(withTimeout("step", 1000, async () => 1, controller.signal)).rejects.toThrow("gone");
  });

  it("turns a synchronous throw into a rejection, and swallows a late one", async () => {
    const thrower = () => {
      throw new Error("at once");
    };
    await expect(withTimeout("step", 1000, thrower)).rejects.toThrow("at once");
    let fail: (error: Error) => void = () => undefined;
    const late = new Promise<never>((_resolve, reject) => (fail = reject));
    await expect(withTimeout("step", 1, () => late)).rejects.toThrow(TimeoutError);
    fail(new Error("late"));
    await new Promise((resolve) => setImmediate(resolve));
  });
});

describe("createFailureLog", () => {
  it("counts every failure, and reports the first of each reason", () => {
    const warn = vi.fn();
    const events: unknown[] = [];
    const log = createFailureLog({
      strategy: "semantic-cache",
      logger: { warn },
      onEvent: (event) => events.push(event),
      newId: () => "n1",
    });
    for (let count = 0; count < 3; count += 1) log.note("timeout", new TimeoutError("x", 1));
    log.note("store", "down");
    expect(log.counts).toEqual({ timeout: 3, store: 1 });
    expect(warn).toHaveBeenCalledTimes(2);
    expect(events).toMatchObject([{ kind: "notice", reason: "timeout", nanoUsd: 0 }, { reason: "store" }]);
  });
});

describe("findError", () => {
  const refusal = new BudgetExceededError({ budgetId: "team", spentUsd: 0.5, heldUsd: 0.1, limitUsd: 0.6, resetAt: new Date(0) });

  it("walks causes and aggregates, cycles included", () => {
    const wrapped = new Error("middleware", { cause: new AggregateError([new Error("other"), refusal]) });
    expect(findError(wrapped, BudgetExceededError)).toBe(refusal);
    const cycle: Error & { cause?: unknown } = new Error("a");
    cycle.cause = cycle;
    expect(findError(cycle, BudgetExceededError)).toBeUndefined();
    expect(findError("text", BudgetExceededError)).toBeUndefined();
  });

  it("tells the branded classes apart", () => {
    expect(LangThriftError.isInstance(refusal)).toBe(true);
    expect(InvalidOptionError.isInstance(refusal)).toBe(false);
    expect(refusal.message).toContain('"team" has $0.50 spent and $0.10 held of its limit of $0.60');
    expect(refusal.message).toContain("1970-01-01");
  });
});
