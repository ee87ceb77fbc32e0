/** Loaded before a program (`--import`): SIGUSR2 throws where nobody catches, SIGPWR leaves a rejection unheard. */
process.on("SIGUSR2", () => {
  throw new Error("thrown on purpose");
});
process.on("SIGPWR", () => {
  void Promise.reject(new Error("rejected on purpose"));
});
