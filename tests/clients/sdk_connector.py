"""A connector as glean-indexing-sdk's users write one: people, groups and pages of a wiki, pushed in full.

Run in the SDK's own environment; knows nothing of the project.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from glean.api_client import models
from glean.indexing import BaseDataClient, BaseDatasourceConnector, IndexingMode
from glean.indexing.push import PushUploader

PAGES = [{"id": f"p{at}", "text": f"Page {at} is about the shy capybara."} for at in range(3)]


class Pages(BaseDataClient[dict[str, str]]):
    def get_source_data(self, **_: Any) -> Sequence[dict[str, str]]:
        return PAGES


class Wiki(BaseDatasourceConnector[dict[str, str]]):
    configuration = models.CustomDatasourceConfig(
        name="sdkwiki",
        display_name="Wiki by the SDK",
        datasource_category=models.DatasourceCategory.PUBLISHED_CONTENT,
        url_regex="https://sdk\\.example\\.com/.*",
        object_definitions=[models.ObjectDefinition(name="Page")],
        is_user_referenced_by_email=True,
    )

    def get_identities(self) -> Any:
        return {
            "users": [models.DatasourceUserDefinition(email="ann@example.com", name="Ann")],
            "groups": [models.DatasourceGroupDefinition(name="keepers"), models.DatasourceGroupDefinition(name="crew")],
            "memberships": [models.DatasourceBulkMembershipDefinition(member_user_id="ann@example.com")],
        }

    def transform(self, data: Sequence[dict[str, str]]) -> Sequence[models.DocumentDefinition]:
        return [
            models.DocumentDefinition(
                id=page["id"],
                datasource="sdkwiki",
                object_type="Page",
                title=f"Page {page['id']}",
                view_url=f"https://sdk.example.com/{page['id']}",
                body=models.ContentDefinition(mime_type="text/plain", text_content=page["text"]),
                permissions=models.DocumentPermissionsDefinition(allowed_groups=["keepers"]),
            )
            for page in data
        ]


if __name__ == "__main__":
    wiki = Wiki(name="sdkwiki", data_client=Pages())
    wiki.configure_datasource(is_test=True)
    wiki.index_data(mode=IndexingMode.FULL)
    # The SDK's crawl names no group with the memberships that it sends; this does.
    members = [models.DatasourceBulkMembershipDefinition(member_user_id="ann@example.com")]
    PushUploader(datasource="sdkwiki").bulk_index_memberships(members, group="keepers")
