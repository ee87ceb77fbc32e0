import type { DocumentsKey } from "./words-ja.ts";

export const documentsEn: Readonly<Record<DocumentsKey, string>> = {
  title: "Documents",
  about:
    "Made from the settings and rules of this moment, in Japanese. A dashed box is for what an organisation decides. Make them anew when a rule has changed.",
  back: "Back to the rules",
  place: "Whose documents",
  server: "The whole server",
  which: "Which document",
  rules: "Rules for use (a draft)",
  communications: "Communications",
  leaflet: "A leaflet for staff",
  duties: "Matrix of duties",
  placement: "Placement (α, α′, β, β′)",
  print: "Print",
  made: "Made {at}",
  command: "As a file, with the relay's settings in it:",
};
