import { packageBuild } from "../../tsdown.base.ts";

export default packageBuild([
  "src/index.ts",
  "src/middleware.ts",
  "src/redis.ts",
  "src/jsonl.ts",
  "src/sqlite.ts",
  "src/prometheus.ts",
  "src/otel.ts",
  "src/langsmith.ts",
  "src/html.ts",
  "src/testing.ts",
]);
