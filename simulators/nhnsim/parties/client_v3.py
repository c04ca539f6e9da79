"""A client of EDI 2.0 version 3: what only that version can do."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import msgspec

from nhnsim.parties.calling import Caller, Edi2ClientError
from nhnwire import edi2
from nhnwire.edi2 import v3

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Edi2ClientV3"]


class Edi2ClientV3(Caller):
    """Configurations, and messages that go where the request says; see `Caller` for what it is made of."""

    api_version = v3.API_VERSION

    async def configure(self, her_id: int, refuses: Iterable[str] = ()) -> None:
        """Make or replace the configuration of one HER-id.

        Args:
            her_id: whose.
            refuses: message types (table 8279) that it does not take.

        Raises:
            Edi2ClientError: any answer but 204.
        """
        row: dict[str, Any] = {"herId": her_id, "receiveNotificationChannel": v3.CHANNELS[0]}
        if types := list(refuses):
            row["rejectMessageFilters"] = {"MessageFunction": types}
        body = msgspec.json.encode({"configurations": [row]})
        answer = await self.call("PUT", "/mshconfigurations", body, headers={"Content-Type": "application/json"})
        if answer.status != 204:
            raise Edi2ClientError(answer.status, answer.text)

    async def post(self, document: bytes, *, sender: int, receivers: Sequence[int], message_type: str) -> str:
        """Upload a business document for these receivers, whoever is named in it; its transport id.

        Raises:
            Edi2ClientError: any answer but 202 with an id.
        """
        body = {
            "businessDocument": base64.b64encode(document).decode("ascii"),
            "contentType": edi2.CONTENT_TYPE,
            "contentTransferEncoding": edi2.TRANSFER_ENCODING,
            "senderHerId": sender,
            "receiverHerIds": list(receivers),
            "messageTypeIdentificator": message_type,
            "applicationName": "Provenett counterpart",
            "applicationVersion": "1.0",
        }
        return str((await self.json("POST", "/messages", body, expected=202))["id"])
