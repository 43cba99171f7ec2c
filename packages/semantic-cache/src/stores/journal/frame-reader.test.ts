import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeFrame, type FrameType } from "./frame.ts";
import { FrameReader, type ReadFrame } from "./frame-reader.ts";

interface Sample {
  readonly type: FrameType;
  readonly key: string;
  readonly body: string;
}

const samples: readonly Sample[] = [
  { type: "file", key: "", body: '{"version":1}' },
  { type: "put", key: "a".repeat(64), body: "the first answer, long enough to be cut in two" },
  { type: "delete", key: "b".repeat(64), body: "" },
  { type: "update", key: "c", body: '{"payload":"x"}' },
  { type: "put", key: "日本", body: "\u0000\u0001\u0002" },
];

function encoded(frames: readonly Sample[]): Buffer {
  return Buffer.concat(frames.map(({ type, key, body }) => encodeFrame(type, key, Buffer.from(body))));
}

function read(bytes: Buffer, chunk = bytes.length): { frames: ReadFrame[]; reader: FrameReader } {
  const reader = new FrameReader();
  const frames: ReadFrame[] = [];
  // A body holds until the next piece.
  const take = (): void => void frames.push(...[...reader.frames()].map((frame) => ({ ...frame, body: Buffer.from(frame.body) })));
  const copy = Buffer.from(bytes);
  for (let at = 0; at < copy.length; at += chunk) {
    reader.push(copy.subarray(at, at + chunk));
    take();
  }
  reader.end();
  take();
  return { frames, reader };
}

function plain({ type, key, body }: ReadFrame): Sample {
  return { type, key, body: body.toString() };
}

describe("FrameReader", () => {
  it("reads what was written, in pieces of any size", () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ type: fc.constantFrom<FrameType>("put", "update", "delete"), key: fc.string(), body: fc.string() })),
        fc.integer({ min: 1, max: 200 }),
        (written, chunk) => {
          const bytes = encoded(written);
          const { frames, reader } = read(bytes, chunk);
          expect(frames.map(plain)).toEqual(written);
          expect(frames.some(({ damaged }) => damaged)).toBe(false);
          expect([reader.soundEnd, reader.unreadable, reader.repaired]).toEqual([bytes.length, 0, 0]);
        },
      ),
    );
  });

  it("keeps every whole frame of a file torn at any byte", () => {
    const bytes = encoded(samples);
    const ends = samples.map((_, i) => encoded(samples.slice(0, i + 1)).length);
    for (let size = 0; size <= bytes.length; size += 1) {
      const { frames, reader } = read(bytes.subarray(0, size));
      const whole = ends.filter((end) => end <= size).length;
      expect(frames.map(plain)).toEqual(samples.slice(0, whole));
      expect([reader.soundEnd, reader.unreadable]).toEqual([whole === 0 ? 0 : ends[whole - 1], 0]);
    }
  });

  it("notices every flipped bit and loses no other frame to it", () => {
    const bytes = encoded(samples);
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
      const { frames, reader } = read(flipped, 64);
      const damaged = frames.filter((frame) => frame.damaged);
      // In a head it is undone; in a body the key still says whose it was.
      expect(damaged.length + reader.repaired).toBe(1);
      expect(frames.map(({ type, key }) => ({ type, key }))).toEqual(samples.map(({ type, key }) => ({ type, key })));
      expect(frames.filter((frame) => !frame.damaged).map(plain)).toEqual(samples.filter((_, i) => !frames[i]?.damaged));
    }
  });

  it("goes on behind a stretch that holds no frame", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), fc.integer({ min: 1, max: 100 }), (garbage, chunk) => {
        const bytes = Buffer.concat([encoded(samples.slice(0, 2)), Buffer.from(garbage), encoded(samples.slice(2))]);
        const { frames, reader } = read(bytes, chunk);
        expect(frames.map(plain)).toEqual(samples);
        expect(reader.unreadable).toBe(garbage.length);
      }),
    );
  });

  it("is not deceived by text that looks like a frame", () => {
    const inner = encodeFrame("put", "forged", Buffer.from("forged"));
    const body = Buffer.from(inner.toString("latin1"));
    const bytes = encodeFrame("put", "a", body);
    // Its own head is beyond repair.
    bytes.fill(0, 0, 12);
    expect(read(Buffer.concat([bytes, encoded(samples)])).frames.map(({ key }) => key)).toEqual(samples.map(({ key }) => key));
  });
});
