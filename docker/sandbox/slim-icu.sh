#!/bin/sh
# Reduces ICU's data to what Node.js needs for Intl in the given languages. Intl treats all others as unknown, like a Node.js
# built with small ICU data. Needs icu-devtools and binutils.
#
#   slim-icu.sh <language>...
set -eu

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
library=$(readlink -f "$(find /usr/lib -name 'libicudata.so.*' | head -n 1)")
soname=$(objdump -p "$library" | sed -n 's/ *SONAME *//p')

# The data is the only symbol of its library.
symbol=$(nm --dynamic "$library" | sed -n 's/.* R \(icudt[0-9]*_dat\)$/\1/p')
where=$(objdump --dynamic-syms "$library" | sed -n "s/^\([0-9a-f]*\) .*[[:space:]]\([0-9a-f]*\) .*$symbol\$/0x\1 0x\2/p")
package=$work/${symbol%_dat}l.dat
tail -c "+$((${where% *} + 1))" "$library" | head -c "$((${where#* }))" >"$package"
mkdir "$work/all"
cd "$work/all"
icupkg --destdir . --extract '*' "$package"

# Files of locales are named after them, such as de_AT.res; other files have longer names.
kept="($(printf '%s|' "$@" | sed 's/|$//'))"
find . -name '*.res' | grep -E '/[a-z]{2,3}(_([^a-z.][^.]*)?)?\.res$' | grep -Ev "/$kept[_.]" | xargs rm
# JavaScript has no use for transliterations, spelled-out numbers and character names.
rm -r translit rbnf unames.icu
# Large character sets that TextDecoder does not support.
find . -name '*.cnv' -size +40k \
  ! -name 'gb18030-*' ! -name 'ibm-1386_*' ! -name 'ibm-1373_*' ! -name 'ibm-970_*' ! -name 'euc-jp-*' ! -name 'ibm-943_P15A*' ! -name 'jisx-*' -delete
# Each folder has an index of its locales, which Intl relies on.
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
