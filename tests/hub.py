"""A stand-in for the Hugging Face Hub: dataset repositories over its HTTP protocol, in memory, on this machine.

Repositories with commits on a parent, a branch and tags; uploads by LFS (batch, PUT, verify) and within the commit; trees in
pages; files by ranges. So far as `huggingface_hub` and `datasets` ask for it, and with the answers that matter when something
goes wrong: 401, 404 with its code, 409, 412.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import yaml

DROP, DROP_ANSWER = "drop", "drop answer"
SIGNATURE = "5ign4ture0fTheUpload"
"""Stands in the addresses to upload to, as in the Hub's: whoever has it may write."""


@dataclass(frozen=True)
class Blob:
    data: bytes
    lfs: bool

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()

    @property
    def oid(self) -> str:
        """What git names it: of a file in LFS, its pointer."""
        pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{self.sha256}\nsize {len(self.data)}\n"
        data = pointer.encode() if self.lfs else self.data
        return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()

    def entry(self, path: str) -> dict[str, Any]:
        told = {"type": "file", "path": path, "size": len(self.data), "oid": self.oid}
        return {**told, "lfs": {"oid": self.sha256, "size": len(self.data), "pointerSize": 134}} if self.lfs else told


Tree = dict[str, Blob]


@dataclass
class Repository:
    private: bool
    commits: dict[str, Tree] = field(default_factory=dict)
    titles: list[str] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)
    main: str = ""

    def commit(self, title: str, tree: Tree) -> str:
        named = f"{self.main} {title} {sorted((path, blob.oid) for path, blob in tree.items())}"
        self.main = hashlib.sha1(named.encode()).hexdigest()
        self.commits[self.main] = tree
        self.titles.append(title)
        return self.main

    def find(self, revision: str) -> str | None:
        """The commit that a branch, a tag or a commit names."""
        oid = self.main if revision == "main" else self.tags.get(revision, revision)
        return oid if oid in self.commits else None


