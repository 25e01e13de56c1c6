"""Downloads go on where they broke off, wait when asked to, and never leave half a file."""

import hashlib
import http.client
import logging
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from archive import Archive, Mishap

from dxtransfer import downloads, network
from dxtransfer.downloads import download
from dxtransfer.errors import InputError
from dxtransfer.network import AbsentError, UnreachableError, read_url

CONTENT = bytes(range(256)) * 40
OTHER = CONTENT[::-1]
ETAG = {"ETag": '"one"'}
SHA256 = f"sha256:{hashlib.sha256(CONTENT).hexdigest()}"
MD5 = f"md5:{hashlib.md5(CONTENT).hexdigest()}"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    """Where a file is fetched to; nothing unfinished may be left beside a finished one."""
    path = tmp_path / "new" / "file.gz"
    yield path
    if path.exists():
        assert [p.name for p in path.parent.iterdir()] == ["file.gz"]


def ranges(archive: Archive, path: str = "/file") -> list[tuple[str | None, str | None]]:
    return [(r.headers.get("Range"), r.headers.get("If-Range")) for r in archive.asked(path)]


def test_a_file_is_fetched_whole(archive: Archive, place: Path, pauses: list[float]) -> None:
    download(archive.put("/file", CONTENT), place)
    assert place.read_bytes() == CONTENT
    assert pauses == []


@pytest.mark.parametrize("checksum", [SHA256, MD5, SHA256.upper()])
def test_a_checksum_is_checked(checksum: str, archive: Archive, place: Path) -> None:
    download(archive.put("/file", CONTENT), place, checksum=checksum)
    assert place.read_bytes() == CONTENT


def test_a_file_with_the_right_checksum_is_not_fetched_again(archive: Archive, place: Path) -> None:
    place.parent.mkdir()
    place.write_bytes(CONTENT)
    download(f"{archive.address}/file", place, checksum=MD5)
    assert archive.requests == []


def test_a_file_with_another_checksum_is_replaced(archive: Archive, place: Path) -> None:
    place.parent.mkdir()
    place.write_bytes(OTHER)
    download(archive.put("/file", CONTENT), place, checksum=MD5)
    assert place.read_bytes() == CONTENT


def test_too_many_requests_wait_as_long_as_the_server_asks(
    archive: Archive, place: Path, pauses: list[float]
) -> None:
    url = archive.put("/file", CONTENT)
    archive.fail("/file", Mishap(429, {"Retry-After": "17"}), Mishap(429, {"Retry-After": "9999"}))
    download(url, place)
    assert place.read_bytes() == CONTENT
    assert pauses == [17, network.LONGEST_RETRY_AFTER_S]


def test_a_date_to_retry_after_is_understood(
    archive: Archive, place: Path, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network, "time", SimpleNamespace(time=lambda: 1_445_412_420.0))
    url = archive.put("/file", CONTENT)
    archive.fail("/file", Mishap(503, {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}))
    archive.fail("/file", Mishap(503, {"Retry-After": "soon"}))
    download(url, place)
    assert pauses == [60, 2]


@pytest.mark.parametrize("status", [408, 425, 500, 502, 503, 504])
def test_errors_of_the_server_are_tried_again_with_growing_pauses(
    status: int, archive: Archive, place: Path, pauses: list[float]
) -> None:
    url = archive.put("/file", CONTENT)
    archive.fail("/file", *[Mishap(status)] * 4)
    download(url, place)
    assert place.read_bytes() == CONTENT
    assert pauses == [1, 2, 4, 8]


def test_after_the_last_attempt_the_address_and_the_reason_are_told(
    archive: Archive, place: Path, pauses: list[float]
) -> None:
    url = archive.put("/file", CONTENT)
    archive.fail("/file", *[Mishap(500)] * 9)
    told = f"{url}: the server answers 500 Internal Server Error (attempts: 3); check the network"
    with pytest.raises(UnreachableError, match=told.replace("(", r"\(").replace(")", r"\)")):
        download(url, place, attempts=3)
    assert len(archive.requests) == 3
    assert pauses == [1, 2]
    assert not place.exists()


