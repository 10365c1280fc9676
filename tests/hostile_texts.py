"""Texts that do something where they are taken for more than text, and the smallest picture."""

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360"
    "60606000000005000116a5f4f50000000049454e44ae426082"
)
ATTACKS = {
    "script": "<script>window.owned=1;alert(1)</script>",
    "img": '<img src=x onerror="window.owned=1;alert(1)">',
    "svg": "<svg onload='window.owned=1'><a xlink:href='javascript:window.owned=1'>x</a></svg>",
    "closing": "'\"--></title></textarea></script></style><script>window.owned=1</script>",
    "template": "{{constructor.constructor('window.owned=1')()}}${window.owned=1}<%=owned%>",
    "link": "javascript:window.owned=1//http://example.com",
    "formula": "=cmd|' /C calc'!A0",
    "call": "@SUM(1+1)*cmd|' /C calc'!A0",
    "terminal": "\x1b]0;owned\x07\x1b[2J\x9b31m\x08",
    "hidden": "\u202egnp.exe\u2066\ufeff\u200b\x00",
    "iframe": "<iframe srcdoc='<script>parent.owned=1</script>'></iframe>",
}
EVERYTHING = "".join(text for name, text in ATTACKS.items() if name not in ("formula", "call"))
