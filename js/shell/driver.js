/**
 * What the shell of a `Shell` runs. It reads commands from its own channel and evaluates them one by one. After each it writes the exit code and
 * the working directory to the channel, each ended by a NUL, which neither can contain. It is not the standard output, so nothing that
 * commands print can be taken for the end of a command. They do not inherit it. Code that searches the shell's own descriptors finds it, and can lie about
 * its own result: what comes over the channel is trusted with no more than that.
 */
export const DRIVER = `
exec 99>&"$COFFERDAM_CONTROL" {COFFERDAM_CONTROL}>&-
unset COFFERDAM_CONTROL
__cofferdam_status() { return "$1"; }
__cofferdam_code=0
while IFS= builtin read -r -d '' -u 99 __cofferdam_line; do
  __cofferdam_status "$__cofferdam_code"
  builtin eval "$__cofferdam_line" 99>&-
  __cofferdam_code=$?
  builtin printf '%s\\0%s\\0' "$__cofferdam_code" "\${PWD-}" >&99
done
`
