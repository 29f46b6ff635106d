/**
 * What the shell of a `Shell` runs. It reads commands from its own channel and evaluates them one by one. After each it writes the exit code and
 * the working directory to the channel, each ended by a NUL, which neither can contain. Commands have no access to the channel: it is closed while
 * they run, and it is not the standard output, so nothing that they print can be taken for the end of a command.
 */
export const DRIVER = `
exec 99>&"$COFFERDAM_CONTROL" {COFFERDAM_CONTROL}>&-
unset COFFERDAM_CONTROL
__cofferdam_status() { return "$1"; }
__cofferdam_code=0
while IFS= read -r -d '' -u 99 __cofferdam_line; do
  __cofferdam_status "$__cofferdam_code"
  eval "$__cofferdam_line" 99>&-
  __cofferdam_code=$?
  printf '%s\\0%s\\0' "$__cofferdam_code" "$PWD" >&99
done
`
