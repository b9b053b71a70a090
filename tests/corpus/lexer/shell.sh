#!/bin/bash -e
source ./lib.sh # it's
. ./other.sh
x=${1:-"default value"}; y=$((x + 1)); n=${#x} # count
echo "it's $x and $(date +'%Y' | sed "s/#/x/")" 'single # not comment'
cat <<'EOF2' > "$file" || exit 1
It's a heredoc "with quotes
# taken for a comment
EOF2
if [[ $x =~ ^[a-z#]+$ && -f "$y" ]]; then f() { local a=$'it\'s'; return $?; }; fi
for i in "${arr[@]}" $#; do ((i++)); done; a#b; echo a #comment
case $1 in -h|--help) usage;; *) shift 2>&1 >/dev/null;; esac
sed -e 's/"/\\"/g' -e "s#a#b#" file | awk '{ print $1 }' \
  | while read -r l; do echo `basename $l`; done
multi="first
second 'line"
curl -sSL "https://x.y/#z?a=1&b=2" && export PATH=$PATH:~/bin
