import { packageBuild } from "../../tsdown.base.ts";

export default packageBuild(["src/index.ts", "src/middleware.ts", "src/redis.ts", "src/sqlite.ts", "src/testing.ts"]);
