#!/bin/bash
# A small Ceph with an S3 gateway: one monitor, one manager, one store in memory, one radosgw, all on this machine.
# Prints the port once it answers, and ends when standard input does. The key is AKIATESTKEY, its secret testsecret.
# Debian: apt-get install --no-install-recommends radosgw ceph-mon ceph-osd ceph-mgr ceph-common
set -euo pipefail
for tool in radosgw ceph-mon ceph-osd ceph-mgr ceph; do
  command -v $tool >/dev/null || { echo "$tool is not there; see the head of $0" >&2; exit 1; }
done
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
dir=$(mktemp -d /tmp/strandline-ceph-XXXXXX)
port=$(free_port) monitor=$(free_port)
children=()
stop() {
  kill "${children[@]}" 2>/dev/null || true
  wait 2>/dev/null || true
  rm -rf "$dir"
}
trap stop EXIT
exec 3>&1 >"$dir/out" 2>&1
mkdir "$dir"/{mon,osd,rgw,mgr}
cd "$dir"
cat > ceph.conf <<END
[global]
fsid = $(cat /proc/sys/kernel/random/uuid)
mon host = v2:127.0.0.1:$monitor
public addr = 127.0.0.1
cluster addr = 127.0.0.1
auth allow insecure global id reclaim = false
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 8
osd pool default pgp num = 8
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon data avail crit = 1
mon data avail warn = 1
run dir = $dir
admin socket = $dir/\$name.asok
log file = $dir/\$name.log
pid file = $dir/\$name.pid
keyring = $dir/keyring
[mon]
mon data = $dir/mon
mon cluster log file = $dir/cluster.log
[osd]
osd data = $dir/osd
osd objectstore = memstore
memstore device bytes = 2147483648
osd numa auto affinity = false
osd journal =
[mgr]
mgr initial modules =
mgr data = $dir/mgr
[client.rgw]
rgw run sync thread = false
rgw data = $dir/rgw
rgw frontends = beast endpoint=127.0.0.1:$port
rgw enable usage log = false
rgw thread pool size = 64
rgw dns name = localhost
END
export CEPH_CONF=$dir/ceph.conf
key() { ceph-authtool "$@" >/dev/null; }
key --create-keyring keyring --gen-key -n mon. --cap mon 'allow *'
for name in client.admin client.rgw; do
  key keyring --gen-key -n $name --cap mon 'allow *' --cap osd 'allow *' --cap mgr 'allow *'
done
key keyring --gen-key -n mgr.x --cap mon 'allow profile mgr' --cap osd 'allow *'
monmaptool --create --addv a "[v2:127.0.0.1:$monitor]" --fsid "$(sed -n 's/^fsid = //p' ceph.conf)" monmap
ceph-mon --mkfs -i a --monmap monmap --keyring keyring
ceph-mon -i a -f & children+=($!)
for _ in $(seq 60); do timeout 5 ceph --connect-timeout 2 -s && break; sleep 0.5; done
ceph-mgr -i x -f & children+=($!)
uuid=$(cat /proc/sys/kernel/random/uuid)
secret=$(ceph-authtool --gen-print-key)
id=$(echo "{\"cephx_secret\": \"$secret\"}" | ceph osd new "$uuid" -i -)
key keyring -n "osd.$id" --add-key "$secret" --cap mon 'allow profile osd' --cap osd 'allow *' \
  --cap mgr 'allow profile osd'
ceph-osd -i "$id" --mkfs --osd-uuid "$uuid"
ceph osd crush add "osd.$id" 1.0 root=default host=localhost
ceph-osd -i "$id" -f & children+=($!)
for _ in $(seq 60); do ceph osd stat | grep -q '1 up' && break; sleep 0.5; done
radosgw -n client.rgw -f & children+=($!)
for _ in $(seq 120); do (echo > "/dev/tcp/127.0.0.1/$port") 2>/dev/null && break; sleep 0.5; done
radosgw-admin -n client.rgw user create --uid=test --display-name=test --access-key=AKIATESTKEY --secret=testsecret
echo "$port" >&3
cat > /dev/null
