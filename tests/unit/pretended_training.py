"""A worker that only pretends to train, for tests of what starts workers."""

#: Takes the run over, waits for the file ``go`` in the run's folder, and ends.
WORKS = """
import filelock, json, os, pathlib, socket, sys, time, psutil

name = sys.argv[1] if sys.argv[1] != "--idle" else sys.stdin.readline().strip()
if not name:
    sys.exit(0)
folder = pathlib.Path(name)

def write(status):
    state = json.loads((folder / "state.json").read_text())
    me = {"pid": os.getpid(), "pid_started": psutil.Process().create_time(), "host": socket.gethostname()}
    (folder / "new").write_text(json.dumps(state | me | {"status": status, "heartbeat": time.time()}))
    os.replace(folder / "new", folder / "state.json")

if not folder.exists():
    sys.exit(1)
lock = filelock.FileLock(folder / ".lock")
lock.acquire(timeout=1)
if json.loads((folder / "state.json").read_text())["status"] != "queued":
    sys.exit(1)
with (folder / "starts").open("a") as file:
    file.write(sys.argv[1] + "\\n")
write("running")
deadline = time.monotonic() + 30
while not (folder / "go").exists() and time.monotonic() < deadline:
    time.sleep(0.01)
write("finished")
"""
