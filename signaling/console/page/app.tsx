/**
 * Which page is shown:
 *
 *   sign-in ──signed in──▶ the place that the address says (today, a list, with a drawer above it)
 *      ▲                                        │
 *      └── signed out, or the server says that the sign-in is over: the address stays, and so does the place ──┘
 */
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { type Failure, me as whoAmI } from "../../client/account.ts";
import { DeviceError, DeviceKey, type DeviceProblem } from "../../client/device-key.ts";
import { forgetEarly } from "../../client/early.ts";
import type { Me } from "../../protocol/api.ts";
import type { Self } from "../../protocol/console.ts";
import { ListPage } from "./list/list-page.tsx";
import { Frame } from "./parts/frame.tsx";
import { lazily } from "./parts/lazy.tsx";
import { WithRecords } from "./parts/with-records.tsx";
import { SignInPage } from "./sign-in/sign-in-page.tsx";
import * as api from "./state/api.ts";
import { type Chosen, Desk, type DeskValue, type Papers } from "./state/desk.ts";
import { changed, formatRoute, isList, isSamePlace, parseRoute, type Route } from "./state/route.ts";
import { TodayPage } from "./today/today-page.tsx";
import { chooseLanguage, chosenLanguage, type Language, Words } from "./words/words.ts";

// the first view needs none of these
const Drawer = lazily(() => import("./drawer/drawer.tsx").then((part) => part.Drawer));
const ActDialog = lazily(() => import("./acts/dialog.tsx").then((part) => part.ActDialog));
const ImportPage = lazily(() => import("./import/import-page.tsx").then((part) => part.ImportPage), true);
const NewPasswordPage = lazily(
  () => import("./sign-in/new-password-page.tsx").then((part) => part.NewPasswordPage),
  true,
);
const PolicyPage = lazily(() => import("./policy/policy-page.tsx").then((part) => part.PolicyPage), true);
const ApprovalsPage = lazily(() => import("./approvals/approvals-page.tsx").then((part) => part.ApprovalsPage), true);
const LabourPage = lazily(() => import("./labour/labour-page.tsx").then((part) => part.LabourPage), true);
const WavesPage = lazily(() => import("./waves/waves-page.tsx").then((part) => part.WavesPage), true);
const PapersDialog = lazily(() => import("./sheets/papers.tsx").then((part) => part.PapersDialog));

/** In both languages, for want of words. */
const NO_WORDS =
  "画面を読み込めませんでした。読み込み直してください（F5）。/ The page could not be loaded. Reload it (F5).";

interface Start {
  readonly device: DeviceKey | DeviceProblem;
  readonly asksOrganisation: boolean;
}

// long: what a page is made of, in one place
export function App() {
  const [words, setWords] = useState<Words>();
  const [isMute, setMute] = useState(false);
  const [start, setStart] = useState<Start>();
  const [me, setMe] = useState<Me>();
  const [self, setSelf] = useState<Self>();
  const [why, setWhy] = useState<Failure | "signed-out" | "sign-out-unsure">();
  const [route, setRoute] = useState(() => parseRoute(location.hash));
  const [chosen, setChosen] = useState<Chosen>();
  const [papers, setPapers] = useState<Papers>();
  const [version, setVersion] = useState(0);
  const speak = (language: Language): void => void Words.load(language).then(setWords, () => setMute(true));
  const here = useRef(route);
  here.current = route;
  const { current: guards } = useRef(new Set<string>());

  useEffect(() => {
    const moved = (): void => {
      const to = parseRoute(location.hash);
      if (!isSamePlace(here.current, to)) {
        if (!mayLeave(guards)) {
          history.pushState(null, "", formatRoute(here.current));
          return;
        }
        // what was asked about goes along
        if (guards.size > 0) {
          setChosen(undefined);
          setPapers(undefined);
        }
      }
      setRoute(to);
    };
    window.addEventListener("hashchange", moved);
    speak(chosenLanguage());
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
        guard: (question) => {
          guards.add(question);
          return () => void guards.delete(question);
        },
        mayLeave: () => mayLeave(guards),
      },
    [words, me, self, route, version],
  );
  const language = (): void => {
    const other = words?.language === "ja" ? "en" : "ja";
    chooseLanguage(other);
    speak(other);
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

  if (isMute && !words) return <p role="alert">{NO_WORDS}</p>;
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
        <WithRecords>
          <Drawer
            key={`${route.open.list}:${route.open.id}`}
            {...route.open}
            close={() => desk.go(changed(route, { open: undefined }))}
          />
        </WithRecords>
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

const mayLeave = (questions: ReadonlySet<string>): boolean => [...questions].every((one) => window.confirm(one));

const placeOf = (isReady: boolean, me: Me | undefined, { place }: Route): string => {
  if (!isReady) return "loading";
  if (me === undefined) return "signed-out";
  return me.mustChange ? "password" : place;
};

function nameOf(words: Words, { place }: Route): string {
  if (place === "import") return words.text("importCsv");
  return isList(place) ? words.list(place) : words.text(place);
}

function Place({ route: { place, kind = "people" } }: { route: Route }) {
  if (place === "today") return <TodayPage />;
  if (place === "policy") return <PolicyPage />;
  if (place === "approvals") return <ApprovalsPage />;
  if (place === "labour") return <LabourPage />;
  if (place === "waves") return <WavesPage />;
  if (place === "import") return <ImportPage key={kind} kind={kind} />;
  const page = <ListPage key={place} list={place} />;
  return place === "audit" ? <WithRecords>{page}</WithRecords> : page;
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
