/** A part that few people open, loaded when it is first shown. What cannot be loaded is closed again: the next press tries anew. */
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";

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
