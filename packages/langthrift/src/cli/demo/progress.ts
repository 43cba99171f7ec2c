import { SingleBar } from "cli-progress";
import type { Terminal } from "../terminal.ts";
import type { ReplayOutcome } from "./replay-outcome.ts";

export interface Progress {
  readonly update: (done: number, outcome: ReplayOutcome) => void;
  stop(): void;
}

/** A progress bar on a terminal; a line every tenth of the way elsewhere, so that logs stay short. */
export function createProgress(total: number, terminal: Terminal): Progress {
  let hits = 0;
  const count = (outcome: ReplayOutcome) => {
    if (outcome.answeredBy === "cache") hits += 1;
  };
  if (!terminal.interactive) {
    const every = Math.max(1, Math.ceil(total / 10));
    return {
      update(done, outcome) {
        count(outcome);
        if (done % every === 0 && done < total) terminal.say(`  ${done} of ${total} requests, ${hits} answered from the cache`);
      },
      stop: () => undefined,
    };
  }
  const bar = new SingleBar({
    format: "  {bar} {value}/{total} requests, {hits} from the cache, {eta} s left",
    barCompleteChar: "█",
    barIncompleteChar: "░",
    hideCursor: true,
  });
  bar.start(total, 0, { hits });
  return {
    update(done, outcome) {
      count(outcome);
      bar.update(done, { hits });
    },
    stop: () => bar.stop(),
  };
}
