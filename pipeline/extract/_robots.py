"""What pages and servers tell robots: the directives of meta tags and of the X-Robots-Tag header.

Sources: Google, "Robots meta tag, data-nosnippet, and X-Robots-Tag specifications" (the syntax, tags named after a robot,
noindex, none, noarchive, nosnippet); DeviantArt 2022 (noai, noimageai); noml.info (noml); the crawlers' own pages for names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

# Robots that gather texts for the training of models or for answers made by them, by the names that their operators give.
_NAMES = """
    ai2bot amazonbot anthropic-ai applebot-extended bytespider ccbot chatgpt-user claude-web claudebot cohere-ai
    cohere-training-data-crawler diffbot facebookbot google-extended gptbot meta-externalagent oai-searchbot omgili omgilibot
    perplexitybot timpibot webzio-extended youbot
"""
AI_ROBOTS = frozenset(_NAMES.split())
# Directives that have a value behind a colon.
_VALUED = frozenset(("max-snippet", "max-image-preview", "max-video-preview", "unavailable_after"))
_ROBOT = re.compile(r"[a-z][a-z0-9._-]{1,40}")
_NAMED_ROBOT = re.compile(r"[a-z][a-z0-9._-]{0,40}(?:bot|spider|crawler)(?:-[a-z]{1,12})?")
_LONGEST = 4000


def directives(text: str) -> Iterator[tuple[str, str]]:
    """The directives of a header or of the content of a meta tag: (robot, directive), both in lower case; robot "" stands
    for all. A robot's name counts for what follows it on its line ("gptbot: noindex, noai")."""
    for line in text[:_LONGEST].lower().split("\n"):
        robot = ""
        for part in re.split("[,;]", line):
            name, colon, value = part.partition(":")
            if colon and name.strip() in _VALUED:
                continue
            if colon and _ROBOT.fullmatch(name.strip()):
                robot, part = name.strip(), value
            for word in part.split():
                yield robot, word


def of_tags(tags: dict[str, list[str]]) -> str | None:
    """What meta tags (name in lower case, contents) tell robots, in the syntax of the header: first what all are told."""
    found: dict[str, None] = {}
    named: dict[str, None] = {}
    for tag, contents in tags.items():
        if tag in ("robots", "x-robots-tag"):
            told = ((robot, word) for content in contents for robot, word in directives(content))
        elif tag in AI_ROBOTS or _NAMED_ROBOT.fullmatch(tag):
            told = ((tag, word) for content in contents for _, word in directives(content))
        else:
            continue
        for robot, word in told:
            if robot:
                named[f"{robot}: {word}"] = None
            else:
                found[word] = None
    return ", ".join([*found, *named]) or None
