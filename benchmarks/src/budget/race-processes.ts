import type { RaceBudgetOptions, RaceMessage } from "@langthrift/cost-callback/testing";
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { RaceBooks } from "./race-books.ts";

/** What a process of a race is told at its start. */
export interface RaceProcessOptions extends Required<Pick<RaceBudgetOptions, "limitUsd" | "concurrent" | "budgetEveryMs" | "leaseMs">> {
  readonly url: string;
  /** Begins every key. */
  readonly prefix: string;
  readonly kind: "ours" | "naive";
  readonly seed: number;
}

interface Racer {
  readonly child: ChildProcess;
  readonly ready: Promise<void>;
  readonly exited: Promise<void>;
}

/** The processes of a race. There are always as many: a killed one is replaced. */
export class RaceProcesses {
  readonly #books: RaceBooks;
  readonly #options: RaceProcessOptions;
  readonly #racers: Racer[] = [];
  readonly #gone: Promise<void>[] = [];
  #until = 0;
  #started = 0;
  killed = 0;

  constructor(books: RaceBooks, options: RaceProcessOptions) {
    this.#books = books;
    this.#options = options;
  }

  /** Starts the processes; the race begins when all are connected. Resolves with its end, in ms since epoch. */
  async begin(count: number, seconds: number): Promise<number> {
    for (let index = 0; index < count; index += 1) this.#racers.push(this.#start());
    await Promise.all(this.#racers.map(({ ready }) => ready));
    this.#until = Date.now() + seconds * 1_000;
    for (const { child } of this.#racers) child.send(this.#until);
    return this.#until;
  }

  /** Kills one without warning and starts another in its place. */
  kill(index: number): void {
    const racer = this.#racers[index];
    if (!racer) return;
    racer.child.kill("SIGKILL");
    this.killed += 1;
    this.#gone.push(racer.exited);
    const next = this.#start();
    this.#racers[index] = next;
    void next.ready.then(() => next.child.connected && next.child.send(this.#until));
  }

  /** Resolves when all have ended by themselves. */
  async ended(): Promise<void> {
    await Promise.all([...this.#gone, ...this.#racers.map(({ exited }) => exited)]);
  }

  /** Ends all that still run. */
  stop(): void {
    for (const { child } of this.#racers) if (child.exitCode === null) child.kill("SIGKILL");
  }

  #start(): Racer {
    const options: RaceProcessOptions = { ...this.#options, seed: this.#options.seed * 1_000 + this.#started };
    this.#started += 1;
    const child = fork(fileURLToPath(new URL("race-process.js", import.meta.url)), [JSON.stringify(options)], { stdio: "inherit" });
    const exited = new Promise<void>((resolve) => child.once("close", () => resolve()));
    const ready = new Promise<void>((resolve) => {
      child.on("message", (message: RaceMessage | { readonly kind: "ready" }) => {
        if (message.kind === "ready") resolve();
        else this.#books.hear(message);
      });
      // One that ends before it is ready must not hold up the others.
      void exited.then(resolve);
    });
    return { child, ready, exited };
  }
}
