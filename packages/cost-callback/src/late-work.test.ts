import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LateWork } from "./late-work.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("LateWork", () => {
  it("waits until it is asked, a while has passed, or a lot has come together; always in order", () => {
    const done: number[] = [];
    const late = new LateWork(() => undefined);
    for (let work = 0; work < 3; work += 1) late.add(() => done.push(work));
    expect(done).toEqual([]);
    late.drain();
    expect(done).toEqual([0, 1, 2]);
    late.add(() => done.push(3));
    vi.advanceTimersByTime(100);
    expect(done).toEqual([0, 1, 2, 3]);
    for (let work = 0; work < 1_024; work += 1) late.add(() => done.push(work));
    expect(done).toHaveLength(1_028);
    expect(late.size).toBe(0);
  });

  it("does what work adds after the work that was there before", () => {
    const done: string[] = [];
    const late = new LateWork(() => undefined);
    late.add(() => {
      late.add(() => done.push("added"));
      late.drain();
      done.push("first");
    });
    late.add(() => done.push("second"));
    late.drain();
    expect(done).toEqual(["first", "second", "added"]);
  });

  it("goes on after an error", () => {
    const errors: unknown[] = [];
    const done: number[] = [];
    const late = new LateWork((error) => errors.push(error));
    late.add(() => {
      throw new Error("one");
    });
    late.add(() => done.push(2));
    late.drain();
    expect(done).toEqual([2]);
    expect(errors).toMatchObject([{ message: "one" }]);
  });
});
