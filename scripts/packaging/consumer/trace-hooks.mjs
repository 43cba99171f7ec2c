// Module hooks that note each file that is really loaded as an ES module.
import { writeSync } from "node:fs";

export async function load(url, context, next) {
  if (url.startsWith("file:")) writeSync(3, `${url}\n`);
  return next(url, context);
}
