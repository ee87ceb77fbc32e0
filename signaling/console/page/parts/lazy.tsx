/** A part that few people open, loaded when it is first shown. What cannot be loaded is closed again: the next press tries anew. */
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";

/** Undefined until it is here, or while nobody wants it. */
export function useLoaded<T>(isWanted: boolean, load: () => Promise<T>): T | undefined {
  const [loaded, setLoaded] = useState<T>();
  useEffect(() => void (isWanted && load().then((part) => setLoaded(() => part))), [isWanted]);
  return loaded;
}

export function lazily<P extends object>(load: () => Promise<ComponentType<P>>): ComponentType<P> {
  return function Lazily(props: P) {
    const [loaded, setLoaded] = useState<{ readonly Part: ComponentType<P> }>();
    useEffect(() => {
      load().then(
        (Part) => setLoaded({ Part }),
        () => (props as { readonly close?: () => void }).close?.(),
      );
    }, []);
    return loaded ? <loaded.Part {...props} /> : null;
  };
}
