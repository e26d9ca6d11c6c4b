#!/usr/bin/env bash
# Fetches the vendored browser assets again, at the versions named here. Nobody needs it to run the product: the files
# are in the tree. Icons: every name in icons.txt becomes a symbol of icons.svg.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$work" \
  @tabler/core@1.6.1 @tabler/icons@3.51.0 htmx.org@2.0.11 tom-select@2.6.2 chart.js@4.6.1 @fontsource-variable/inter@5.3.0 axe-core@4.14.1
modules="$work/node_modules"
# Source maps are not shipped, and the manifest storage would look for them.
strip() { sed -e '/^\/[*\/]# sourceMappingURL=/d' -e 's#/\*\# sourceMappingURL=[^*]*\*/##' "$1" > "$here/$2"; }
strip "$modules/@tabler/core/dist/css/tabler.min.css" tabler.min.css
strip "$modules/@tabler/core/dist/js/tabler.min.js" tabler.min.js
strip "$modules/htmx.org/dist/htmx.min.js" htmx.min.js
strip "$modules/chart.js/dist/chart.umd.min.js" chart.min.js
strip "$modules/tom-select/dist/js/tom-select.complete.min.js" tom-select.min.js
strip "$modules/tom-select/dist/css/tom-select.bootstrap5.min.css" tom-select.min.css
cp "$modules/axe-core/axe.min.js" "$here/../../kit/browser/axe.min.js" # what tests look for barriers with
cp "$modules/@fontsource-variable/inter/files/inter-latin-wght-normal.woff2" "$here/inter-latin.woff2"
cp "$modules/@fontsource-variable/inter/files/inter-latin-ext-wght-normal.woff2" "$here/inter-latin-ext.woff2"
{
  echo '<svg xmlns="http://www.w3.org/2000/svg">'
  while read -r name; do
    [ -n "$name" ] || continue
    echo "<symbol id=\"$name\" viewBox=\"0 0 24 24\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"1.75\" stroke-linecap=\"round\" stroke-linejoin=\"round\">"
    sed -n '/<path\|<circle\|<rect\|<line/p' "$modules/@tabler/icons/icons/outline/$name.svg" | grep -v 'M0 0h24v24H0z' || true
    echo '</symbol>'
  done < "$here/icons.txt"
  echo '</svg>'
} > "$here/icons.svg"
