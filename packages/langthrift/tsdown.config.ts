import { defineConfig } from "tsdown";
import { packageBuild } from "../../tsdown.base.ts";

export default defineConfig([
  packageBuild(["src/index.ts"]),
  // For examples, with the local model server bundled in as well.
  packageBuild(["src/demo.ts"], {
    clean: false,
    publint: false,
    attw: false,
    deps: { alwaysBundle: ["@langthrift/model-server"] },
  }),
  // The command: ESM only, with the local model server bundled in, which is no package of its own.
  {
    entry: { "cli/main": "src/cli/main.ts" },
    format: ["esm"],
    platform: "node",
    target: "node20",
    dts: false,
    clean: false,
    fixedExtension: false,
    deps: { alwaysBundle: ["@langthrift/model-server"] },
  },
]);
