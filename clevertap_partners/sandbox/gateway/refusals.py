"""Refusals of the owner's interface, in words for people, and the look-ups that end in one."""

from __future__ import annotations

from clevertap_partners.sandbox.gateway import roles
from clevertap_partners.sandbox.gateway.messages import GoogleError
from clevertap_partners.sandbox.gateway.state import Bucket, Dataset, ServiceAccount, State


def account_in(state: State, email: str) -> ServiceAccount:
    account = state.accounts.get(email)
    if account is None:
        raise missing(f"There is no service account {email}.")
    return account


def bucket_in(state: State, name: str) -> Bucket:
    bucket = state.buckets.get(name)
    if bucket is None:
        raise missing(f"There is no bucket {name}.")
    return bucket


def dataset_in(state: State, id_: str) -> Dataset:
    dataset = state.datasets.get(id_)
    if dataset is None or dataset.owner:
        raise missing(f"There is no dataset {id_}.")
    return dataset


def role_from(asked: object) -> str:
    """A role or a single permission."""
    if not isinstance(asked, str) or not roles.known(asked):
        raise invalid(f"{asked} is neither a role nor a permission that the sandbox knows.")
    return asked


def invalid(text: str) -> GoogleError:
    return GoogleError(400, text, reason="invalid")


def forbidden(text: str) -> GoogleError:
    return GoogleError(403, text, reason="forbidden")


def missing(text: str) -> GoogleError:
    return GoogleError(404, text, reason="notFound")


def conflict(text: str) -> GoogleError:
    return GoogleError(409, text, reason="conflict")
