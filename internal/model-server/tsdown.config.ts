import { defineConfig } from "tsdown";

// Only for a process of its own on Node 20: everything else imports the sources.
export default defineConfig({
  entry: ["src/main.ts"],
  format: "esm",
  platform: "node",
  target: "node20",
  fixedExtension: false,
  dts: false,
});
