import { bestFor, type RouterPrediction } from "@langthrift/model-router";
import { Command } from "commander";
import type { Terminal } from "../terminal.ts";
import { readRouter } from "./read-router.ts";
import { predictionsOf } from "./router-predictions.ts";

/** `langthrift router explain` */
export function explainCommand(terminal: Terminal): Command {
  return new Command("explain")
    .description("Say which model a router would ask for a text, and what it expects of each.")
    .requiredOption("--router <file>", "a router that `train` wrote")
    .argument("<text>", "the request")
    .action(async (text: string, { router: path }: { router: string }) => {
      const router = await readRouter(path);
      const [prediction] = (await predictionsOf(router, [{ prompt: text }])) as [RouterPrediction];
      const { calibration } = router.artifact;
      for (const model of router.models) {
        const cost = prediction.costUsd?.[model];
        terminal.print(
          `${model}: expected score ${prediction.quality[model]!.toFixed(3)}${cost === undefined ? "" : `, $${cost.toPrecision(3)}`}`,
        );
      }
      if (prediction.unfamiliar)
        terminal.print("The text is unlike those that the router learnt from: a policy abstains, and the default model answers.");
      const [weak, strong] = router.models as [string, string];
      if (calibration?.threshold !== undefined) {
        const gain = prediction.quality[strong]! - prediction.quality[weak]!;
        const enough = gain >= calibration.threshold;
        terminal.print(
          `${enough ? strong : weak}: the expected gain ${gain.toFixed(3)} ${enough ? "reaches" : "is below"} the threshold ${calibration.threshold.toFixed(3)}`,
        );
        return;
      }
      const lambda = calibration?.lambda ?? 0;
      const reason =
        lambda === 0 ? "the best expected score (not calibrated)" : `the best expected score less ${lambda.toPrecision(4)} for a dollar`;
      terminal.print(`${bestFor(prediction, lambda, router.models)}: ${reason}`);
    });
}
