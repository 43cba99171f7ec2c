import { Command } from "commander";
import type { Terminal } from "../terminal.ts";
import { calibrateCommand } from "./calibrate-command.ts";
import { evaluateCommand } from "./evaluate-command.ts";
import { explainCommand } from "./explain-command.ts";
import { shadowCommand } from "./shadow-command.ts";
import { trainCommand } from "./train-command.ts";

/** `langthrift router`: learn a router from labelled requests, set it, measure it, ask it why, and read what shadow mode recorded. */
export function routerCommand(terminal: Terminal): Command {
  const group = new Command("router").description(
    "Learn, calibrate, measure and question a model router. Rows are JSON Lines: {id, prompt, scores, costUsd?}.",
  );
  for (const command of [trainCommand, calibrateCommand, evaluateCommand, explainCommand, shadowCommand])
    group.addCommand(command(terminal));
  return group;
}