@pytest.mark.parametrize("status", [403, 404, 410])
def test_what_is_not_there_is_not_tried_again(
    status: int, archive: Archive, place: Path, pauses: list[float]
) -> None:
    url = archive.put("/file", CONTENT)
    archive.fail("/file", Mishap(status))
    with pytest.raises(AbsentError, match=f"{url}: the server answers {status} .*not public"):
        download(url, place)
    assert pauses == []
    assert list(place.parent.iterdir()) == []


def test_a_refused_request_is_not_tried_again(
    archive: Archive, place: Path, pauses: list[float]
) -> None:
    url = archive.put("/file", CONTENT)
    archive.fail("/file", Mishap(401))
    with pytest.raises(InputError, match="answers 401 Unauthorized; check the address"):
        download(url, place)
    assert pauses == []


def test_a_cut_connection_goes_on_where_it_was_cut(archive: Archive, place: Path) -> None:
    url = archive.put("/file", CONTENT, headers=ETAG)
    archive.fail("/file", Mishap(cut_after=1000), Mishap(cut_after=500))
    download(url, place)
    assert place.read_bytes() == CONTENT
    asked = [("bytes=1000-", '"one"'), ("bytes=1500-", '"one"')]
    assert ranges(archive) == [(None, None), *asked]


def test_a_date_of_change_serves_where_there_is_no_etag(archive: Archive, place: Path) -> None:
    changed = "Wed, 21 Oct 2015 07:28:00 GMT"
    url = archive.put("/file", CONTENT, headers={"ETag": 'W/"weak"', "Last-Modified": changed})
    archive.fail("/file", Mishap(cut_after=1000))
    download(url, place)
    assert place.read_bytes() == CONTENT
    assert ranges(archive)[1] == ("bytes=1000-", changed)


def test_without_etag_and_checksum_a_cut_file_is_begun_anew(archive: Archive, place: Path) -> None:
    url = archive.put("/file", CONTENT)
    archive.fail("/file", Mishap(cut_after=1000))
    download(url, place)
    assert place.read_bytes() == CONTENT
    assert ranges(archive) == [(None, None)] * 2


def test_a_checksum_is_enough_to_go_on(archive: Archive, place: Path) -> None:
    url = archive.put("/file", CONTENT)
    archive.fail("/file", Mishap(cut_after=1000))
    download(url, place, checksum=MD5)
    assert place.read_bytes() == CONTENT
    assert ranges(archive) == [(None, None), ("bytes=1000-", None)]


def test_a_server_that_gives_no_parts_gives_the_whole_file(archive: Archive, place: Path) -> None:
    url = archive.put("/file", CONTENT, headers=ETAG, ranges=False)
    archive.fail("/file", Mishap(cut_after=1000))
    download(url, place)
    assert place.read_bytes() == CONTENT
    assert ranges(archive)[1] == ("bytes=1000-", '"one"')


def test_parts_of_two_files_are_never_put_together(archive: Archive, place: Path) -> None:
    url = archive.put("/file", CONTENT, headers=ETAG)
    archive.fail("/file", *[Mishap(cut_after=1000)] + [Mishap(500)] * 2)
    with pytest.raises(UnreachableError):
        download(url, place, attempts=2)
    archive.put("/file", OTHER, headers={"ETag": '"two"'})
    download(url, place)
    assert place.read_bytes() == OTHER


def test_a_part_of_another_address_is_not_gone_on_with(archive: Archive, place: Path) -> None:
    archive.fail("/file", Mishap(cut_after=1000), Mishap(500))
    with pytest.raises(UnreachableError):
        download(archive.put("/file", CONTENT, headers=ETAG), place, attempts=1)
    download(archive.put("/other", OTHER, headers=ETAG), place)
    assert place.read_bytes() == OTHER
    assert ranges(archive, "/other") == [(None, None)]


