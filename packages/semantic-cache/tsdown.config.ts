import { packageBuild } from "../../tsdown.base.ts";

export default packageBuild(["src/index.ts", "src/middleware.ts", "src/redis.ts", "src/testing.ts", "src/vector-store.ts"], {
  // Alone, the table is read as Latin-1; beside the letters of other scripts engines would store its 700 kB as UTF-16.
  outputOptions: { codeSplitting: { groups: [{ name: "word-table", test: /word-table\.ts$/ }] } },
});
