// The parts of Preact and htm that components use.
import htm from "htm";
import { h } from "preact";

export { createContext, Fragment, render } from "preact";
export {
  useContext,
  useEffect,
  useErrorBoundary,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "preact/hooks";
export const html = htm.bind(h);
