// The library view, a bundle of its own.
export { Library as View } from "./components/library.js";
