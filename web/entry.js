// What the page uses of other people's work, and nothing more.
export { h, render, Fragment } from "preact";
export { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
export { default as htm } from "htm";
export { Marked } from "marked";
export { default as DOMPurify } from "dompurify";
