#!/usr/bin/env bash
# postgres_server.sh DIR PORT [options]: a PostgreSQL server (Debian: postgresql) with its data in DIR, on 127.0.0.1 and on a
# socket in DIR. Its owner is "owner"; over TCP the password is "s3cret". It ends with this process; root becomes postgres,
# as the server will not be root.
set -euo pipefail
dir=$(realpath "$1") port=$2
shift 2
bin=$(find /usr/lib/postgresql -maxdepth 2 -name bin | sort -V | tail -n 1)
as=()
echo s3cret > "$dir/password"
if [ "$(id -u)" = 0 ]; then
  as=(setpriv --reuid=postgres --regid=postgres --init-groups)
  chown -R postgres "$dir"
fi
cd "$dir"
"${as[@]}" "$bin/initdb" -D data -U owner --auth-local=trust --auth-host=scram-sha-256 --pwfile=password --no-sync \
  -E UTF8 --locale=C.UTF-8 > initdb.log
exec "${as[@]}" "$bin/postgres" -D data -p "$port" -c listen_addresses=127.0.0.1 -c "unix_socket_directories=$dir" \
  -c fsync=off "$@" 2>&1
