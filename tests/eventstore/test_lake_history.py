"""Loads, compactions, vacuums, kills and time, in any order: what is read never changes."""

from __future__ import annotations

import contextlib
import datetime
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from unittest import mock

import pyarrow as pa
import pyarrow.parquet as pq
import time_machine
from deltalake import DeltaTable
from hypothesis import given, settings
from hypothesis import strategies as st

from clevertap_partners.eventstore import compaction
from clevertap_partners.eventstore.commits import commits_between
from clevertap_partners.eventstore.compaction import event_files, merge_files, merges
from clevertap_partners.eventstore.query import Query
from clevertap_partners.eventstore.reader import EngineLimits, EventReader
from clevertap_partners.eventstore.vacuum import Keep, vacuum
from clevertap_partners.eventstore.writer import EventWriter
from tests.eventstore.support import rows_of, unsorted_files
from tests.lakes import DAY, event

# Files get their times from the machine's own clock, so the story begins today.
START = datetime.datetime.now(datetime.UTC)
RETENTION = datetime.timedelta(days=14)
DAY_S = 86_400
Rows = list[dict[str, Any]]


class Killed(BaseException):
    """The process ends here."""


@dataclass
class Need:
    """A version that an open run reads, and that a coming window starts from."""

    version: int
    files: dict[str, Rows]
    day: Rows


@dataclass
class Story:
    uri: str
    scratch: Path
    clock: time_machine.Traveller
    loads: int = 0
    landed: dict[int, set[str]] = field(default_factory=dict)
    needs: list[Need] = field(default_factory=list)

    def load(self, days_late: list[int], *, killed: bool) -> None:
        self.loads += 1
        ids = {f"{self.loads}-{n}": late for n, late in enumerate(days_late)}
        rows = rows_of(
            *(event("AB"[n % 2], -late * DAY_S, key) for n, (key, late) in enumerate(ids.items()))
        )
        # Killed between its files and its commit.
        patch = mock.patch.object(EventWriter, "_commit", side_effect=Killed) if killed else None
        with patch or contextlib.nullcontext(), contextlib.suppress(Killed):
            version = EventWriter(self.uri).write(rows, app_id=f"load-{self.loads}", batch=1)
            assert version is not None
            self.landed[version] = set(ids)
            if version == 1:
                table = DeltaTable(self.uri)
                table.alter.set_table_properties({"delta.checkpointInterval": "3"})

    def compact(self, how: str) -> None:
        with how_it_goes(how), contextlib.suppress(Killed):
            today = DAY + datetime.timedelta(days=9)
            while found := next(merges(event_files(self.uri), today=today, thorough=True), None):
                merge_files(self.uri, found)

    def vacuum(self, deletions: int) -> None:
        """Cut off after so many deletions."""
        answers = iter([True] * deletions)
        since = datetime.datetime.now(datetime.UTC) - RETENTION
        oldest = min((need.version for need in self.needs), default=None)
        keep = Keep(since, oldest)
        vacuum(self.uri, keep, may_go_on=lambda: next(answers, False))

    def begin_need(self) -> None:
        if self.landed and len(self.needs) < 2:
            version = DeltaTable(self.uri).version()
            self.needs.append(Need(version, self.files(version), self.scan(version)))

    def end_need(self) -> None:
        del self.needs[:1]

    def files(self, version: int) -> dict[str, Rows]:
        """The rows of each file that the version has, in the order of the file."""
        actions = pa.table(DeltaTable(self.uri, version=version).get_add_actions(flatten=True))
        paths = actions.column("path").to_pylist()
        return {path: self.rows_of(path) for path in paths}

    def rows_of(self, path: str) -> Rows:
        columns = ["event_name", "ts", "record_id", "profile"]
        rows = pq.read_table(Path(self.uri) / path, columns=columns, partitioning=None)
        return rows.to_pylist()

    def scan(self, version: int) -> Rows:
        """One day as a run reads it."""
        reader = EventReader(self.uri, EngineLimits(memory_mb=100, scratch_dir=self.scratch))
        query = Query(["record_id, profile AS line"])
        batches = reader.scan(version=version, day=DAY, event_names=None, query=query)
        return [row for batch in batches for row in batch.to_pylist()]

    def check(self) -> None:
        if not self.landed:
            return
        newest = DeltaTable(self.uri).version()
        files = self.files(newest)
        for rows in files.values():
            keys = [(row["event_name"], row["ts"], row["record_id"]) for row in rows]
            assert keys == sorted(keys)
        ids = [row["record_id"] for rows in files.values() for row in rows]
        assert sorted(ids) == sorted(key for landed in self.landed.values() for key in landed)
        for need in self.needs:
            assert self.files(need.version) == need.files
            assert self.scan(need.version) == need.day
            self.check_window(need.version, newest)

    def check_window(self, since: int, upto: int) -> None:
        for commit in commits_between(self.uri, since, upto):
            rows = [row for file in commit.added for row in self.rows_of(file.path)]
            assert sorted(row["record_id"] for row in rows) == sorted(
                self.landed.get(commit.version, set())
            )


