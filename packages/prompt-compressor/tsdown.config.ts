import { packageBuild } from "../../tsdown.base.ts";

export default packageBuild(["src/index.ts", "src/middleware.ts", "src/transformers.ts", "src/llama-cpp.ts", "src/testing.ts"]);
