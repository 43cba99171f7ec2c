import { defineConfig } from "tsdown";

export default defineConfig({
  entry: { main: "src/main.ts", "serve-models": "src/cost/serve-models.ts", "race-process": "src/budget/race-process.ts" },
  format: ["esm"],
  platform: "node",
  target: "node20",
  dts: false,
  clean: true,
  fixedExtension: false,
  deps: { alwaysBundle: ["@langthrift/model-server", "@langthrift/test-helpers"] },
});
