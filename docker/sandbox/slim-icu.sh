#!/bin/sh
# Makes ICU's data smaller: what Node.js needs for Intl in the languages named here, instead of in all that there are.
# Intl takes the others for unknown, as a Node.js with less ICU data does. Needs icu-devtools and binutils.
#
#   slim-icu.sh <language>...
set -eu

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
library=$(readlink -f "$(find /usr/lib -name 'libicudata.so.*' | head -n 1)")
soname=$(objdump -p "$library" | sed -n 's/ *SONAME *//p')

# The whole data is one symbol of a library that has nothing else.
symbol=$(nm --dynamic "$library" | sed -n 's/.* R \(icudt[0-9]*_dat\)$/\1/p')
where=$(objdump --dynamic-syms "$library" | sed -n "s/^\([0-9a-f]*\) .*[[:space:]]\([0-9a-f]*\) .*$symbol\$/0x\1 0x\2/p")
package=$work/${symbol%_dat}l.dat
tail -c "+$((${where% *} + 1))" "$library" | head -c "$((${where#* }))" >"$package"
mkdir "$work/all"
cd "$work/all"
icupkg --destdir . --extract '*' "$package"

# A locale's file is named after it, such as de_AT.res; what else there is has a longer name.
kept="($(printf '%s|' "$@" | sed 's/|$//'))"
find . -name '*.res' | grep -E '/[a-z]{2,3}(_([^a-z.][^.]*)?)?\.res$' | grep -Ev "/$kept[_.]" | xargs rm
# Transliterations, numbers spelt out and the names of characters: no part of JavaScript.
rm -r translit rbnf unames.icu
# Large character sets that no TextDecoder has.
find . -name '*.cnv' -size +40k \
  ! -name 'gb18030-*' ! -name 'ibm-1386_*' ! -name 'ibm-1373_*' ! -name 'ibm-970_*' ! -name 'euc-jp-*' ! -name 'ibm-943_P15A*' ! -name 'jisx-*' -delete
# Each folder has a list of its locales, which Intl believes.
for index in $(find . -name res_index.res); do
  derb --to-stdout "$index" | sed 's/^res_index{/res_index:table(nofallback){/' |
    awk -v "kept=^$kept(_|\$)" '!/{ "" }/ || $1 ~ kept' >"$work/res_index.txt"
  genrb --quiet --destdir "${index%/*}" "$work/res_index.txt"
done

find . -type f | sed 's|^\./||' | sort >"$work/list.txt"
rm "$package"
icupkg --type l --ignore-deps --add "$work/list.txt" new "$package"
as -o "$work/data.o" - <<ASSEMBLER
.section .rodata
.balign 16
.globl $symbol
.type $symbol, %object
$symbol: .incbin "$package"
.size $symbol, . - $symbol
.section .note.GNU-stack, "", %progbits
ASSEMBLER
ld -shared -z noexecstack -soname "$soname" -o "$library" "$work/data.o"
chmod 644 "$library"
