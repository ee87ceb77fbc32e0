/** A code that people compare or read out. */

/** In groups, as one unit for a screen reader. */
export const Code = ({ code, testId }: { code: string; testId: string }) => (
  <output class="code" data-testid={testId} aria-label={[...code].join(" ")}>
    {code.split("-").map((group) => (
      <span class="code-group" key={group}>
        {group}
      </span>
    ))}
  </output>
);
