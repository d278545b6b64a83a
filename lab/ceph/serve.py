"""Serves a Ceph cluster of one machine on the loopback address until standard input ends.

The only argument is JSON: `osds`, how many there are; `managers`, their names, of which the first becomes active;
`beacon_grace`, the seconds after which a silent manager is taken for dead. The first line of output is JSON.
"""

import ctypes
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import uuid

USER = "admin"
# bcrypt of `Lab-Passw0rd`, at the lowest cost: no test waits for it.
PASSWORD_HASH = "$2b$04$xoTow09n35vXYhGyA.Z5qOWa6pCFjCCTWNx2ifayKkgHTcMdki//K"
# Below the ports that systems give to those who connect; beyond those of OSDs.
PORTS = range(10_000, 30_000)
# Seconds; with two processors that build something, a start takes 15.
PATIENCE = 150
MODULES = "/usr/share/ceph/mgr"
# Those that are always on, and the dashboard. All others cost the manager 140 MiB and half of its start.
WANTED = [
    "balancer", "crash", "dashboard", "devicehealth", "mgr_module.py", "mgr_util.py", "object_format.py",
    "orchestrator", "pg_autoscaler", "progress", "rbd_support", "status", "telemetry", "volumes",
]  # fmt: skip
# The `bcrypt` that Ceph 18 can load.
SHIM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "manager")

CONFIGURATION = """
[global]
fsid = {fsid}
mon_host = [v2:127.0.0.1:{ports[0]},v1:127.0.0.1:{ports[1]}]
mon_initial_members = a
public_network = 127.0.0.0/8
cluster_network = 127.0.0.0/8
ms_bind_ipv6 = false
keyring = {home}/keyring
run_dir = {home}/run
admin_socket = {home}/run/$name.asok
pid_file = {home}/run/$name.pid
log_file = {home}/log/$name.log
crash_dir = {home}/crash
auth_allow_insecure_global_id_reclaim = false
osd_crush_chooseleaf_type = 0
osd_pool_default_size = {copies}
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 1
osd_pool_default_pgp_num = 1
osd_pool_default_pg_autoscale_mode = off
mon_allow_pool_delete = true
mon_allow_pool_size_one = true
mon_data_avail_warn = 1
mon_data_avail_crit = 1
mon_max_pg_per_osd = 5000
mon_mgr_beacon_grace = {beacon_grace}
[mon]
mon_data = {home}/mon.a
mon_cluster_log_file = {home}/log/cluster.log
mgr_initial_modules = dashboard
mon_tick_interval = 1
mon_warn_on_pool_no_redundancy = false
mon_pg_warn_min_per_osd = 0
paxos_propose_interval = 0.05
paxos_min_wait = 0.01
[mgr]
mgr_data = {home}/mgr.$id
mgr_module_path = {home}/modules
mgr_stats_period = 1
mgr_tick_period = 1
[osd]
osd_data = {home}/osd.$id
osd_objectstore = bluestore
osd_class_load_list = *
osd_class_default_list = *
osd_class_update_on_start = false
osd_memory_target = 939524096
osd_op_num_shards = 2
osd_op_num_threads_per_shard = 1
bluestore_block_create = true
bluestore_block_size = 2147483648
bluestore_cache_autotune = false
bluestore_cache_size = 67108864
bluestore_fsck_on_mount = false
"""

# Loaded before anything is forked.
LIBC = ctypes.CDLL(None)

ALL = {"mon": "allow *", "osd": "allow *", "mgr": "allow *", "mds": "allow *"}
MANAGER = {"mon": "allow profile mgr", "osd": "allow *", "mds": "allow *"}
OSD = {"mon": "allow profile osd", "mgr": "allow profile osd", "osd": "allow *"}


