"""What workers call. Arguments are ids; the rows hold the rest."""

from __future__ import annotations

from clevertap_partners.webhooks.sending import delivery_send


def send_delivery(delivery_id: int) -> None:
    delivery_send(delivery_id=delivery_id)
