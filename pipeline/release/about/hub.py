"""What the Hugging Face Hub and `datasets` read of a release: the YAML at the top of its card."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import yaml

from pipeline.release.about.facts import Facts
from pipeline.release.layout import DATA, SAMPLE, UNKNOWN, Release


class License(NamedTuple):
    """A licence as the Hugging Face Hub takes it: an id of its list, or `other` with a name and perhaps an address."""

    id: str
    name: str | None = None
    link: str | None = None
    url: str | None = None


# Ids of the Hub (https://huggingface.co/docs/hub/repositories-licenses) for collections, with those of SPDX.
_SPDX = {
    "apache-2.0": "Apache-2.0",
    "c-uda": "C-UDA-1.0",
    "cc-by-2.0": "CC-BY-2.0",
    "cc-by-2.5": "CC-BY-2.5",
    "cc-by-3.0": "CC-BY-3.0",
    "cc-by-4.0": "CC-BY-4.0",
    "cc-by-nc-2.0": "CC-BY-NC-2.0",
    "cc-by-nc-3.0": "CC-BY-NC-3.0",
    "cc-by-nc-4.0": "CC-BY-NC-4.0",
    "cc-by-nc-nd-3.0": "CC-BY-NC-ND-3.0",
    "cc-by-nc-nd-4.0": "CC-BY-NC-ND-4.0",
    "cc-by-nc-sa-2.0": "CC-BY-NC-SA-2.0",
    "cc-by-nc-sa-3.0": "CC-BY-NC-SA-3.0",
    "cc-by-nc-sa-4.0": "CC-BY-NC-SA-4.0",
    "cc-by-nd-4.0": "CC-BY-ND-4.0",
    "cc-by-sa-3.0": "CC-BY-SA-3.0",
    "cc-by-sa-4.0": "CC-BY-SA-4.0",
    "cc0-1.0": "CC0-1.0",
    "cdla-permissive-1.0": "CDLA-Permissive-1.0",
    "cdla-permissive-2.0": "CDLA-Permissive-2.0",
    "cdla-sharing-1.0": "CDLA-Sharing-1.0",
    "etalab-2.0": "etalab-2.0",
    "mit": "MIT",
    "odbl": "ODbL-1.0",
    "odc-by": "ODC-By-1.0",
    "pddl": "PDDL-1.0",
}


def license_of(named: str | None) -> License:
    """The licence that the config names: by an id of the Hub, by an address, or by a name of its own; None is `other`."""
    if named is None:
        return License("other", "rights-of-each-page")
    if named.lower() in _SPDX:
        return License(named.lower(), url=f"https://spdx.org/licenses/{_SPDX[named.lower()]}.html")
    if named.startswith(("http://", "https://")):
        return License("other", "see-link", named, named)
    return License("other", re.sub("[^a-z0-9.]+", "-", named.lower()).strip("-"))


def front_matter(release: Release, facts: Facts) -> str:
    """The YAML of the card (https://huggingface.co/docs/hub/datasets-cards): a config of all pages, one per language, named
    as its folder, and the sample."""
    license_ = license_of(release.told["license"])
    names = {"license": license_.id, "license_name": license_.name, "license_link": license_.link}
    configs = [("default", f"{DATA}/*/*.parquet")]
    configs += [(language, f"{DATA}/{language}/*.parquet") for language in release.languages()]
    if release.told["config"]["release"]["sample"]:
        configs.append((SAMPLE, f"{SAMPLE}/*.parquet"))
    told: dict[str, Any] = {
        "pretty_name": release.told["name"],
        **{name: value for name, value in names.items() if value},
        "language": sorted(name for name in facts.languages if name != UNKNOWN),
        "size_categories": [size_category(facts.total.pages)],
        "task_categories": ["text-generation"],
        "configs": [
            {
                "config_name": name,
                **({"default": True} if name == "default" else {}),
                "data_files": [{"split": "train", "path": path}],
            }
            for name, path in configs
        ],
    }
    return str(yaml.safe_dump(told, allow_unicode=True, sort_keys=False))


def size_category(pages: int) -> str:
    """The class of size, by rows, in the Hub's spelling."""
    steps = ["1K", "10K", "100K", "1M", "10M", "100M", "1B", "10B", "100B", "1T"]
    power = max(len(str(pages)) - 3, 0)
    if power == 0:
        return "n<1K"
    return f"{steps[power - 1]}<n<{steps[power]}" if power < len(steps) else "n>1T"
