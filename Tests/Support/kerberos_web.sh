#!/usr/bin/env bash
# kerberos_web.sh DIR REALM PORT [DIRECTIVE...]: a web server on 127.0.0.1 that lets "reader" in, by a Kerberos ticket that it
# verifies (Debian: apache2-bin, libapache2-mod-auth-gssapi), in one process until it is killed. DIR has all it writes, and
# serves what is in DIR/files; DIR/asked has a line for each request: its status, which request of its connection it was, who
# asked, whether the request had a ticket, the length of its body, and what was asked for. POST gets its own body as answer.
set -euo pipefail
dir=$(realpath "$1") realm=$(realpath "$2") port=$3
shift 3
mkdir -p "$dir/files"
cp "$realm/web.keytab" "$dir"
modules=/usr/lib/apache2/modules
{
  for module in mpm_event authn_core authz_core authz_user auth_gssapi setenvif rewrite headers reflector; do
    echo "LoadModule ${module}_module $modules/mod_$module.so"
  done
  cat <<END
ServerRoot $dir
ServerName localhost
DefaultRuntimeDir $dir
PidFile $dir/httpd.pid
Listen 127.0.0.1:$port
DocumentRoot $dir/files
ErrorLog $dir/errors
SetEnvIf Authorization "^Negotiate " TICKET=ticket
LogFormat "%>s %k %u %{TICKET}e %{Content-Length}i %m %U%q" asked
CustomLog $dir/asked asked
MaxKeepAliveRequests 0
RewriteEngine On
RewriteCond %{REQUEST_METHOD} GET
RewriteCond %{QUERY_STRING} ^page=(\d+)$
RewriteRule ^/pages.csv$ /page%1.csv
<Location />
  AuthType GSSAPI
  AuthName reports
  GssapiCredStore keytab:$dir/web.keytab
  Require user reader@STRANDLINE.TEST
  <If "%{REQUEST_METHOD} == 'POST'">
    SetHandler reflector
  </If>
END
  printf '  %s\n' "$@"
  echo '</Location>'
} > "$dir/httpd.conf"
export KRB5_CONFIG=$realm/krb5.conf KRB5RCACHENAME=dfl: KRB5RCACHEDIR=$dir
# It will not be root.
as=()
if [ "$(id -u)" = 0 ]; then
  as=(setpriv --reuid=www-data --regid=www-data --init-groups)
  chown -R www-data "$dir"
fi
exec "${as[@]}" /usr/sbin/apache2 -X -f "$dir/httpd.conf" 2>&1
