"""The operator page's files: built by Vite, served from here, none from elsewhere."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, HTMLResponse, Response

_HERE: Final = Path(__file__).resolve()
_IN_WHEEL: Final = _HERE.parent / "page"
_IN_CHECKOUT: Final = _HERE.parents[2] / "dashboards" / "operator" / "dist"

_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}

_NOT_BUILT: Final = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Hinoban</title>
<h1>The operator page is not built</h1>
<p>The gateway runs and its API answers under <code>/api/v1</code>.
To build the page, run <code>make page</code> in the checkout and reload.</p></html>"""


def find_page() -> Path | None:
    """The folder of the built page, in the wheel or in a checkout; None where it is not built."""
    return next((p for p in (_IN_WHEEL, _IN_CHECKOUT) if (p / "index.html").is_file()), None)


def install(app: FastAPI, page: Path | None) -> None:
    """Serve the page at the root, and its files beside it.

    Each file gets a route of its own, so that no path of a request ever reaches the disk.
    """
    if page is None:
        app.add_route("/", _not_built, methods=["GET"])
        return
    app.add_route("/", _sender(page / "index.html", lasting=False), methods=["GET"])
    for name, path in _listed(page).items():
        # Vite puts a hash of the content into the names of what lies in assets/.
        sender = _sender(path, lasting=name.startswith("assets/"))
        app.add_route(f"/{name}", sender, methods=["GET"])


async def _not_built(_: Request) -> Response:
    return HTMLResponse(_NOT_BUILT, 503)


def _listed(page: Path) -> dict[str, Path]:
    return {
        path.relative_to(page).as_posix(): path
        for path in page.rglob("*")
        if path.is_file() and path.suffix in _TYPES
    }


def _sender(path: Path, *, lasting: bool) -> Callable[[Request], Awaitable[Response]]:
    caching = "public, max-age=31536000, immutable" if lasting else "no-cache"

    async def send(_: Request) -> Response:
        headers = {"Cache-Control": caching}
        return FileResponse(path, media_type=_TYPES[path.suffix], headers=headers)

    return send
