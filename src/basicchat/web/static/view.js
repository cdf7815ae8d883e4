// What components are written with.
import { h, htm } from "./vendor.js";

export {
  Fragment,
  render,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "./vendor.js";
export const html = htm.bind(h);
