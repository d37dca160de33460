"""The chat page and its parts, read once and served from memory."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

FOLDER = Path(__file__).parent / "static"
MEDIA = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}
UNVERSIONED = "?v=0"
YEAR = "public, max-age=31536000, immutable"
ASK = "no-cache"


@dataclass(frozen=True, slots=True)
class Asset:
    """One file of the page."""

    body: bytes
    media: str
    etag: str


class Files:
    """The files of a folder, in memory; named with their version, so browsers may keep them."""

    def __init__(self, folder: Path) -> None:
        files = {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.suffix in MEDIA}
        self.version = hashlib.sha256(b"".join(files.values())).hexdigest()[:12]
        self._assets = {name: _asset(body, Path(name).suffix) for name, body in files.items()}

    def body(self, name: str) -> bytes:
        """The bytes of a file."""
        return self._assets[name].body

    async def get(self, request: Request) -> Response:
        """The file that the path names. Raises HTTPException 404."""
        asset = self._assets.get(request.path_params["name"])
        if asset is None:
            raise HTTPException(404)
        current = request.query_params.get("v") == self.version
        return _respond(request, asset, YEAR if current else ASK)


class Page:
    """The chat page, which names its parts with their version."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._files = Files(folder)
        html = self._files.body("index.html").decode().replace(UNVERSIONED, f"?v={self._files.version}")
        self._index = _asset(html.encode(), ".html")

    def routes(self) -> list[Route]:
        """The page at `/`, its parts under `/static/`."""
        return [Route("/", self._get_index), Route("/static/{name}", self._get_part)]

    async def _get_index(self, request: Request) -> Response:
        return _respond(request, self._index, ASK)

    async def _get_part(self, request: Request) -> Response:
        if request.path_params["name"] == "index.html":
            raise HTTPException(404)
        return await self._files.get(request)


def _asset(body: bytes, suffix: str) -> Asset:
    # Weak, because the same tag goes with the gzipped and the plain bytes.
    return Asset(body, MEDIA[suffix], f'W/"{hashlib.sha256(body).hexdigest()[:16]}"')


def _respond(request: Request, asset: Asset, cache: str) -> Response:
    headers = {"ETag": asset.etag, "Cache-Control": cache}
    known = [tag.strip() for tag in request.headers.get("if-none-match", "").split(",")]
    if asset.etag in known:
        return Response(status_code=304, headers=headers)
    return Response(asset.body, media_type=asset.media, headers=headers)
