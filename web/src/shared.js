// What views that are loaded later use of the page's bundle (`build.mjs`): a second copy of Preact or
// of the texts would not work together with the first.
export { Avatar } from "./components/avatar.js";
export { Upload } from "./components/documents.js";
export { FormError, Select, useSubmit } from "./components/form.js";
export { Icon, IconButton } from "./components/icons.js";
export { Menu } from "./components/menu.js";
export { Modal } from "./components/modal.js";
export { TextWithCode } from "./components/text_with_code.js";
export { confirmDeletion } from "./document_deletion.js";
export { describeError, formatBytes, formatDate, joinFacts } from "./format.js";
export { useMediaQuery } from "./hooks.js";
export { t, variant } from "./i18n/index.js";
export { moveFocus } from "./keyboard.js";
export { canEditLibrary, canListUsers, canStartChats, canUpload, libraryRole } from "./permissions.js";
export { html, useEffect, useMemo, useRef, useState } from "./preact.js";
export { toLibrary } from "./routes.js";
export { isShared } from "./state/rooms.js";
