"""What somebody may type or paste who means ill, or who only has it from Word. Every one calls alert or names evil."""

RAW_HTML = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(2)>",
    "<svg onload=alert(3)>",
    "<iframe src=//evil.example>",
    "<object data=//evil.example>",
    "<embed src=//evil.example>",
    "<base href=//evil.example>",
    "<form action=//evil.example>",
    "<input autofocus onfocus=alert(4)>",
    "<details open ontoggle=alert(5)>",
    "<style>@import'//evil.example'</style>",
    "<link rel=stylesheet href=//evil.example>",
    "<meta http-equiv=refresh content=0;evil>",
]
LINKS = [
    "<a href=javascript:alert(6)>a</a>",
    "<a href='javascript&colon;alert(7)'>a</a>",
    "<a href=' javascript:alert(8)'>a</a>",
    "<a href='java&Tab;script:alert(9)'>a</a>",
    "<a href=JaVaScRiPt:alert(10)>a</a>",
    "<a href=data:text/html,<script>evil</script>>a</a>",
    "<a href=data:text/html;base64,ZXZpbA==>a</a>",
    "<a href=vbscript:alert(11)>a</a>",
    "<a href=//evil.example/>a</a>",
    "<a href='\x01javascript:alert(12)'>a</a>",
    "<a href=feed:javascript:alert(13)>a</a>",
    "<a href=javascript:evil target=_blank>a</a>",
]
BREAKOUTS = [
    '"><script>alert(14)</script>',
    "'><script>alert(15)</script>",
    '" onmouseover="alert(16)',
    "' onfocus='alert(17)",
    "` onload=`alert(18)",
    "></title><script>alert(19)</script>",
    "</textarea><script>alert(20)</script>",
    "</style><script>alert(21)</script>",
    "--><script>alert(22)</script>",
    "</script><script>alert(23)</script>",
    "]]><script>alert(24)</script>",
    "{{ evil }}{% evil %}${evil}",
    '"/onclick=alert(25)//',
]
ENTITIES = [
    "&lt;script&gt;alert(26)&lt;/script&gt;",
    "&#60;script&#62;alert(27)&#60;/script&#62;",
    "&#x3c;script&#x3e;alert(28)",
    "<ScRiPt>alert(29)</sCrIpT>",
    "<scr<script>ipt>alert(30)</script>",
    "<script/x>alert(31)</script>",
    "<script\n>alert(32)</script\n>",
    "<<script>alert(33)//<</script>",
    "＜script＞alert(34)＜/script＞",
    "<sc\u00adript>alert(35)</script>",
    "<IMG SRC=x ONERROR=&#97;lert(36)>",
    "\u202e<script>alert(37)</script>",
    "%3Cscript%3Ealert(38)%3C/script%3E",
]
WORD = [
    "<p class=MsoNormal style='mso-evil:1'>a</p>",
    "<o:p onclick=alert(39)>&nbsp;</o:p>",
    "<!--[if gte mso 9]><xml>evil</xml><![endif]-->",
    "<![if !supportLists]>evil<![endif]>",
    "<v:shape onload=alert(40)></v:shape>",
    "<?xml:namespace prefix=o evil />",
    "<st1:place onclick=alert(41)>Ort</st1:place>",
    "<w:sdt onfocus=alert(42)>a</w:sdt>",
    "<font face=evil onload=alert(43)>a</font>",
    "<span style='mso-list:Ignore;x:evil'>1.</span>",
    "<m:math onclick=alert(44)>x</m:math>",
    "<a name=_Toc1 onclick=alert(45)>a</a>",
]
GROUPS = {
    "raw HTML": RAW_HTML,
    "script and data links": LINKS,
    "breaking out of an attribute or element": BREAKOUTS,
    "entities and case": ENTITIES,
    "Word": WORD,
}
PAYLOADS = [payload for group in GROUPS.values() for payload in group]


def chunks(limit: int | None) -> list[str]:
    """All payloads, joined by blanks to texts of at most `limit` characters; what is longer has no room."""
    texts: list[str] = []
    for payload in PAYLOADS:
        if limit is not None and len(payload) > limit:
            continue
        longer = f"{texts[-1]} {payload}" if texts else payload
        if texts and (limit is None or len(longer) <= limit):
            texts[-1] = longer
        else:
            texts.append(payload)
    return texts
