import { packageBuild } from "../../tsdown.base.ts";

export default packageBuild(["src/index.ts", "src/middleware.ts", "src/redis.ts", "src/testing.ts"]);
