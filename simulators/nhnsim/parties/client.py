"""A client of EDI 2.0 version 2, as the network's own parties and the judge use it."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from nhnsim.parties.calling import Answer, Caller, Edi2ClientError
from nhnwire import edi2

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["Answer", "Edi2Client", "Edi2ClientError"]


class Edi2Client(Caller):
    """The operations of version 2; see `Caller` for what it is made of."""

    api_version = edi2.API_VERSION

    async def unread(self, her_ids: Iterable[int], limit: int = 100) -> list[dict[str, Any]]:
        """Unread messages with metadata, oldest GenDate first.

        Raises:
            Edi2ClientError: any answer but 200.
        """
        query = [("ReceiverHerIds", str(her_id)) for her_id in her_ids]
        query += [("IncludeMetadata", "true"), ("MessagesToFetch", str(limit))]
        found = await self.json("GET", f"/Messages?{urlencode(query)}")
        return list(found)

    async def message(self, message_id: str) -> dict[str, Any]:
        """A message's metadata.

        Raises:
            Edi2ClientError: any answer but 200.
        """
        return dict(await self.json("GET", f"/Messages/{message_id}"))

    async def post(self, document: bytes, subset: Sequence[int] = ()) -> str:
        """Upload a business document; its transport id.

        Args:
            document: its bytes.
            subset: those of its receivers that it is to be carried to; all when empty.

        Raises:
            Edi2ClientError: any answer but 201 with an id.
        """
        body: dict[str, Any] = {
            "businessDocument": base64.b64encode(document).decode("ascii"),
            "contentType": edi2.CONTENT_TYPE,
            "contentTransferEncoding": edi2.TRANSFER_ENCODING,
            **({"receiverHerIdsSubset": list(subset)} if subset else {}),
        }
        return str(await self.json("POST", "/Messages", body, expected=201))

    async def document(self, message_id: str) -> bytes:
        """The exact bytes of the business document.

        Raises:
            Edi2ClientError: any answer but 200 with a document.
        """
        found = await self.json("GET", f"/Messages/{message_id}/business-document")
        try:
            return base64.b64decode(found["businessDocument"], validate=True)
        except (KeyError, TypeError, ValueError) as error:
            raise Edi2ClientError(200, f"the answer holds no base64 document: {error}") from error

    async def status(self, message_id: str) -> list[dict[str, Any]]:
        """The state at each receiver.

        Raises:
            Edi2ClientError: any answer but 200.
        """
        return list(await self.json("GET", f"/Messages/{message_id}/status"))

    async def apprecs(self, message_id: str) -> list[dict[str, Any]]:
        """The application receipt of each receiver.

        Raises:
            Edi2ClientError: any answer but 200.
        """
        return list(await self.json("GET", f"/Messages/{message_id}/apprec"))

    async def post_apprec(
        self, message_id: str, her_id: int, status: str, errors: Iterable[Mapping[str, str | None]] = ()
    ) -> str:
        """Answer a message with a receipt; the receipt's transport id.

        Args:
            message_id: of the message that is answered.
            her_id: the receiver who answers.
            status: `Ok` or `Rejected`.
            errors: each with `errorCode` and `details`.

        Raises:
            Edi2ClientError: any answer but 201 with an id.
        """
        body = {"appRecStatus": status, "appRecErrorList": [dict(error) for error in errors] or None}
        return str(await self.json("POST", f"/Messages/{message_id}/apprec/{her_id}", body, expected=201))

    async def mark_read(self, message_id: str, her_id: int) -> None:
        """The message is taken care of and shall not be listed again.

        Raises:
            Edi2ClientError: any answer but 204.
        """
        answer = await self.call("PUT", f"/Messages/{message_id}/read/{her_id}")
        if answer.status != 204:
            raise Edi2ClientError(answer.status, answer.text)
