"""SECURITY.md says of this machine what is so."""

from __future__ import annotations

import re
from pathlib import Path

from tests.docs.test_pages import subcommands
from vfy_notebook import copies
from vfy_notebook.connection import default_journal_path
from vfy_notebook.frames.metadata.rest import MAX_METADATA_COLUMNS
from vfy_notebook.journal.journal import KEEP_DAYS
from vfy_notebook.snapshots.store import MAX_BYTES

TEXT = (Path(__file__).parents[2] / "SECURITY.md").read_text(encoding="utf-8")


def test_the_files_that_are_kept_are_named():
    assert copies.data_folder() == default_journal_path().parent == copies.register_path().parent
    for path in (copies.register_path(), default_journal_path()):
        assert f"`{path.name}`" in TEXT


def test_times_and_sizes_are_those_of_the_code():
    assert f"{KEEP_DAYS} days after a push has ended" in TEXT
    assert MAX_BYTES == 10**9
    assert "at most 1 GB" in TEXT
    assert f"beyond {MAX_METADATA_COLUMNS:,} metadata keys" in TEXT


def test_the_commands_it_names_are_there():
    named = set(re.findall(r"`(?:vfy-notebook )?(clean|find-keys)\b", TEXT))
    assert named == {"clean", "find-keys"}
    assert named <= subcommands().keys()
