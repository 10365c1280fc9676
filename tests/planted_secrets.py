"""Secrets of many kinds, each with a needle that may be found nowhere, and names that are none."""

from __future__ import annotations

import base64
from typing import Any, NamedTuple


class Kind(NamedTuple):
    """One kind of secret.

    :param needle: What must not be found.
    :param text: A text that holds the secret in its form.
    :param hyper: The same as hyperparameters.
    :param argv: The same on the command line.
    :param made: How the script hands its hyperparameters over.
    """

    needle: str
    text: str
    hyper: dict[str, Any]
    argv: list[str]
    made: str = "mapping"


def needle(number: int, length: int = 24) -> str:
    """Return letters and digits that stand nowhere else."""
    return (f"Pl4nt{number:02d}" + "q7Xw3Zk9Rb5Tn2Vc8Hm6Jd4Lf1Gs0Py" * 3)[:length]


def _formed(number: int, before: str, after: str = "", length: int = 24) -> Kind:
    """A secret that its own form gives away, under an innocent name."""
    secret = needle(number, length)
    text = f"{before}{secret}{after}"
    return Kind(secret, f"could not use {text} here", {"remark": text}, ["--remark", text])


def _named(number: int, name: str, made: str = "mapping") -> Kind:
    """A secret that only its name gives away."""
    secret = needle(number)
    return Kind(secret, f"{name}={secret} was refused", {name: secret}, [f"--{name}", secret], made)


def _said(number: int, text: str, hyper: Any = None, argv: list[str] | None = None) -> Kind:
    """A secret in a text of some form, ``@`` standing for it."""
    secret = needle(number)
    said = text.replace("@@", secret)
    value = said if hyper is None else hyper
    words = ["--remark", said] if argv is None else [word.replace("@@", secret) for word in argv]
    return Kind(secret, said, {"remark": value}, words)


def _aws_key() -> Kind:
    secret = "AKIA" + "IOSFODNN7PLANTED"
    return Kind(secret, f"no access for {secret}", {"remark": secret}, ["--remark", secret])


def _basic() -> Kind:
    secret = base64.b64encode(b"somebody:pl4nted-wOrd-77").decode()
    text = f"Authorization: Basic {secret}"
    return Kind(secret, text, {"remark": text}, ["-H", text])


def _nested() -> Kind:
    secret = needle(33)
    tree = {"hub": {"token": secret, "url": "https://hub"}}
    return Kind(secret, str(tree), tree, [f"hub.token={secret}"])


def _listed() -> Kind:
    secret = needle(34)
    tree = {"hosts": [{"name": "a", "password": secret}]}
    return Kind(secret, str(tree), tree, [f"--hosts={tree}"])


def _jwt() -> Kind:
    secret = needle(35)
    text = f"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.{secret}"
    return Kind(secret, f"expired: {text}", {"remark": text}, ["--remark", text])


