/**
 * Which page is shown:
 *
 *   sign-in ──signed in──▶ the place that the address says (today, a list, with a drawer above it)
 *      ▲                                        │
 *      └── signed out, or the server says that the sign-in is over: the address stays, and so does the place ──┘
 */
import { useEffect, useLayoutEffect, useMemo, useState } from "preact/hooks";
import { type Failure, me as whoAmI } from "../../client/account.ts";
import { DeviceError, DeviceKey, type DeviceProblem } from "../../client/device-key.ts";
import { forgetEarly } from "../../client/early.ts";
import type { Me } from "../../protocol/api.ts";
import type { Self } from "../../protocol/console.ts";
import { ListPage } from "./list/list-page.tsx";
import { Frame } from "./parts/frame.tsx";
import { lazily, useLoaded } from "./parts/lazy.tsx";
import { NewPasswordPage } from "./sign-in/new-password-page.tsx";
import { SignInPage } from "./sign-in/sign-in-page.tsx";
import * as api from "./state/api.ts";
import { type Chosen, Desk, type DeskValue, type Papers } from "./state/desk.ts";
import { changed, formatRoute, parseRoute, type Route } from "./state/route.ts";
import { TodayPage } from "./today/today-page.tsx";
import { chooseLanguage, chosenLanguage, Words } from "./words/words.ts";

// the first view needs none of these
const Drawer = lazily(() => import("./drawer/drawer.tsx").then((part) => part.Drawer));
const ActDialog = lazily(() => import("./acts/dialog.tsx").then((part) => part.ActDialog));
const PapersDialog = lazily(() => import("./sheets/papers.tsx").then((part) => part.PapersDialog));

interface Start {
  readonly device: DeviceKey | DeviceProblem;
  readonly asksOrganisation: boolean;
}

// long: what a page is made of, in one place
export function App() {
  const [words, setWords] = useState<Words>();
  const [start, setStart] = useState<Start>();
  const [me, setMe] = useState<Me>();
  const [self, setSelf] = useState<Self>();
  const [why, setWhy] = useState<Failure | "signed-out" | "sign-out-unsure">();
  const [route, setRoute] = useState(() => parseRoute(location.hash));
  const [chosen, setChosen] = useState<Chosen>();
  const [papers, setPapers] = useState<Papers>();
  const [version, setVersion] = useState(0);

  useEffect(() => {
    const moved = (): void => setRoute(parseRoute(location.hash));
    window.addEventListener("hashchange", moved);
    void Words.load(chosenLanguage()).then(setWords);
    void begin().then(({ signedIn, duties, failure, ...rest }) => {
      setMe(signedIn);
      setSelf(duties);
      if (failure) setWhy(failure);
      setStart(rest);
    });
    return () => window.removeEventListener("hashchange", moved);
  }, []);

  // with the words themselves: a screen reader takes its voice from it
  useLayoutEffect(() => {
    if (words) document.documentElement.lang = words.language;
  }, [words]);

  useEffect(() => {
    if (!me || me.mustChange || (self && version === 0)) return;
    void api.self().then((answer) => answer.ok && setSelf(answer.value));
  }, [me, version]);

  const place = placeOf(start !== undefined && words !== undefined, me, route);
  useEffect(() => {
    document.documentElement.dataset["place"] = place;
    if (!words) return;
    const name = nameOf(words, route);
    document.title = me === undefined ? words.text("product") : `${name} - ${words.text("product")}`;
  }, [place, words, me, route.place]);

  const desk = useMemo<DeskValue | undefined>(
    () =>
      words && {
        words,
        me,
        self,
        route,
        version,
        go: (to, how = "push") => {
          const url = formatRoute(to);
          if (url === location.hash) return;
          if (how === "push") location.hash = url;
          else {
            history.replaceState(null, "", url);
            setRoute(parseRoute(url));
          }
        },
        lost: (failure) => {
          setWhy(failure);
          setMe(undefined);
          setSelf(undefined);
          setChosen(undefined);
          setPapers(undefined);
        },
        choose: setChosen,
        print: setPapers,
      },
    [words, me, self, route, version],
  );
  const language = (): void => {
    const other = words?.language === "ja" ? "en" : "ja";
    chooseLanguage(other);
    void Words.load(other).then(setWords);
  };
  const signedIn = (somebody: Me): void => {
    setWhy(undefined);
    // the answer to a new password does not say again whether there are several organisations
    setMe((before) => ({ ...before, ...somebody }));
  };
  const signedOut = (isSure: boolean): void => {
    setMe(undefined);
    setSelf(undefined);
    setWhy(isSure ? "signed-out" : "sign-out-unsure");
  };

  if (start === undefined || desk === undefined) return null;
  return (
    <Desk.Provider value={desk}>
      <Frame switchLanguage={language} signedOut={signedOut}>
        {me === undefined ? (
          <SignInPage {...start} why={why} signedIn={signedIn} />
        ) : me.mustChange ? (
          <NewPasswordPage signedIn={signedIn} lost={desk.lost} />
        ) : (
          <Place route={route} />
        )}
      </Frame>
      {me && !me.mustChange && route.open && (
        <Drawer
          key={`${route.open.list}:${route.open.id}`}
          {...route.open}
          close={() => desk.go(changed(route, { open: undefined }))}
        />
      )}
      {me && papers && <PapersDialog papers={papers} close={() => setPapers(undefined)} />}
      {me && chosen && (
        <ActDialog
          {...chosen}
          close={(made) => {
            setChosen(undefined);
            if (made !== undefined) desk.go(changed(route, { open: made ?? undefined }), "replace");
          }}
          done={() => setVersion((before) => before + 1)}
        />
      )}
    </Desk.Provider>
  );
}

