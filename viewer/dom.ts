/** A few lines that make elements, instead of a framework. Text goes in as text, never as markup. */
type Child = Node | string | false | undefined;

export interface Props {
  readonly class?: string;
  readonly id?: string;
  readonly testId?: string;
  readonly on?: { readonly [K in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[K]) => void };
  /** Any other attribute; `false` and `undefined` leave it out, `true` sets it empty. */
  readonly attributes?: Readonly<Record<string, string | boolean | undefined>>;
}

export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (props.class) element.className = props.class;
  if (props.id) element.id = props.id;
  if (props.testId) element.dataset["testid"] = props.testId;
  for (const [name, value] of Object.entries(props.attributes ?? {})) {
    if (value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  for (const [type, listener] of Object.entries(props.on ?? {})) {
    element.addEventListener(type, listener as EventListener);
  }
  element.append(...children.filter((child): child is Node | string => child !== undefined && child !== false));
  return element;
}

export function button(
  label: string,
  testId: string,
  press: () => void,
  look: "primary" | "plain" | "danger" | "quiet" = "plain",
): HTMLButtonElement {
  return el("button", { class: `button ${look}`, testId, attributes: { type: "button" }, on: { click: press } }, label);
}

/** Writes only what changed, so that a screen reader is not told the same again. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** A code in its groups, in letters that cannot be confused, as one unit for a screen reader. */
export function codeGroups(code: string, testId: string): HTMLElement {
  const groups = code.split("-").map((group) => el("span", { class: "code-group" }, group));
  return el("output", { class: "code", testId, attributes: { "aria-label": [...code].join(" ") } }, ...groups);
}