HOOK = "https://open.feishu.cn/open-apis/bot/v2/hook/"
BLOCK = "-----BEGIN {0} KEY-----\nMIIEow{1}\nAAAA{1}\n-----END {0} KEY-----"
KINDS: dict[str, Kind] = {
    "AWS access key": _aws_key(),
    "AWS secret key": _named(1, "aws_secret_access_key"),
    "AWS session token": _named(2, "aws_session_token"),
    "GitHub token": _formed(3, "ghp_", length=36),
    "GitHub fine-grained token": _formed(4, "github_pat_11AAAAAAA0_", length=36),
    "GitLab token": _formed(5, "glpat-"),
    "Hugging Face token": _formed(6, "hf_", length=34),
    "OpenAI key": _formed(7, "sk-proj-", length=40),
    "Anthropic key": _formed(8, "sk-ant-api03-", length=40),
    "Slack token": _formed(9, "xoxb-123456789012-"),
    "Slack webhook": _formed(10, "https://hooks.slack.com/services/T0000/B0000/"),
    "Feishu webhook": _formed(11, HOOK),
    "DingTalk webhook": _formed(12, "https://oapi.dingtalk.com/robot/send?access_token="),
    "WeCom webhook": _formed(13, "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key="),
    "Discord webhook": _formed(14, "https://discord.com/api/webhooks/1234/"),
    "Telegram bot": _formed(15, "https://api.telegram.org/bot123456789:AA", "/getMe", 33),
    "bearer header": _said(16, "Authorization: Bearer @@"),
    "bearer in a text": _said(17, "curl said: bearer @@ is not valid"),
    "basic header": _basic(),
    "password in an address": _formed(18, "https://user:", "@proxy.example:3128/"),
    "token in a git remote": _formed(19, "https://oauth2:", "@gitlab.example/a/b.git"),
    "private key": _said(20, BLOCK.format("RSA PRIVATE", "@@")),
    "OpenSSH key": _said(21, BLOCK.format("OPENSSH PRIVATE", "@@")),
    "JSON Web Token": _jwt(),
    "--password=x": _said(22, "password=@@", argv=["--password=@@"]),
    "--api-key x": _said(23, "api-key: @@", argv=["--api-key", "@@"]),
    "several --api-keys": _said(24, "api_keys=@@", argv=["--api-keys", "first1", "@@", "--lr"]),
    "Hydra override": _said(25, "+db.password=@@", argv=["+db.password=@@"]),
    "environment variable": _named(26, "WANDB_API_KEY"),
    "line of a .netrc": _said(27, "machine github.com login me password @@"),
    "apprise, Telegram": _formed(28, "tgram://123456789:AA", "/chat"),
    "apprise, mail": _formed(29, "mailto://me:", "@gmail.com"),
    "PostgreSQL": _formed(30, "postgresql://me:", "@db:5432/runs"),
    "Redis": _formed(31, "redis://:", "@cache:6379/0"),
    "MongoDB, unescaped": _formed(32, "mongodb+srv://me:p/w#", "@cluster/x"),
    "nested token": _nested(),
    "list of dicts": _listed(),
    "camel case": _named(36, "clientSecret"),
    "dataclass": _named(37, "db_password", "dataclass"),
    "Namespace": _named(38, "hub_token", "namespace"),
    "ConfigParser": _named(39, "smtp_pass", "configparser"),
    "FitlogConfig": _named(40, "passphrase", "fitlogconfig"),
    "Google key": _formed(41, "AIza", length=35),
    "Stripe key": _formed(42, "sk_" + "live_"),
    ".npmrc": _said(43, "//registry.example.org/:_authToken=@@"),
    "PyPI token": _formed(44, "pypi-AgEIcHlwaS5vcmc", length=40),
    "Azure storage": _said(
        45, "DefaultEndpointsProtocol=https;AccountKey=@@;EndpointSuffix=core.windows.net"
    ),
    "signed S3 address": _formed(46, "https://b.s3.amazonaws.com/x?X-Amz-Date=1&X-Amz-Signature="),
    "cookie": _said(47, "Cookie: theme=dark; session=@@"),
    "JSON": _said(48, '{"lr": 0.1, "credentials": "@@"}'),
    "signature secret of a bot": _named(49, "feishu_secret"),
    "command line in a text": _said(51, "Command '['curl', '--token', '@@']' failed"),
    "shell command in a text": _said(52, "curl --retry 3 --api-key @@ failed"),
    "unknown name of a token": _named(50, "acme_token"),
}

# Names and values that scripts log and that are nobody's secret.
INNOCENTS: dict[str, Any] = {
    "use_cls_token": True,
    "tokenizer": "bert-base-uncased",
    "num_tokens": 30522,
    "max_tokens": "512",
    "token_dropout": 0.1,
    "secret_sauce_lr": 3e-4,
    "token": "wordpiece",
    "tokens": 1_000_000_000,
    "tokens_per_second": 123.4,
    "pad_token": "<pad>",
    "eos_token": "<|endoftext|>",
    "mask_token": "[MASK]",
    "bos_token_id": 101,
    "additional_special_tokens": "['<a>', '<b>']",
    "token_type": "char",
    "key": "value",
    "num_key_value_heads": 8,
    "primary_key": "sample_id",
    "key_padding": "left",
    "keyword": "sentiment",
    "passes": 3,
    "high_pass": "40Hz",
    "bypass": "yes",
    "author": "somebody",
    "authority": "none",
    "patience": 5,
    "path": "/data/imagenet",
    "pattern": "*.jpg",
    "credit": "A. Nother",
    "cookie_cutter": "round",
    "hook": "forward",
    "password_dataset": "rockyou",
    "url": "https://example.org/a/b?split=train&v=1#top",
    "init_method": "tcp://127.0.0.1:29500",
    "remote": "git@github.com:me/project.git",
    "s3": "s3://bucket/path/to/model",
    "mlflow": "models:/name/1",
    "model": "sk-learn-style/pipeline-with-long-name",
    "estimator": "sk-learn-GradientBoostingClassifier",
    "hub_folder": "hf_pretrainedencodersmall",
    "task": "ask-me-anything-about-2024-models",
    "sha": "3f786850e387550fdab836ed7e6dc881de23001b",
    "uuid": "123e4567-e89b-12d3-a456-426614174000",
    "note": "basic training, bearer of bad news; the token: handle EOF",
    "expression": "a == b and token == x",
    "config": "Config(lr=0.1, tokens=512, use_cls_token=True, tokenizer='bert')",
    "command": "train.py --lr 0.1 --tokenizer bert --use_cls_token yes --max-tokens 100",
    "mail": "me@example.org",
    "time": "10:30:15",
    "ratio": "16:9",
    "version": "1.2.3.post4+cu121.0123456789",
}