def how_it_goes(how: str) -> contextlib.AbstractContextManager[Any]:
    """Compactions within this are killed before their first commit, or after it."""
    original: Callable[..., None] = compaction._commit_once

    def commit_and_die(*args: Any) -> None:
        original(*args)
        raise Killed

    if how == "killed before":
        return mock.patch.object(compaction, "_commit_once", side_effect=Killed)
    if how == "killed after":
        return mock.patch.object(compaction, "_commit_once", commit_and_die)
    return contextlib.nullcontext()


@dataclass(frozen=True)
class Chapter:
    """What happens in some days of the story, in this order."""

    loads: list[tuple[list[int], bool]]
    need: Literal["begins", "ends", "as before"]
    compaction: Literal["whole", "killed before", "killed after", "none"]
    days: float
    deletions: int | None


CHAPTERS = st.builds(
    Chapter,
    loads=st.lists(
        st.tuples(
            st.lists(st.integers(0, 2), min_size=1, max_size=4),
            st.sampled_from([False, False, False, True]),
        ),
        max_size=3,
    ),
    need=st.sampled_from(["begins", "ends", "as before"]),
    compaction=st.sampled_from(["whole", "whole", "killed before", "killed after", "none"]),
    days=st.sampled_from([15, 0.1, 1, 5, 30]),
    deletions=st.sampled_from([1_000, None, 0, 1, 3]),
)


def live_through(story: Story, chapter: Chapter) -> None:
    for days_late, killed in chapter.loads:
        story.load(days_late, killed=killed)
    if chapter.need == "begins":
        story.begin_need()
    elif chapter.need == "ends":
        story.end_need()
    if chapter.compaction != "none":
        story.compact(chapter.compaction)
        story.check()
    story.clock.shift(datetime.timedelta(days=chapter.days))
    if chapter.deletions is not None:
        story.vacuum(chapter.deletions)
        story.check()


@settings(max_examples=25, deadline=None)
@given(st.lists(CHAPTERS, min_size=2, max_size=6))
def test_a_lake_reads_the_same_whatever_upkeep_does_and_wherever_it_is_killed(
    chapters: list[Chapter],
) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        time_machine.travel(START, tick=False) as clock,
    ):
        story = Story(f"{folder}/events", Path(folder) / "scratch", clock)
        for chapter in chapters:
            live_through(story, chapter)
        finish(story)


def finish(story: Story) -> None:
    """When nothing is needed and all is old, there is one file a day and nothing else."""
    story.needs.clear()
    if not story.landed:
        return
    story.compact("whole")
    story.clock.shift(datetime.timedelta(days=40))
    story.vacuum(1_000)
    story.check()
    present = {file.path for file in event_files(story.uri)}
    files = {str(path.relative_to(story.uri)) for path in Path(story.uri).glob("event_day=*/*")}
    assert files == present
    assert unsorted_files(story.uri) == []
