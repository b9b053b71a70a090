#!/bin/sh
# make.sh FOLDER: the files of the README's example, in a new folder.
#
#     FOLDER/code/rings      a git checkout of example/rings, always with the same commit
#     FOLDER/generated.py    what a model might have written from it
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
mkdir -p "$1/code/rings/src"
cp "$here/generated.py" "$1"
cp "$here/ring.py" "$1/code/rings/src"
cd "$1/code/rings"
git init -q --object-format=sha1
git remote add origin https://github.com/example/rings.git
git add .
GIT_AUTHOR_DATE=2021-03-04T12:00:00Z GIT_COMMITTER_DATE=2021-03-04T12:00:00Z git \
    -c user.name=Author -c user.email=author@example.org -c commit.gpgsign=false \
    -c core.hooksPath=/dev/null commit -qm Rings
