#!/bin/sh
# Makes certificates at the first start: all of them in /private, those for clients in /public.
# The authority's key is not kept. To renew them, remove both volumes and start again.
set -eu
tool=/usr/share/elasticsearch/bin/elasticsearch-certutil
if [ -f /private/http.crt ]; then
  exit 0
fi
work=/private/new
rm -rf "$work" && mkdir "$work"
"$tool" ca --silent --pem --days 3650 --out "$work/ca.zip"
unzip -q "$work/ca.zip" -d "$work"
"$tool" cert --silent --pem --days 3650 --name http \
  --dns elasticsearch --dns localhost --ip 127.0.0.1 \
  --ca-cert "$work/ca/ca.crt" --ca-key "$work/ca/ca.key" --out "$work/http.zip"
unzip -q "$work/http.zip" -d "$work"
chown 1000:0 "$work/http/http.key" "$work/http/http.crt" "$work/ca/ca.crt"
chmod 400 "$work/http/http.key"
chmod 444 "$work/http/http.crt" "$work/ca/ca.crt"
cp -p "$work/ca/ca.crt" /public/ca.crt
mv "$work/ca/ca.crt" "$work/http/http.key" /private/
mv "$work/http/http.crt" /private/ # last: it shows that the others are complete
rm -rf "$work"
