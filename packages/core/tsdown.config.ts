import { packageBuild } from "../../tsdown.base.ts";
import { bundlePriceCatalogue } from "./bundle-price-catalogue.ts";

/** Modules that import LangChain's runnables or messages, which a bundler cannot leave out of a file that imports them. */
const onLangChain = /src[\\/](?:dispatch-savings|input-messages|rewrap-model|wrapped-chat-model)\.ts$/;

export default packageBuild(["src/index.ts"], {
  plugins: [bundlePriceCatalogue()],
  outputOptions: {
    codeSplitting: {
      groups: [
        // Alone, it is read as Latin-1; beside a letter of another script engines would store its 600 kB as UTF-16.
        { name: "price-catalogue", test: /@pydantic[\\/]genai-prices/, priority: 3 },
        { name: "vocabulary", test: (id) => /src[\\/](?!index)[\w-]+\.ts$/.test(id) && !onLangChain.test(id), priority: 2 },
        { name: "on-langchain", test: onLangChain, priority: 1 },
      ],
    },
  },
});