const placeOf = (isReady: boolean, me: Me | undefined, { place }: Route): string => {
  if (!isReady) return "loading";
  if (me === undefined) return "signed-out";
  return me.mustChange ? "password" : place;
};

function nameOf(words: Words, { place }: Route): string {
  if (place === "today") return words.text("today");
  if (place === "policy") return words.text("policy");
  return place === "import" ? words.text("importCsv") : words.list(place);
}

function Place({ route }: { route: Route }) {
  if (route.place === "today") return <TodayPage />;
  if (route.place === "policy") return <PolicyPlace />;
  return route.place === "import" ? (
    <ImportPlace key={route.kind} {...route} />
  ) : (
    <ListPage key={route.place} list={route.place} />
  );
}

/** Loaded by those who come here. */
function ImportPlace({ kind = "people" }: Pick<Route, "kind">) {
  const part = useLoaded(true, () => import("./import/import-page.tsx"));
  return part ? <part.ImportPage kind={kind} /> : null;
}

function PolicyPlace() {
  const part = useLoaded(true, () => import("./policy/policy-page.tsx"));
  return part ? <part.PolicyPage /> : null;
}

interface Begun extends Start {
  readonly signedIn: Me | undefined;
  /** Together with who it is: what may be seen and done decides how the first view looks. */
  readonly duties: Self | undefined;
  readonly failure: Failure | undefined;
}

async function begin(): Promise<Begun> {
  const opened = DeviceKey.open().catch((error: unknown) =>
    error instanceof DeviceError ? error.problem : ("no-storage" as const),
  );
  const [device, answer, self] = await Promise.all([opened, whoAmI(), api.self()]);
  const duties = self.ok ? self.value : undefined;
  if (answer.ok) {
    // until there is a new password everything else is refused
    if (answer.value.mustChange) forgetEarly();
    return {
      device,
      asksOrganisation: answer.value.asksOrganisation === true,
      signedIn: answer.value,
      duties,
      failure: undefined,
    };
  }
  // the others were asked for nobody
  forgetEarly();
  const { code, asksOrganisation = false } = answer.failure;
  const failure = code === "NOT_SIGNED_IN" ? undefined : answer.failure;
  return { device, asksOrganisation, signedIn: undefined, duties: undefined, failure };
}
