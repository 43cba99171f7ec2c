import { loadRouter, type RouterArtifact, type TrainedRouter } from "@langthrift/model-router";
import { LangThriftError } from "@langthrift/core";
import { CliError } from "../cli-error.ts";
import { readText } from "./read-rows.ts";

/** @throws {CliError} when the file is not a router that `train` wrote. */
export async function readRouter(path: string): Promise<TrainedRouter> {
  const text = await readText(path);
  try {
    const artifact = JSON.parse(text) as RouterArtifact;
    if (typeof artifact !== "object" || artifact === null || !Array.isArray(artifact.models) || typeof artifact.version !== "number")
      throw new TypeError("no router");
    return loadRouter(artifact);
  } catch (error) {
    if (LangThriftError.isInstance(error)) throw new CliError(`Cannot use ${path}: ${(error as Error).message}`);
    throw new CliError(`${path} is not a router. Write one with \`langthrift router train\`.`);
  }
}
