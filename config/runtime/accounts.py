"""Which system account runs the embedded servers, and the folders that belong to it."""

import contextlib
import os
import pwd
import shutil
import stat
import subprocess
from collections.abc import Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.runtime.messages import Trouble, note, unwritable
from config.runtime.paths import Place, shared_folder

NAME = "fdcs-embedded"


@dataclass(frozen=True)
class Account:
    uid: int
    gid: int

    def spawn_options(self) -> dict[str, Any]:
        """Arguments for subprocess that make the child run as this account, in none of our groups."""
        if self.uid == os.geteuid():
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


def account_for(place: Place) -> Account:
    """The invoker; when that is root, an account that can do nothing else on this machine.

    A dedicated account, rather than `postgres` (a break-out would own any real Postgres of the machine) or
    `nobody` (shared with other daemons, which could then read our data). Data that exist keep their owner.
    """
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    if place.pg.exists() and (found := place.pg.stat()).st_uid != 0:
        return Account(found.st_uid, found.st_gid)
    entry = _entry(NAME) or _created() or _entry("nobody")
    if entry is None or entry.pw_uid == 0:
        raise Trouble(f"找不到可用的非特权系统用户：请先运行 useradd --system {NAME}，或改用普通用户运行。")
    return Account(entry.pw_uid, entry.pw_gid)


def _entry(name: str) -> pwd.struct_passwd | None:
    with contextlib.suppress(KeyError):
        return pwd.getpwnam(name)
    return None


def _created() -> pwd.struct_passwd | None:
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin")
    if useradd is None:
        return None
    options = ["--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
    shell = ["--shell", "/usr/sbin/nologin"]
    done = subprocess.run([useradd, *options, *shell, NAME], capture_output=True, check=False)
    if done.returncode == 0:
        note(f"以 root 运行：已建立系统用户 {NAME}（不能登录），只用来运行内嵌数据库。")
    return _entry(NAME)


def prepare(place: Place, account: Account) -> None:
    """Make the instance's folders. Only folders made here ever get an owner or a mode.

    Raises:
        Trouble: a folder cannot be written, or somebody else made it first.
    """
    me = Account(os.geteuid(), os.getegid())
    # Root may run the project of an ordinary user: whoever owns the project already decides what runs.
    owners = {me.uid, account.uid, place.root.stat().st_uid}
    passable = 0o711 if account != me else 0o700
    make_run_root(place.root)
    if place.base.parent == shared_folder(place.root):
        own_folder(place.base.parent, me, 0o755)
    for path in (place.run, place.base):
        own_folder(path, me, passable, owners)
    own_folder(place.run / "log", me, 0o700, owners)
    for folder in (place.pg, place.redis, place.sockets):
        _hand_over(folder, account)
    own_folder(place.redis, account, 0o700)
    own_folder(place.sockets, account, 0o700)


def _hand_over(folder: Path, account: Account) -> None:
    """Give back a data folder that root came to own when it copied the project."""
    if account.uid == os.geteuid() or not folder.exists() or folder.stat().st_uid != 0:
        return
    for path in (folder, *folder.rglob("*")):
        os.chown(path, account.uid, account.gid, follow_symlinks=False)


def make_run_root(root: Path) -> None:
    """The project's .run folder. Whatever the umask, others may walk through it: the servers' account has to."""
    folder = root / ".run"
    try:
        folder.mkdir()
    except FileExistsError:
        if not folder.is_dir():
            raise
    else:
        folder.chmod(0o755)


def make_folder(path: Path, account: Account) -> None:
    """A fresh 0700 folder for `account`."""
    path.mkdir(mode=0o700)
    if account.uid != os.geteuid():
        os.chown(path, account.uid, account.gid)


def sockets_are_ours(place: Place) -> bool:
    """Whether a server behind these sockets can only be ours; the folder may lie in /tmp, open to anyone."""
    data_owner = place.pg.stat().st_uid if place.pg.exists() else os.geteuid()
    return _only_writable_by(place.sockets, {os.geteuid(), data_owner})


def own_folder(path: Path, owner: Account, mode: int, owners: Set[int] = frozenset()) -> None:
    """Make `path` for `owner`, or accept it when it is a real folder of one of `owners` that we may write."""
    try:
        make_folder(path, owner)
    except FileExistsError:
        _check(path, {owner.uid, os.geteuid(), *owners})
    else:
        path.chmod(mode)


def _check(path: Path, owners: Set[int]) -> None:
    if path.is_symlink() or not path.is_dir():
        raise Trouble(f"{path} 不是文件夹，请先把它移走。")
    if not _only_writable_by(path, owners):
        raise Trouble(f"{path} 属于另一个用户或人人可写，不能使用。请用它的所有者运行，或请管理员移走它。")
    if not os.access(path, os.W_OK | os.X_OK):
        raise Trouble(unwritable(path))


def _only_writable_by(path: Path, uids: Set[int]) -> bool:
    found = path.lstat()
    return found.st_uid in uids and not found.st_mode & stat.S_IWOTH
