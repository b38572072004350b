"""Where an instance keeps its data, sockets and logs. Computed from the project's path alone: starts nothing."""

import hashlib
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

from config.runtime.messages import Trouble

ROOT = Path(__file__).resolve().parents[2]
# The kernel's bound for a unix socket's path, less the longest name that we put in the folder.
SOCKET_FOLDER_LIMIT = 107 - len("/.s.PGSQL.5432.lock")
# libpq splits host names at commas and the URLs below are not quoted: other paths get a short folder instead.
SAFE_PATH = re.compile(r"[A-Za-z0-9/._-]+")
INSTANCE_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,19}")


@dataclass(frozen=True)
class Place:
    """The folders of one instance (demo, test, ...) of one checkout."""

    root: Path  # the project
    instance: str
    base: Path  # holds pg/ and redis/, written by the servers' account
    sockets: Path

    @property
    def run(self) -> Path:
        """Logs and the timetable's state: written by whoever runs the command."""
        return self.root / ".run" / self.instance

    @property
    def pg(self) -> Path:
        return self.base / "pg"

    @property
    def redis(self) -> Path:
        return self.base / "redis"

    def log(self, name: str) -> Path:
        return self.run / "log" / f"{name}.log"

    def lock(self, name: str) -> Path:
        """Outside the instance's folder, so that `reset` can hold it while it deletes that folder."""
        return self.root / ".run" / f"{self.instance}.{name}.lock"


def current() -> Place:
    """The place named by FDCS_INSTANCE; `demo` unless told."""
    return place(ROOT, os.environ.get("FDCS_INSTANCE") or "demo")


def place(root: Path, instance: str) -> Place:
    if not INSTANCE_NAME.fullmatch(instance):
        raise Trouble(f"FDCS_INSTANCE={instance} 无效：只能用小写字母、数字和连字符，不超过 20 个字符。")
    base = _base(root, instance)
    return Place(root, instance, base, _sockets(root, instance, base))


def shared_folder(root: Path) -> Path:
    """Stands in for `.run` when root runs a project that an unprivileged account cannot enter (/root/...)."""
    return Path("/var/tmp") / f"fdcs-{_key(root)}"  # noqa: S108  (kept across reboots; checked before use)


def enterable_by_all(folder: Path) -> bool:
    """Whether any account may walk into `folder`; parts that do not exist yet will be made so by us."""
    parts = [part for part in (folder, *folder.parents) if part.exists()]
    return all(part.stat().st_mode & stat.S_IXOTH for part in parts)


def _base(root: Path, instance: str) -> Path:
    natural = root / ".run" / instance
    if os.geteuid() != 0 or (natural / "pg" / "PG_VERSION").exists() or enterable_by_all(natural):
        return natural
    return shared_folder(root) / instance


def _sockets(root: Path, instance: str, base: Path) -> Path:
    natural = base / "sock"
    if SAFE_PATH.fullmatch(str(natural)) and len(str(natural)) <= SOCKET_FOLDER_LIMIT:
        return natural
    # Not TMPDIR: it may differ between two terminals, and both must find the same server.
    return Path("/tmp") / f"fdcs-{_key(root)}-{instance}"  # noqa: S108  (0700 and ours, or refused)


def _key(root: Path) -> str:
    return hashlib.sha256(os.fsencode(root)).hexdigest()[:10]
