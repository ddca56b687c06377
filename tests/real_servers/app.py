"""The same small site for Python's servers: `application` is WSGI, `site` is ASGI."""

PAGES = {"/": 200, "/created": 201, "/empty": 204, "/unchanged": 304, "/unauthorized": 401, "/missing": 404}


def status_of(path):
    return PAGES.get(path, 404)


def application(environ, start_response):
    status = status_of(environ["PATH_INFO"])
    start_response(f"{status} Whatever", [("content-type", "text/plain")])
    return [] if status in (204, 304) else [b"hello ", b"world\n"]


async def site(scope, receive, send):
    if scope["type"] == "lifespan":
        while (message := await receive())["type"] != "lifespan.shutdown":
            await send({"type": message["type"] + ".complete"})
        await send({"type": "lifespan.shutdown.complete"})
        return
    status = status_of(scope["path"])
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"text/plain")]})
    if status not in (204, 304):
        await send({"type": "http.response.body", "body": b"hello ", "more_body": True})
    await send({"type": "http.response.body", "body": b"" if status in (204, 304) else b"world\n"})
