"""Secrets are masked before anything is written, and nothing else is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fitlog_core.secrets import is_secret, mask_arguments, mask_text


@pytest.mark.parametrize(
    "key",
    ["token", "password", "PASSWORD", "passwd", "api_key", "api-key", "apikey", "secret",
     "hub_token", "hub-token", "hf_token", "HF_TOKEN", "github_token", "wandb_token",
     "client_secret", "db.password", "aws_secret_access_key", "access_token", "private-key",
     "credentials", "wandb_api_key", "secrets", "passphrase",
     "pa\u017f\u017fword", "user_to\u212aen",
     "hub_to\u212aen", "api_\u212aey", "credent\u0131als", "\u017fecret"],
)  # fmt: skip
def test_a_key_that_holds_a_secret(key):
    assert is_secret(key)


@pytest.mark.parametrize(
    "key",
    ["use_cls_token", "token_length", "max_tokens", "pad_token", "eos_token", "mask_token",
     "tokenizer", "lr", "key", "keys", "num_key_value_heads", "secretary", "passes", "author"],
)  # fmt: skip
def test_a_key_that_only_looks_like_one(key):
    assert not is_secret(key)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("https://user:pw@host/x", "https://***@host/x"),
        ("https://user:p@w@host/x", "https://***@host/x"),
        ("https://ghp_abc@github.com/a/b.git", "https://***@github.com/a/b.git"),
        ("https://host/x?access_token=abc&v=1", "https://host/x?access_token=***&v=1"),
        ("http://h/x?v=1&Token=abc#top", "http://h/x?v=1&Token=***#top"),
        ("https://open.feishu.cn/open-apis/bot/v2/hook/0f-1", "https://open.feishu.cn/open-apis/bot/v2/hook/***"),
        ("postgres://me:pw@db:5432/runs", "postgres://***@db:5432/runs"),
        ("https://host/path@v1?mail=a@b.c", "https://host/path@v1?mail=a@b.c"),
        ("two https://a:b@h and https://c:d@h", "two https://***@h and https://***@h"),
        ("a mail me@host.org and 10:30", "a mail me@host.org and 10:30"),
    ],
)  # fmt: skip
def test_credentials_inside_urls_are_masked(text, masked):
    assert mask_text(text) == masked


@pytest.mark.parametrize(
    ("words", "masked"),
    [
        (["--password=x"], ["--password=***"]),
        (["--password", "x", "--lr", "1"], ["--password", "***", "--lr", "1"]),
        (["--api-key", "--lr", "1"], ["--api-key", "--lr", "1"]),
        (["db.password=x", "lr=1"], ["db.password=***", "lr=1"]),
        (["+db.api_key=x=y"], ["+db.api_key=***"]),
        (["token", "x"], ["token", "x"]),
        (["--hf_token", "hf_abc"], ["--hf_token", "***"]),
        (["--url=https://a:b@h/"], ["--url=https://***@h/"]),
        (["--use_cls_token", "yes"], ["--use_cls_token", "yes"]),
    ],
)
def test_a_command_line_is_masked(words, masked):
    assert mask_arguments(words) == masked


@given(st.lists(st.one_of(st.text(), st.integers())))
def test_any_command_line_can_be_masked_word_by_word(words):
    assert len(mask_arguments(words)) == len(words)


@given(st.text())
def test_text_without_a_url_stays_as_it_is(text):
    if "://" not in text:
        assert mask_text(text) == text
    assert isinstance(mask_text(text + "://a:b@c"), str)
