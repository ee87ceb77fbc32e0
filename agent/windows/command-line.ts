/** One argument of a Windows command line, as CommandLineToArgvW and the C runtime read it (MSDN: Parsing C Command-Line Arguments). */
export function quoteArgument(argument: string): string {
  if (argument !== "" && !/[\s"]/.test(argument)) return argument;
  // backslashes count double before a quote, and only there
  return `"${argument.replace(/(\\*)"/g, '$1$1\\"').replace(/(\\+)$/, "$1$1")}"`;
}
