"""What looks like a credential goes, what only sounds like one stays."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vfy_notebook.commands.cleaning.credentials_in_text import take_out, take_out_below
from vfy_notebook.commands.cleaning.machine_made import PLACEHOLDER

KEY = "3266b9f8-e246-4f79-bdf0-833929b1380c"

HOLDS_A_KEY = [
    f'VOUCHERIFY_APP_TOKEN="{KEY}"',
    f'os.environ["VOUCHERIFY_APP_TOKEN"] = "{KEY}"',
    f"os.environ.setdefault('VOUCHERIFY_APP_TOKEN', '{KEY}')",
    f"%env VOUCHERIFY_APP_TOKEN={KEY}",
    f"%env VOUCHERIFY_APP_TOKEN {KEY}",
    f"%set_env VOUCHERIFY_CLIENT_SECRET_KEY {KEY}",
    f"!export VOUCHERIFY_APP_TOKEN={KEY} && run",
    f'headers = {{"X-App-Id": "a", "X-App-Token": "{KEY}"}}',
    f'!curl -H "X-App-Token: {KEY}" https://api.voucherify.io',
    f"X-Management-Token:{KEY}",
    f'vfy.connect("c70a6f00-cf91", "{KEY}")',
    f'vfy.connect(\n    "c70a6f00-cf91",\n    "{KEY}",\n)',
    f'app_id, app_token = "x", "{KEY}"',
    f'app_token = (\n    "{KEY}"\n)',
    f'my_token: str = "{KEY}"',
    f"my_token: Final[str] = rf'{KEY}'",
    f'token = """{KEY}"""',
    f"token_eu={KEY}",
    'token = "ghp_16C7e42F292c6912E7710c838347Ae178B4a"',
    'app_token="tok-1234"',
    'secret_key="sk_12345"',
    "password = 'hunter2'",
    'passwd: "open sesame".replace("a", "b"); password="correcthorse"',
    'requests.get("https://me:pw-of-mine@example.com/x")',
    '"https://dl.voucherify.io/exports/1?token=eyJhbGciOi.eyJzdWI.abc12"',
    "https://example.com/v1?page=2&signature=0f343b0931126a20f133d67c2b018a3b",
    "Authorization: Bearer abcdefgh12345678ABCD",
    # However it is written, in sight of a word that says what it is.
    f'creds = {{"key": "{KEY}"}}\nvfy.connect(ID, creds["key"])',
    f'keys = (\n    ID,\n    "{KEY}",\n)\nvfy.connect(*keys)',
    f'VOUCHERIFY = "{KEY}"',
    f"# my secret is {KEY}",
    f"# token {KEY}",
    f"The token is `{KEY}`.",
    f"| name | secret key |\n| --- | --- |\n| shop | {KEY} |",
    f"| secret key | {KEY} |",
    'app_token = ("3266b9f8-e246-4f79-"\n             "bdf0-833929b1380c")',
    'a = "3266b9f8-e246-" + "4f79-bdf0-833929b1380c"',
    'a = "3266b9f8-e246-" \\\n    "4f79-bdf0-833929b1380c"',
    'a = "-".join(["3266b9f8", "e246", "4f79", "bdf0", "833929b1380c"])',
    "my_token = 'ghp_16C7e42F292c' + '6912E7710c838347Ae'",
    'pwd = "Hunter2!xx99"',
    'passphrase = "correcthorse"',
]

HOLDS_NONE = [
    'app_token = os.environ["VOUCHERIFY_APP_TOKEN"]',
    '("VOUCHERIFY_APP_ID", "VOUCHERIFY_APP_TOKEN", "VOUCHERIFY_API_BASE_URL")',
    "set `VOUCHERIFY_APP_ID` and `VOUCHERIFY_APP_TOKEN`; then start",
    "export VOUCHERIFY_APP_TOKEN=$TOKEN1",
    "The X-App-Token header is needed, X-App-Token: your-token1",
    'vfy.connect("app", "token")',
    'vfy.connect(app_token="<your token, 36 characters>")',
    f'vfy.connect(app_token="{PLACEHOLDER}")',
    'project = vfy.connect(app_token=getpass.getpass("Key 1: "))',
    'tokenizer = "bert-base-uncased-v2"',
    'token_column = "metadata.token_2024"',
    'print("tokens used: 12345678901234567890")',
    f'customer_id = "{KEY}"',
    f'monkeys = customers.loc["{KEY}"]',
    f'names = ["3266b9f8", "e246", "4f79"]  # {KEY}',
    'print("a long line of text, " "and its end, number 12345678")',
    f'shop = "{KEY}", "c70a6f00-cf71-4d1c-8a15-3f2a00000002"',
    "password = getpass()",
    '{"password": "Password"}',
    'widgets.Password(description="Secret key 1:")',
    "https://example.com:8443/a?token_type=bearer&page=2",
]


@pytest.mark.parametrize("text", HOLDS_A_KEY)
def test_a_credential_is_taken_out_and_a_second_look_finds_none(text):
    cleaned, found = take_out(text)
    assert found == 1
    assert cleaned.count(PLACEHOLDER) == 1
    assert KEY not in cleaned
    assert "833929b1380c" not in cleaned
    assert cleaned.count("\n") == text.count("\n")
    assert take_out(cleaned) == (cleaned, 0)


@pytest.mark.parametrize("text", HOLDS_NONE)
def test_what_is_none_stays(text):
    assert take_out(text) == (text, 0)


OTHER_KEY = "c70a6f00-cf71-4d1c-8a15-3f2a00000002"
PAIRS = [
    f'c("{OTHER_KEY}", "{KEY}")',
    f"one, two = '{OTHER_KEY}', '{KEY}'",
    f'a = "{OTHER_KEY}"\nt = "{KEY}"\nc(a, t)',
    f"{{'{OTHER_KEY}': '{KEY}'}}",
]


@pytest.mark.parametrize("text", PAIRS)
def test_two_uuids_beside_the_toolkit_are_its_keys(text):
    assert take_out(text) == (text, 0)
    assert take_out(text, beside_toolkit=True)[1] == 2
    cleaned, found = take_out(f"from vfy_notebook import connect as c\n{text}")
    assert found == 2
    assert KEY not in cleaned


def test_a_list_of_uuids_beside_the_toolkit_is_of_something_else():
    text = f'ids = ["{KEY}", "{OTHER_KEY}", "{KEY[:-1]}0"]'
    assert take_out(text, beside_toolkit=True) == (text, 0)


def test_all_of_a_list_go():
    cleaned, found = take_out(f'tokens = [\n"{KEY}", "{KEY}"]; tokens = ["{KEY}", "{KEY}"]')
    assert found == 2 + 2
    assert KEY not in cleaned


def test_a_known_secret_goes_wherever_it_stands():
    text = "the key is Zebra-crossing, really"
    assert take_out(text) == (text, 0)
    assert take_out(text, known=["Zebra-crossing"]) == (f"the key is {PLACEHOLDER}, really", 1)


def test_a_json_value_is_searched_with_the_names_in_it():
    metadata = {
        "papermill": {"parameters": {"app_token": "tok-1234", "limit": 10, "regions": ["eu"]}},
        "tags": ["keep", f"X-App-Token: {KEY}"],
        "secret_keys": [KEY],
        "password": 'a "quoted" one',
        "kernelspec": {"name": "python3"},
    }
    cleaned, found = take_out_below(metadata)
    assert found == 3
    assert cleaned == {
        "papermill": {"parameters": {"app_token": PLACEHOLDER, "limit": 10, "regions": ["eu"]}},
        "tags": ["keep", f"X-App-Token: {PLACEHOLDER}"],
        "secret_keys": [PLACEHOLDER],
        "password": 'a "quoted" one',
        "kernelspec": {"name": "python3"},
    }


pieces = st.sampled_from([*HOLDS_A_KEY, *HOLDS_NONE, "\n", " ", "=", '"', "'", "token", KEY, "x"])


@given(st.lists(pieces, max_size=6).map("".join))
def test_twice_is_once(text):
    cleaned, _ = take_out(text)
    assert take_out(cleaned) == (cleaned, 0)


@pytest.mark.parametrize(
    "text",
    [
        "-" * 200_000,
        "a." * 100_000,
        "token" * 40_000,
        "token" + " " * 200_000,
        'token = "' + "a" * 200_000,
        "app_token: str | " * 10_000,
        "https://" * 30_000,
        'connect("' * 20_000,
        "VOUCHERIFY_" * 20_000,
        "&token=" * 30_000,
        f'"{KEY}", ' * 5_000,
        '"a" ' * 50_000,
        "key (" * 40_000 + "\n" * 40_000,
        '"-".join([' * 20_000,
    ],
    ids=lambda text: text[:18],
)
def test_long_texts_take_no_longer_than_their_length(text):
    began = time.perf_counter()
    take_out(text)
    assert time.perf_counter() - began < 20  # a search that looks back takes many minutes here
