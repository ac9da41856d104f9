"""Keys never leave their process: not by a pickle, not by a graph, not by a worker's log."""

from __future__ import annotations

import copy
import pickle

import pytest

from vfy_notebook.errors import ArgumentError


@pytest.mark.parametrize("dump", [pickle.dumps, copy.copy, copy.deepcopy])
def test_what_holds_keys_is_not_pickled(project, dump):
    transport = project._transport
    for kept in (project, transport, transport.credentials):
        with pytest.raises(ArgumentError, match=rf"{type(kept).__name__} .*to_dask"):
            dump(kept)


def test_nor_by_what_holds_it(project):
    with pytest.raises(ArgumentError, match="Project"):
        pickle.dumps(project.fetch_customers)
    with pytest.raises(ArgumentError, match="Project"):
        pickle.dumps({"to do": [(project, 1)]})
