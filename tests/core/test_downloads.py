"""What is downloaded is saved, never shown, whatever it is called and holds."""

from __future__ import annotations

import pytest

from clevertap_partners.core.downloads import attachment, safe_name


def test_a_download_is_saved_and_runs_nothing_even_when_it_is_a_page() -> None:
    response = attachment("rows.html", "text/html", ["<script>", "alert(1)</script>"])
    assert response.headers["Content-Disposition"] == 'attachment; filename="rows.html"'
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.getvalue() == b"<script>alert(1)</script>"


def test_a_download_says_how_long_it_is_when_that_is_known() -> None:
    assert attachment("a.csv", "text/csv", [b"a"], size=1).headers["Content-Length"] == "1"
    assert "Content-Length" not in attachment("a.csv", "text/csv", [b"a"]).headers


@pytest.mark.parametrize(
    ("name", "saved_as"),
    [
        ("orders.csv", "orders.csv"),
        ("../../etc/passwd", "-..-etc-passwd"),
        ("a\r\nSet-Cookie: x=y.csv", "aSet-Cookie- x=y.csv"),
        ("invoice\u202egpj.exe", "invoicegpj.exe"),
        ("Bücher 🙂.csv", "Bücher 🙂.csv"),
        ("...", "download"),
        ("", "download"),
        ("x" * 500 + ".ndjson", "x" * 173 + ".ndjson"),
        ("🙂" * 500 + ".csv", "🙂" * 44 + ".csv"),
    ],
)
def test_a_name_is_made_safe(name: str, saved_as: str) -> None:
    assert safe_name(name) == saved_as


def test_a_name_cannot_end_the_header_early() -> None:
    response = attachment('a"; filename="b.exe', "text/csv", [])
    assert response.headers["Content-Disposition"] == 'attachment; filename="a-; filename=-b.exe"'
