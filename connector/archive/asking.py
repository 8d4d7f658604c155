"""Who asks: a person with what they are in the archive's datasource, by identity.yaml, and in others, by the ledger."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from connector.archive.ledger import Ledger
from connector.identity import asker
from indexer.access import Asker, Membership


def person(email: str, identity_file: Path, ledger: Ledger | None, own: str) -> Asker:
    """The person ``email``, where the archive's own datasource is called ``own``.

    ConfigError where that is no address, or identity.yaml is wrong.
    """
    here = asker(email, identity_file)
    return everywhere(here, ledger, own) if ledger else here


def everywhere(here: Asker, ledger: Ledger, own: str) -> Asker:
    """A person of whom it is known what they are in the archive's datasource, with what they are in the others.

    A datasource that uses the identities of another (``identityDatasourceName``) has its users and groups; of ``own``,
    the archive's own datasource, those of identity.yaml.
    """
    known = {one.datasource: one for one in ledger.memberships_of(here.email)}
    found = dict(known)
    for config in ledger.datasources():
        if borrowed := config.get("identityDatasourceName"):
            found.pop(config["name"], None)
            if borrowed.lower() == own.lower():
                if here.member:
                    found[config["name"]] = Membership(config["name"], here.groups)
            elif borrowed in known:
                found[config["name"]] = replace(known[borrowed], datasource=config["name"])
    return replace(here, elsewhere=tuple(found[name] for name in sorted(found)))
