import { packageBuild } from "../../tsdown.base.ts";
import { bundlePriceCatalogue } from "./bundle-price-catalogue.ts";

export default packageBuild(["src/index.ts"], { plugins: [bundlePriceCatalogue()] });
