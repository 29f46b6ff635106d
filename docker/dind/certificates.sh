#!/bin/sh
# Creates what TLS needs on both sides: an authority, a certificate for this engine and one for its clients. Keeps the authority
# and the clients' certificate while they are valid for another month. The directories are those of docker:dind, so each can be
# a separate volume.
#
#   certificates.sh <directory> <name or address of this engine>...     creates <directory>/{ca,server,client}/{ca,cert,key}.pem
#
# Environment: DIND_CLIENT_UID   the user that may read the clients' key (1000)
set -eu

directory=$1
shift
DAYS=825
MONTH=2592000
umask 077
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$directory/ca" "$directory/server" "$directory/client"

good() { openssl x509 -noout -checkend "$MONTH" -in "$directory/$1/cert.pem" >/dev/null 2>&1; }

new_key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:prime256v1 -out "$directory/$1/key.pem"; }

# sign <directory> <common name> <extensions>
sign() {
  new_key "$1"
  openssl req -new -key "$directory/$1/key.pem" -subj "/CN=$2" -out "$work/request"
  printf 'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n%s\n' "$3" >"$work/extensions"
  openssl x509 -req -in "$work/request" -days "$DAYS" -CA "$directory/ca/cert.pem" -CAkey "$directory/ca/key.pem" \
    -extfile "$work/extensions" -out "$directory/$1/cert.pem" 2>/dev/null
  cp "$directory/ca/cert.pem" "$directory/$1/ca.pem"
}

# names <name or address>...: the subjectAltName of an engine.
names() {
  for name in "$@"; do
    case $name in
      *:*) kind=IP ;;
      *[!0-9.]*) kind=DNS ;;
      *) kind=IP ;;
    esac
    printf ',%s:%s' "$kind" "$name"
  done | cut -c 2-
}

if ! good ca; then
  rm -f "$directory/server/cert.pem" "$directory/client/cert.pem"
  new_key ca
  openssl req -x509 -new -key "$directory/ca/key.pem" -days "$DAYS" -subj '/CN=cofferdam-dind' \
    -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign -out "$directory/ca/cert.pem"
fi
# Always, because a container's address can change at each start.
sign server "$1" "extendedKeyUsage=serverAuth
subjectAltName=$(names "$@" localhost 127.0.0.1 ::1)"
good client || sign client client 'extendedKeyUsage=clientAuth'
chmod 755 "$directory" "$directory/client"
chown "${DIND_CLIENT_UID:-1000}" "$directory/client/key.pem"
chmod 644 "$directory/client/ca.pem" "$directory/client/cert.pem"
