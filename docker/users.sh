#!/bin/sh
# Makes the two roles and their users, or sets the passwords to those of .env.
set -eu
address=https://elasticsearch:9200

# Sends its input. curl reads the password from a file, so that it is in no process list.
put() {
  printf 'user = "elastic:%s"\n' "$ELASTIC_PASSWORD" > /tmp/curl
  curl --silent --show-error --fail-with-body --cacert /public/ca.crt --config /tmp/curl \
    --request PUT "$address/_security/$1" --header 'Content-Type: application/json' --data @-
  rm /tmp/curl
  echo " $1"
}

umask 077
for secret in "$ELASTIC_PASSWORD" "$WHENCE_INDEX_PASSWORD" "$WHENCE_SERVE_PASSWORD"; do
  case $secret in
    *[!A-Za-z0-9_.-]*)
      echo 'passwords in .env may only have letters, digits, "_", "." and "-"' >&2
      exit 1
      ;;
  esac
done
put role/whence_index < /docker/roles/whence_index.json
put role/whence_serve < /docker/roles/whence_serve.json
printf '{"password": "%s", "roles": ["whence_index"]}' "$WHENCE_INDEX_PASSWORD" |
  put user/whence_index
printf '{"password": "%s", "roles": ["whence_serve"]}' "$WHENCE_SERVE_PASSWORD" |
  put user/whence_serve