class Error(Exception):
    def __init__(self, status: int, message: str, code: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class Hub:
    """What the server holds, and how it misbehaves."""

    def __init__(self, token: str, page: int = 1000) -> None:
        self.token = token
        self.page = page
        self.url = ""
        self.repositories: dict[str, Repository] = {}
        self.storage: dict[str, bytes] = {}
        self.lock = threading.Lock()
        self.requests: list[str] = []
        self.fault: Callable[[str, str], str | int | None] = lambda method, path: None
        """Asked for every request: None, DROP, DROP_ANSWER (it is done, the answer is lost), or a status."""

    def files(self, name: str, revision: str = "main") -> dict[str, bytes]:
        """What lies in a repository at a revision, but for what the Hub itself put there."""
        repository = self.repositories[name]
        oid = repository.find(revision)
        assert oid is not None, f"no revision {revision}"
        return {path: blob.data for path, blob in repository.commits[oid].items() if path != ".gitattributes"}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def log_message(self, *_: object) -> None:
        pass

    def _answer(self) -> None:
        hub = self.server.hub
        body = self._body()
        parts = urlsplit(self.path)
        path = unquote(parts.path)
        hub.requests.append(f"{self.command} {path}")
        fault = hub.fault(self.command, path)
        if fault == DROP:
            self.close_connection = True
            return
        try:
            if isinstance(fault, int):
                raise Error(fault, "out of order")
            for methods, pattern, work in ROUTES:
                match = pattern.fullmatch(path)
                if match and self.command in methods.split():
                    answer = work(self, *match.groups(), body, parse_qs(parts.query))
                    break
            else:
                raise Error(404, f"no such page: {path}")
        except Error as error:
            answer = Answer({"error": str(error)}, error.status, {"X-Error-Code": error.code, "X-Error-Message": str(error)})  # fmt: skip
        if fault == DROP_ANSWER:
            self.close_connection = True
            return
        self._send(answer)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _answer  # noqa: N815

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _send(self, answer: Answer) -> None:
        data = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
        self.send_response(answer.status)
        for name, value in {"Content-Type": "application/json", **answer.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    # What requests ask for

    def _may_write(self) -> None:
        if self.headers.get("Authorization") != f"Bearer {self.server.hub.token}":
            raise Error(401, "Invalid credentials in Authorization header")

    def _repository(self, name: str) -> Repository:
        repository = self.server.hub.repositories.get(name)
        if repository is None:
            raise Error(404, "Repository not found", "RepoNotFound")
        return repository

    def _commit(self, name: str, revision: str) -> tuple[str, Tree]:
        repository = self._repository(name)
        oid = repository.find(revision)
        if oid is None:
            raise Error(404, f"Invalid rev id: {revision}", "RevisionNotFound")
        return oid, repository.commits[oid]


@dataclass
class Answer:
    body: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


Query = dict[str, list[str]]


def _create(at: Handler, body: bytes, _: Query) -> Answer:
    at._may_write()
    asked = json.loads(body)
    hub, name = at.server.hub, f"{asked['organization']}/{asked['name']}"
    with hub.lock:
        if name in hub.repositories:
            raise Error(409, "You already created this dataset repo")
        made = hub.repositories[name] = Repository(private=asked.get("visibility") == "private")
        made.commit("initial commit", {".gitattributes": Blob(b"*.parquet filter=lfs\n", lfs=False)})
    return Answer({"url": f"{hub.url}/datasets/{name}"})


def _validate(_: Handler, body: bytes, __: Query) -> Answer:
    match = re.match(r"---\n(.*?)\n---\n", json.loads(body)["content"], re.DOTALL)
    try:
        yaml.safe_load(match[1] if match else "")
    except yaml.YAMLError as error:
        return Answer({"errors": [{"message": str(error).splitlines()[0]}], "warnings": []}, 400)
    return Answer({"errors": [], "warnings": [] if match else [{"message": "empty or missing yaml metadata"}]})


def _preupload(at: Handler, name: str, revision: str, body: bytes, _: Query) -> Answer:
    at._may_write()
    at._commit(name, revision)

    def mode(file: dict[str, Any]) -> str:
        return "lfs" if file["path"].endswith((".parquet", ".zst")) or file["size"] > 10_000_000 else "regular"

    files = json.loads(body)["files"]
    return Answer({"files": [{"path": f["path"], "uploadMode": mode(f), "shouldIgnore": False} for f in files]})


def _batch(at: Handler, name: str, body: bytes, _: Query) -> Answer:
    at._may_write()
    at._repository(name)
    hub = at.server.hub
    objects = []
    for asked in json.loads(body)["objects"]:
        told = {"oid": asked["oid"], "size": asked["size"]}
        if asked["oid"] not in hub.storage:
            upload = {"href": f"{hub.url}/storage/{asked['oid']}?X-Amz-Signature={SIGNATURE}"}
            told["actions"] = {"upload": upload, "verify": {"href": f"{hub.url}/api/verify"}}
        objects.append(told)
    return Answer({"transfer": "basic", "objects": objects})


def _store(at: Handler, oid: str, body: bytes, query: Query) -> Answer:
    if query.get("X-Amz-Signature") != [SIGNATURE]:
        raise Error(403, "SignatureDoesNotMatch")
    if hashlib.sha256(body).hexdigest() != oid:
        raise Error(400, "BadDigest")
    at.server.hub.storage[oid] = body
    return Answer(b"")


def _verify(at: Handler, body: bytes, _: Query) -> Answer:
    at._may_write()
    asked = json.loads(body)
    if len(at.server.hub.storage.get(asked["oid"], b"")) != asked["size"]:
        raise Error(404, "not uploaded")
    return Answer({})


def _commit(at: Handler, name: str, revision: str, body: bytes, _: Query) -> Answer:
    at._may_write()
    hub = at.server.hub
    with hub.lock:
        head, before = at._commit(name, revision)
        tree = dict(before)
        title = ""
        for line in body.splitlines():
            told = json.loads(line)
            key, value = told["key"], told["value"]
            if key == "header":
                title = value["summary"]
                if value.get("parentCommit") not in (None, head):
                    raise Error(412, "A commit has happened since. Please refresh and try again.")
            elif key == "file":
                tree[value["path"]] = Blob(base64.b64decode(value["content"]), lfs=False)
            elif key == "lfsFile":
                if value["oid"] not in hub.storage:
                    raise Error(400, f"Your push was rejected: LFS object {value['oid']} is missing")
                tree[value["path"]] = Blob(hub.storage[value["oid"]], lfs=True)
            elif key == "deletedFile":
                del tree[value["path"]]
            else:
                raise Error(400, f"unknown operation {key}")
        oid = at._repository(name).commit(title, tree)
    return Answer({"commitUrl": f"{hub.url}/datasets/{name}/commit/{oid}", "commitOid": oid, "hookOutput": ""})


def _tag(at: Handler, name: str, revision: str, body: bytes, _: Query) -> Answer:
    at._may_write()
    with at.server.hub.lock:
        oid, _tree = at._commit(name, revision)
        tags = at._repository(name).tags
        tag = json.loads(body)["tag"]
        if tag in tags:
            raise Error(409, f"Tag {tag} exists already")
        tags[tag] = oid
    return Answer({})


def _refs(at: Handler, name: str, _: bytes, __: Query) -> Answer:
    repository = at._repository(name)
    branches = [{"name": "main", "ref": "refs/heads/main", "targetCommit": repository.main}]
    tags = [{"name": tag, "ref": f"refs/tags/{tag}", "targetCommit": oid} for tag, oid in repository.tags.items()]
    return Answer({"branches": branches, "tags": tags, "converts": []})


def _folders(tree: Tree) -> list[str]:
    return sorted({"/".join(path.split("/")[:n]) for path in tree for n in range(1, path.count("/") + 1)})


def _list(at: Handler, name: str, revision: str, under: str | None, _: bytes, query: Query) -> Answer:
    oid, tree = at._commit(name, revision)
    start = f"{under}/" if under else ""
    found = [{"type": "directory", "path": path, "size": 0, "oid": oid} for path in _folders(tree)]
    found += [blob.entry(path) for path, blob in sorted(tree.items())]
    found = [entry for entry in found if str(entry["path"]).startswith(start)]
    if start and not found:
        raise Error(404, f"{under} does not exist", "EntryNotFound")
    if query.get("recursive", ["false"])[0].lower() != "true":
        found = [entry for entry in found if "/" not in str(entry["path"])[len(start) :]]
    first = int(query.get("cursor", ["0"])[0])
    last = first + at.server.hub.page
    headers = {}
    if last < len(found):
        rest = "&".join(f"{key}={value[0]}" for key, value in query.items() if key != "cursor")
        headers["Link"] = f'<{at.server.hub.url}{urlsplit(at.path).path}?{rest}&cursor={last}>; rel="next"'
    return Answer(found[first:last], headers=headers)


def _paths(at: Handler, name: str, revision: str, body: bytes, _: Query) -> Answer:
    oid, tree = at._commit(name, revision)
    asked = json.loads(body)["paths"] if body.startswith(b"{") else parse_qs(body.decode()).get("paths", [])
    folders = [{"type": "directory", "path": path, "size": 0, "oid": oid} for path in _folders(tree) if path in asked]
    return Answer([*folders, *(tree[path].entry(path) for path in asked if path in tree)])


def _info(at: Handler, name: str, revision: str | None, _: bytes, __: Query) -> Answer:
    oid, tree = at._commit(name, revision or "main")
    told = {"private": at._repository(name).private, "gated": False, "disabled": False, "tags": []}
    told |= {"downloads": 0, "likes": 0, "lastModified": "2026-01-01T00:00:00.000Z"}
    return Answer({"id": name, "sha": oid, "siblings": [{"rfilename": path} for path in sorted(tree)], **told})


def _resolve(at: Handler, name: str, revision: str, path: str, _: bytes, __: Query) -> Answer:
    oid, tree = at._commit(name, revision)
    headers = {"X-Repo-Commit": oid}
    if path not in tree:
        return Answer({"error": "Entry not found"}, 404, {**headers, "X-Error-Code": "EntryNotFound"})
    blob = tree[path]
    headers |= {"ETag": f'"{blob.sha256 if blob.lfs else blob.oid}"', "Accept-Ranges": "bytes"}
    asked = re.fullmatch(r"bytes=(\d+)-(\d*)", at.headers.get("Range") or "")
    if asked is None:
        return Answer(blob.data, headers=headers)
    first = int(asked[1])
    part = blob.data[first : int(asked[2]) + 1 if asked[2] else None]
    headers["Content-Range"] = f"bytes {first}-{first + len(part) - 1}/{len(blob.data)}"
    return Answer(part, 206, headers)


_REPO = r"([^/]+/[^/]+?)"
ROUTES: list[tuple[str, re.Pattern[str], Callable[..., Answer]]] = [
    ("POST", re.compile(r"/api/repos/create"), _create),
    ("POST", re.compile(r"/api/validate-yaml"), _validate),
    ("POST", re.compile(rf"/api/datasets/{_REPO}/preupload/([^/]+)"), _preupload),
    ("POST", re.compile(rf"/datasets/{_REPO}\.git/info/lfs/objects/batch"), _batch),
    ("PUT", re.compile(r"/storage/(\w+)"), _store),
    ("POST", re.compile(r"/api/verify"), _verify),
    ("POST", re.compile(rf"/api/datasets/{_REPO}/commit/([^/]+)"), _commit),
    ("POST", re.compile(rf"/api/datasets/{_REPO}/tag/([^/]+)"), _tag),
    ("GET", re.compile(rf"/api/datasets/{_REPO}/refs"), _refs),
    ("GET", re.compile(rf"/api/datasets/{_REPO}/tree/([^/]+)(?:/(.+))?"), _list),
    ("POST", re.compile(rf"/api/datasets/{_REPO}/paths-info/([^/]+)"), _paths),
    ("GET", re.compile(rf"/api/datasets/{_REPO}(?:/revision/([^/]+))?"), _info),
    ("GET HEAD", re.compile(rf"/datasets/{_REPO}/resolve/([^/]+)/(.+)"), _resolve),
]


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, hub: Hub) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.hub = hub


@contextmanager
def serve(token: str, page: int = 1000) -> Iterator[Hub]:
    """A Hub of its own on a free port, until the block ends; whoever has the token may write."""
    hub = Hub(token, page)
    server = Server(hub)
    hub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
