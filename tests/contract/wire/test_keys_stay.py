"""Keys never leave their process: not by a pickle, not by a graph, not by a worker's log."""

from __future__ import annotations

import copy
import gzip
import pickle

import pytest
from distributed import Client, LocalCluster, wait

from tests.processes import ENDS_S
from vfy_notebook.analysis import rfm
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


def test_no_graph_log_or_dump_of_a_cluster_has_the_key(project, tmp_path):
    token = project._transport.credentials.app_token.reveal()
    customers = project.save_customers(tmp_path / "customers", progress=False).to_dask()
    orders = project.save_orders(tmp_path / "orders", progress=False).to_dask()
    seen = [pickle.dumps(customers), pickle.dumps(orders)]
    with (
        # A folder of its own, and no limit: a worker that finds little memory free would pause.
        LocalCluster(
            n_workers=1,
            processes=False,
            dashboard_address=None,
            local_directory=str(tmp_path / "scratch"),
            memory_limit=None,
        ) as cluster,
        Client(cluster, timeout=ENDS_S) as client,
    ):
        kept = customers.persist()
        wait(kept, timeout=ENDS_S)
        rfm(kept, orders=orders)
        with pytest.raises(TypeError, match="serialize"):
            client.submit(str, project).result(timeout=ENDS_S)
        client.dump_cluster_state(str(tmp_path / "dump"))
        seen += [str(client.get_worker_logs()).encode(), str(client.get_scheduler_logs()).encode()]
    seen.append(gzip.decompress((tmp_path / "dump.msgpack.gz").read_bytes()))
    assert b"parquet" in seen[-1].lower()  # the tasks are in the dump
    assert all(token.encode() not in each for each in seen)
