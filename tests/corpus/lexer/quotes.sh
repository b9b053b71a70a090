sed 's/\\/' "$x" 'it'\''s' $'a\'b' \' \" ; case $x in 'a') echo 'b';; esac; tr '\' '/' <<EOF
It's a here-document with "${x:-'y'}"
EOF
grep -e's/x y/' --opt='a b'"c d" "$(basename "$f")" ${x#'y'}
