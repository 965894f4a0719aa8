#!/usr/bin/env bash
# kerberos_realm.sh DIR PORT: makes the Kerberos realm STRANDLINE.TEST in DIR (Debian: krb5-kdc, krb5-admin-server) and is its
# key distribution centre, on 127.0.0.1, until it is killed. DIR gets krb5.conf, kdc.conf and the keytab of its web server;
# the principals "reader" and "stranger" have the passwords s3cret-reader and s3cret-stranger. Nothing in /etc is read.
set -euo pipefail
PATH=$PATH:/usr/sbin
cd "$1"
port=$2
here=$PWD
cat > krb5.conf <<END
[libdefaults]
  default_realm = STRANDLINE.TEST
  dns_lookup_kdc = false
  dns_lookup_realm = false
  dns_canonicalize_hostname = false
  rdns = false
[realms]
  STRANDLINE.TEST = {
    kdc = 127.0.0.1:$port
  }
[domain_realm]
  localhost = STRANDLINE.TEST
END
cat > kdc.conf <<END
[kdcdefaults]
  kdc_listen = 127.0.0.1:$port
  kdc_tcp_listen = 127.0.0.1:$port
[realms]
  STRANDLINE.TEST = {
    database_name = $here/principal
    key_stash_file = $here/stash
  }
[logging]
  kdc = STDERR
  kdc = FILE:$here/kdc.log
END
export KRB5_CONFIG=$here/krb5.conf KRB5_KDC_PROFILE=$here/kdc.conf
kdb5_util create -s -r STRANDLINE.TEST -P s3cret-master > setup.log
for request in "addprinc -pw s3cret-reader +requires_preauth reader" "addprinc -pw s3cret-stranger stranger" \
  "addprinc -randkey HTTP/localhost" "ktadd -k web.keytab HTTP/localhost"; do
  kadmin.local -q "$request" >> setup.log 2>&1
done
exec krb5kdc -n 2>&1