class Cluster:
    def __init__(self, wanted):
        self.osds = range(wanted["osds"])
        self.managers = wanted["managers"]
        self.home = tempfile.mkdtemp(prefix="ceph-")
        self.children = {}
        self.ports = free_ports(2 + len(self.managers))
        self.fsid = str(uuid.uuid4())
        self.conf = self.path("ceph.conf")
        for folder in ["run", "log", "mon.a", "modules"] + [f"mgr.{name}" for name in self.managers]:
            os.mkdir(self.path(folder))
        for module in WANTED:
            if os.path.exists(os.path.join(MODULES, module)):
                os.symlink(os.path.join(MODULES, module), self.path("modules", module))
        text = CONFIGURATION.format(
            fsid=self.fsid,
            ports=self.ports,
            home=self.home,
            copies=min(3, len(self.osds)),
            beacon_grace=wanted["beacon_grace"],
        )
        write(self.conf, text)
        # Whatever libraries and programs of Ceph run here read this one, and no argument of the machine's.
        os.environ.update(CEPH_CONF=self.conf, CEPH_ARGS="")

    def path(self, *parts):
        return os.path.join(self.home, *parts)

    def start(self):
        self.make_keys()
        monmap = self.path("monmap")
        address = f"[v2:127.0.0.1:{self.ports[0]},v1:127.0.0.1:{self.ports[1]}]"
        run("monmaptool", "--create", "--fsid", self.fsid, "--addv", "a", address, monmap)
        run("ceph-mon", "-i", "a", "--mkfs", "--monmap", monmap, "-k", self.path("keyring"))
        self.spawn("mon.a", ["ceph-mon", "-i", "a", "-f"])
        monitor = Monitor(self.conf)
        self.configure(monitor)
        for name in self.osds:
            self.spawn(f"osd.{name}", ["sh", "-c", f"ceph-osd -i {name} --mkfs && exec ceph-osd -i {name} -f"])
        for index, name in enumerate(self.managers):
            self.start_manager(name)
            if index == 0:
                self.wait("the dashboard answers", lambda: self.status_of(name) == 200)
        for name in self.managers[1:]:
            self.wait("the standby answers", lambda: self.status_of(name) == 303)
        up = lambda: monitor.ask("osd stat")["num_up_osds"] == len(self.osds)  # noqa: E731
        self.wait("the OSDs are up", up)
        # Whatever the machine's disks are, rules can ask for this class.
        monitor.ask("osd crush set-device-class", **{"class": "ssd", "ids": [str(name) for name in self.osds]})
        self.wait("all placement groups are clean", lambda: clean(monitor.ask("pg stat")))

    def make_keys(self):
        names = {"mon.": {"mon": "allow *"}, "client.admin": ALL}
        names.update({f"mgr.{name}": MANAGER for name in self.managers})
        names.update({f"osd.{name}": OSD for name in self.osds})
        keyring = self.path("keyring")
        for name, caps in names.items():
            create = [] if os.path.exists(keyring) else ["-C"]
            caps = [word for kind, cap in caps.items() for word in ["--cap", kind, cap]]
            run("ceph-authtool", *create, keyring, "--gen-key", "-n", name, *caps)

    def configure(self, monitor):
        # The volumes module reads it from the monitors only.
        monitor.set("mon", "mon_allow_pool_delete", "true")
        monitor.set("mgr", "mgr/dashboard/server_addr", "127.0.0.1")
        monitor.set("mgr", "mgr/dashboard/ssl", "false")
        for name, port in zip(self.managers, self.ports[2:]):
            monitor.set("mgr", f"mgr/dashboard/{name}/server_port", str(port))
        account = {
            "username": USER, "password": PASSWORD_HASH, "roles": ["administrator"], "name": None, "email": None,
            "lastUpdate": int(time.time()), "enabled": True, "pwdExpirationDate": None, "pwdUpdateRequired": False,
        }  # fmt: skip
        accounts = {"users": {USER: account}, "roles": {}, "version": 2}
        monitor.ask("config-key set", key="mgr/dashboard/accessdb_v2", val=json.dumps(accounts))
        for name in self.osds:
            os.mkdir(self.path(f"osd.{name}"))
            # A new OSD takes its id from the file `fsid` of its folder.
            identity = str(uuid.uuid4())
            write(self.path(f"osd.{name}", "fsid"), identity + "\n")
            monitor.ask("osd new", uuid=identity, id=name)

    def start_manager(self, name):
        # Ceph 16 takes Debian's bcrypt; that of newer systems refuses to be loaded by a manager.
        environment = dict(os.environ, PYTHONPATH=SHIM) if needs_shim() else None
        self.spawn(f"mgr.{name}", ["ceph-mgr", "-i", name, "-f"], environment)

    def spawn(self, name, command, environment=None):
        with open(self.path("log", f"{name}.out"), "wb") as said:
            self.children[name] = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                env=environment,
                start_new_session=True,
                preexec_fn=die_with_parent,
            )

    def status_of(self, manager):
        port = self.ports[2 + self.managers.index(manager)]
        opener = urllib.request.build_opener(NoRedirect)
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/api/", headers={"Accept": "application/vnd.ceph.api.v1.0+json"}
        )
        try:
            return opener.open(request, timeout=5).status
        except urllib.error.HTTPError as answer:
            # What asks for a login is a dashboard that works.
            return 200 if answer.code in (401, 404) else answer.code
        except OSError:
            return None

    def wait(self, what, holds):
        end = time.monotonic() + PATIENCE
        while not holds():
            ended = [name for name, child in self.children.items() if child.poll() is not None]
            if ended or time.monotonic() > end:
                raise RuntimeError(f"not within {PATIENCE} s: {what}; ended: {ended}\n{self.last_words(ended)}")
            time.sleep(0.1)

    def last_words(self, names):
        said = []
        for name in names:
            with open(self.path("log", f"{name}.out"), errors="replace") as file:
                said.append(file.read()[-2000:])
        return "\n".join(said)

    def end(self):
        for child in self.children.values():
            try:
                os.killpg(child.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        for child in self.children.values():
            child.wait()
        shutil.rmtree(self.home, ignore_errors=True)


class Monitor:
    """One connection for all commands: each start of the program `ceph` costs 0.3 s."""

    def __init__(self, conf):
        import rados

        self.rados = rados.Rados(conffile=conf, name="client.admin")
        self.rados.connect(timeout=PATIENCE)

    def ask(self, prefix, **arguments):
        command = json.dumps(dict(arguments, prefix=prefix, format="json"))
        code, output, problem = self.rados.mon_command(command, b"", timeout=PATIENCE)
        if code != 0:
            raise RuntimeError(f"{prefix} {arguments}: {code} {problem}")
        return json.loads(output) if output.strip().startswith((b"{", b"[")) else output

    def set(self, who, name, value):
        self.ask("config set", who=who, name=name, value=value, force=True)


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def clean(stat):
    summary = stat["pg_summary"] if "pg_summary" in stat else stat
    states = summary["num_pg_by_state"]
    return all(state["name"] == "active+clean" for state in states)


def die_with_parent():
    PR_SET_PDEATHSIG = 1
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def needs_shim():
    version = subprocess.check_output(["ceph-mgr", "--version"], text=True)
    return int(version.split()[2].split(".")[0]) > 16


def free_ports(count):
    found = []
    while len(found) < count:
        port = random.choice(PORTS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in found:
            found.append(port)
    return found


def run(*command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stdout}{done.stderr}")


def write(path, text):
    with open(path, "w") as file:
        file.write(text)


cluster = Cluster(json.loads(sys.argv[1]))
try:
    cluster.start()
    managers = [
        {"address": f"127.0.0.1:{port}", "process": cluster.children[f"mgr.{name}"].pid}
        for name, port in zip(cluster.managers, cluster.ports[2:])
    ]
    print(json.dumps({"configuration": cluster.conf, "fsid": cluster.fsid, "managers": managers}), flush=True)
    sys.stdin.read()
except RuntimeError as problem:
    print(problem, flush=True)
finally:
    cluster.end()
