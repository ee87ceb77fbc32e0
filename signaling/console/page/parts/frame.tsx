/** What is around every page: the name, the ways to the lists, who is signed in, the language. */
import type { ComponentChildren } from "preact";
import { signOut } from "../../../client/account.ts";
import { LISTS } from "../../../protocol/console.ts";
import { useDesk } from "../state/desk.ts";
import { formatRoute, PLACES } from "../state/route.ts";

const logoUrl = new URL("../../../client/look/engawa.svg", import.meta.url).href;

interface FrameProps {
  readonly switchLanguage: () => void;
  readonly signedOut: (isSure: boolean) => void;
  readonly children: ComponentChildren;
}

export function Frame({ switchLanguage, signedOut, children }: FrameProps) {
  const { words, me, mayLeave } = useDesk();
  const isInside = me !== undefined && !me.mustChange;
  return (
    <div class={isInside ? "console" : "console outside"}>
      {/* biome-ignore lint/a11y/useValidAnchor: it goes to the content, by script because the address says something else */}
      <a class="skip" href="#main" onClick={toMain}>
        {words.text("skip")}
      </a>
      <header class="header">
        <span class="brand">
          <img class="logo" src={logoUrl} alt="" width="36" height="36" />
          <span class="brand-name">{words.text("product")}</span>
        </span>
        <div class="header-side">
          {me && (
            <>
              <span class="who" data-testid="who">
                {words.text("hello", { name: me.name })}
                <span class="where">{me.organisation}</span>
              </span>
              <button
                type="button"
                class="button quiet"
                data-testid="sign-out"
                onClick={() => mayLeave() && void signOut().then(signedOut)}
              >
                {words.text("signOut")}
              </button>
            </>
          )}
          <button
            type="button"
            class="button quiet"
            data-testid="language"
            lang={words.language === "ja" ? "en" : "ja"}
            aria-label={words.text("languageLabel")}
            onClick={switchLanguage}
          >
            {words.text("language")}
          </button>
        </div>
      </header>
      {isInside && <Menu />}
      <main id="main" class="content" tabIndex={-1}>
        {children}
      </main>
    </div>
  );
}

function Menu() {
  const { words, route, self } = useDesk();
  const places = [
    ["today", words.text("today")] as const,
    ...LISTS.map((list) => [list, words.list(list)] as const),
    ...PLACES.filter((place) => place !== "waves" || self?.waves).map((place) => [place, words.text(place)] as const),
  ];
  return (
    <nav class="menu" aria-label={words.text("menu")}>
      <ul>
        {places.map(([place, name]) => (
          <li key={place}>
            <a
              href={formatRoute({ place })}
              data-testid={`menu-${place}`}
              {...(route.place === place && { "aria-current": "page" as const })}
            >
              {name}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

/** The address says where one is; a jump inside the page must not change it. */
function toMain(event: Event): void {
  event.preventDefault();
  document.querySelector<HTMLElement>("#main")?.focus();
}
