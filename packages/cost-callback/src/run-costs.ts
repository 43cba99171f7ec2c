import type { NanoUsd } from "@langthrift/core";
import type { CostEntry } from "./cost-entry.ts";
import { RecentMap } from "./recent-map.ts";
import type { RunCost } from "./recorder-types.ts";
import type { RunNode } from "./run-node.ts";

/** What runs cost, with everything below them: of open runs in their nodes, of the last finished ones here. */
export class RunCosts {
  readonly #finished: RecentMap<RunCost>;

  constructor(maxFinishedRuns: number) {
    this.#finished = new RecentMap(maxFinishedRuns);
  }

  /** Adds an entry to its run and all runs above it. */
  add(node: RunNode | undefined, entry: CostEntry): void {
    for (let above = node; above; above = above.parent) {
      above.cost.calls += 1;
      if (entry.nanoUsd === null) above.cost.unknown += 1;
      else above.cost.spent += entry.nanoUsd;
    }
  }

  addAvoided(node: RunNode | undefined, nanoUsd: number): void {
    for (let above = node; above; above = above.parent) above.cost.avoided += nanoUsd;
  }

  /** Keeps what a run has cost that is over. */
  close(node: RunNode): void {
    this.#finished.set(node.id, toRunCost(node, false));
  }

  /** @param open The run's node, while it runs. */
  of(runId: string, open: RunNode | undefined): RunCost | undefined {
    return open ? toRunCost(open, true) : this.#finished.get(runId);
  }
}

function toRunCost({ id, name, cost }: RunNode, running: boolean): RunCost {
  return {
    runId: id,
    ...(name !== undefined && { name }),
    running,
    calls: cost.calls,
    spentNanoUsd: cost.spent as NanoUsd,
    avoidedNanoUsd: cost.avoided as NanoUsd,
    unknownPrices: cost.unknown,
  };
}
