"""The sandbox console: what a person would do in Google's."""

from __future__ import annotations

from pathlib import Path

from tests.browser.pages.base import Screen


class Console(Screen):
    def visit(self) -> None:
        self.open("/sandbox/")

    def create_account(self, name: str, downloads: Path) -> Path:
        """Create a service account; the JSON key arrives as a download."""
        before = set(downloads.iterdir())
        self.fill("sandbox-account-name", name)
        self.click("sandbox-account-create")
        return self.downloaded(downloads, before)

    def create_bucket(self, name: str) -> None:
        self.fill("sandbox-bucket-name", name)
        self.click("sandbox-bucket-create")
        self.wait(lambda: name in self.driver.page_source, "the bucket in the list")

    def search(self, bucket: str, text: str) -> None:
        self.open(f"/sandbox/buckets/{bucket}/")
        self.fill("sandbox-object-search", text)
        self.click("sandbox-object-search-go")
        self.find("sandbox-object-row-0")

    def download_first(self, downloads: Path) -> Path:
        before = set(downloads.iterdir())
        self.click("sandbox-object-download-0")
        return self.downloaded(downloads, before)

    def downloaded(self, downloads: Path, before: set[Path]) -> Path:
        def arrived() -> list[Path]:
            return [
                file
                for file in set(downloads.iterdir()) - before
                if file.suffix not in {".crdownload", ".tmp"} and not file.name.startswith(".")
            ]

        found: list[Path] = self.wait(arrived, "a download")
        return found[0]