def test_a_killed_download_goes_on_in_the_next_process(
    archive: Archive, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = archive.put("/file", CONTENT, headers=ETAG)
    read, served = network.next_block, []
    monkeypatch.setattr(network, "BLOCK", 1000)

    class Killed(BaseException):
        pass

    def until_killed(response: http.client.HTTPResponse) -> bytes:
        if len(served) == 3:
            raise Killed
        served.append(read(response))
        return served[-1]

    monkeypatch.setattr(downloads, "next_block", until_killed)
    with pytest.raises(Killed):
        download(url, place)
    assert not place.exists()
    monkeypatch.setattr(downloads, "next_block", read)
    download(url, place)
    assert place.read_bytes() == CONTENT
    assert ranges(archive)[1] == ("bytes=3000-", '"one"')


def test_a_part_that_is_the_whole_file_is_finished(archive: Archive, place: Path) -> None:
    url = archive.put("/file", CONTENT, headers=ETAG)
    archive.fail("/file", Mishap(cut_after=1000))
    with pytest.raises(UnreachableError):
        download(url, place, attempts=1)
    place.with_name("file.gz.part").write_bytes(CONTENT)
    download(url, place)
    assert place.read_bytes() == CONTENT
    assert ranges(archive)[1] == (f"bytes={len(CONTENT)}-", '"one"')


def test_a_part_longer_than_the_file_is_thrown_away(archive: Archive, place: Path) -> None:
    url = archive.put("/file", CONTENT, headers=ETAG)
    archive.fail("/file", Mishap(cut_after=1000))
    with pytest.raises(UnreachableError):
        download(url, place, attempts=1)
    place.with_name("file.gz.part").write_bytes(CONTENT + b"more")
    download(url, place)
    assert place.read_bytes() == CONTENT


def test_progress_makes_an_attempt_the_first_again(
    archive: Archive, place: Path, pauses: list[float]
) -> None:
    url = archive.put("/file", CONTENT, headers=ETAG)
    archive.fail("/file", *[Mishap(cut_after=500)] * 10)
    download(url, place, attempts=2)
    assert place.read_bytes() == CONTENT
    assert pauses == [1] * 10


def test_a_server_that_cuts_at_the_same_place_is_given_up(archive: Archive, place: Path) -> None:
    url = archive.put("/file", CONTENT, ranges=False)
    archive.fail("/file", *[Mishap(cut_after=500)] * 50)
    with pytest.raises(UnreachableError, match="cut after 500 of 10240 bytes"):
        download(url, place, attempts=4)
    assert len(archive.requests) == 4


def test_a_wrong_checksum_is_fetched_anew_once(archive: Archive, place: Path) -> None:
    served = iter([OTHER, CONTENT])
    url = archive.put("/file", lambda _: next(served))
    download(url, place, checksum=SHA256)
    assert place.read_bytes() == CONTENT


def test_a_checksum_wrong_twice_is_told(archive: Archive, place: Path) -> None:
    url = archive.put("/file", OTHER)
    with pytest.raises(InputError, match=rf"{url}: fetched twice with the checksum md5:.*{MD5}"):
        download(url, place, checksum=MD5)
    assert len(archive.requests) == 2
    assert list(place.parent.iterdir()) == []


@pytest.mark.parametrize("checksum", ["sha1:0", "abc", "md5:xyz", "sha256:", MD5 + "0"])
def test_what_is_no_checksum_is_told_before_anything_is_fetched(
    checksum: str, archive: Archive, place: Path
) -> None:
    with pytest.raises(InputError, match="is no checksum; write sha256: or md5:"):
        download(archive.put("/file", CONTENT), place, checksum=checksum)
    assert archive.requests == []


@pytest.mark.parametrize("url", ["ftp://host/file", "file:///etc/hosts", "file", ""])
def test_only_web_addresses_are_fetched(url: str, place: Path) -> None:
    with pytest.raises(InputError, match="only http and https"):
        download(url, place)


def test_a_host_that_does_not_answer_is_told(place: Path, pauses: list[float]) -> None:
    with pytest.raises(UnreachableError, match=r"127.0.0.1:9/f: not reachable \(.*refused\)"):
        download("http://127.0.0.1:9/f", place, attempts=2)
    assert pauses == [1]


def test_size_share_and_rate_are_told_a_few_seconds_apart(
    archive: Archive, place: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ticks = iter(range(1000))
    monkeypatch.setattr(downloads, "clock", lambda: float(next(ticks)))
    monkeypatch.setattr(network, "BLOCK", 1024)
    caplog.set_level(logging.INFO, "dxtransfer")
    monkeypatch.setattr(logging.getLogger("dxtransfer"), "propagate", True)
    download(archive.put("/file", CONTENT), place)
    lines = [record.message for record in caplog.records]
    assert lines == [
        "file.gz: 5.1 kB of 10.2 kB (50%), 853 B/s",
        "file.gz: 9.2 kB of 10.2 kB (90%), 838 B/s",
        "fetched file.gz: 10.2 kB of 10.2 kB (100%), 788 B/s",
    ]


def test_bytes_of_a_failed_attempt_are_not_counted_twice(archive: Archive, place: Path) -> None:
    progress = downloads.Progress("file")
    url = archive.put("/file", CONTENT, headers=ETAG)
    archive.fail("/file", Mishap(cut_after=1000), Mishap(500), Mishap(cut_after=10))
    downloads.transfer(url, place, checksum=None, attempts=5, progress=progress)
    assert (progress.done, progress.finished) == (len(CONTENT), 1)


def test_a_page_is_read_with_the_same_patience(archive: Archive, pauses: list[float]) -> None:
    url = archive.put("/page", "words")
    archive.fail("/page", Mishap(429), Mishap(cut_after=2))
    assert read_url(url) == b"words"
    assert pauses == [1, 2]


def test_a_page_that_is_too_large_is_told(archive: Archive) -> None:
    with pytest.raises(InputError, match=r"answers with more than 1\.0 kB"):
        read_url(archive.put("/page", CONTENT), largest=1000)


def test_a_server_may_send_a_request_on_to_itself(archive: Archive, place: Path) -> None:
    archive.put("/file", CONTENT)
    archive.put("/old", b"")
    archive.fail("/old", Mishap(status=302, headers={"Location": "/file"}))
    download(f"{archive.address}/old", place)
    assert place.read_bytes() == CONTENT


@pytest.mark.parametrize(
    "there",
    ["http://localhost:{port}/file", "http://127.0.0.1:1/file", "ftp://127.0.0.1:{port}/file"],
)
def test_a_server_may_not_send_a_request_on_to_another_host(
    archive: Archive, place: Path, there: str
) -> None:
    archive.put("/file", CONTENT)
    archive.put("/old", b"")
    location = there.format(port=archive.address.rpartition(":")[2])
    archive.fail("/old", Mishap(status=302, headers={"Location": location}))
    with pytest.raises(InputError, match="which is not the archive") as caught:
        download(f"{archive.address}/old", place)
    assert "\n" not in str(caught.value)
    assert not place.exists()
    assert archive.asked("/file") == []


@pytest.mark.parametrize(
    ("before", "after", "followed"),
    [
        ("https://ftp.ncbi.nlm.nih.gov/geo/a", "https://www.ncbi.nlm.nih.gov/geo/a", True),
        ("https://api.gdc.cancer.gov/a", "https://gdc-api.nci.cancer.gov/a", True),
        ("http://mirror.org/a", "https://mirror.org/a", True),
        ("https://ftp.ncbi.nlm.nih.gov/a", "http://ftp.ncbi.nlm.nih.gov/a", False),
        ("https://ftp.ncbi.nlm.nih.gov/a", "https://nih.gov.evil.org/a", False),
        ("https://ftp.ncbi.nlm.nih.gov/a", "https://evilnih.gov/a", False),
        ("https://ftp.ncbi.nlm.nih.gov/a", "https://api.gdc.cancer.gov/a", False),
        ("https://mirror.org/a", "https://other.org/a", False),
    ],
)
def test_hosts_of_an_archive_are_one(before: str, after: str, followed: bool) -> None:
    handler = network._OwnHosts()
    request = urllib.request.Request(before)
    if followed:
        assert handler.redirect_request(request, None, 302, "", {}, after) is not None
    else:
        with pytest.raises(InputError):
            handler.redirect_request(request, None, 302, "", {}, after)


@pytest.mark.parametrize("announced", [True, False])
def test_a_body_without_an_end_is_given_up(
    archive: Archive, place: Path, announced: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloads, "LARGEST", 5000)
    if not announced:
        monkeypatch.setattr(downloads, "number", lambda _: None)
    with pytest.raises(InputError, match="too much for a file of a cohort"):
        download(archive.put("/file", CONTENT), place)
    assert list(place.parent.iterdir()) == []
