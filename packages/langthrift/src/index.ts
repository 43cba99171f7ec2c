export { createThriftyModel, type ThriftyModel, type ThriftyModelOptions } from "./create-thrifty-model.ts";
